/* Lines: RFC 5321 2.3.8 (only CRLF ends one), 4.5.3.1 (too long). */
#include "stream_harness.h"

#include <stdlib.h>

enum { LONG = 100000 };

#define X10 "xxxxxxxxxx"

struct reading {
	struct stream *s;
	size_t max;
	char got[1024]; /* each line in brackets, errors by name */
	size_t n;
};

static void note(struct reading *rd, struct span text)
{
	if (text.n <= sizeof(rd->got) - rd->n)
		memcpy(rd->got + rd->n, text.p, text.n);
	rd->n += text.n;
}

static void read_lines(void *arg)
{
	struct reading *rd = arg;
	int r = 0;
	while (r != ERR_CLOSED) {
		struct span line;
		r = stream_read_line(rd->s, rd->max, &line);
		note(rd, SPAN("["));
		note(rd, r < 0 ? span_str(err_name(r)) : line);
		note(rd, SPAN("]"));
		CHECK(r == 0 || r == ERR_CLOSED || r == ERR_TOO_LONG);
	}
	stream_close(rd->s);
	rd->s = NULL;
}

/* Feeds text in pieces that each arrive alone. */
static void check_pieces(struct span text, size_t first, size_t step, size_t max, struct span want)
{
	struct reading rd = { .max = max };
	int fd;
	rd.s = stream_and_fd(&fd);
	CHECK_INT(fibre_spawn("reader", read_lines, &rd), 0);
	for (size_t at = 0, n = first; at < text.n; at += n, n = step) {
		settle();
		feed(fd, span_sub(text, at, n));
	}
	close(fd);
	while (rd.s)
		CHECK_INT(fibre_yield(), 0);
	CHECK_SPAN(span_make(rd.got, rd.n), want);
}

FIBRE_TEST(only_crlf_ends_a_line_however_it_is_cut)
{
	static const struct span text =
	        SPAN("EHLO a\r\n\r\nbare\nlf\r\nbare\rcr\r\n\n\r\n\r\r\nnul\0l\r\n\r\n.\r\nrest");
	static const struct span want =
	        SPAN("[EHLO a][][bare\nlf][bare\rcr][\n][\r][nul\0l][][.][CLOSED]");
	for (size_t cut = 0; cut <= text.n; cut++)
		check_pieces(text, cut, text.n, 100, want);
	check_pieces(text, 1, 1, 100, want);
	check_pieces(text, 2, 3, 100, want);
}

/* Longest line permitted: 10. */
FIBRE_TEST(too_long_lines_are_skipped_to_their_end)
{
	static const struct span text =
	        SPAN(X10 "\r\n" X10 "x\r\nok\r\n" X10 "\r\r\n" X10 X10 "\r\r" X10 "\n\r\nok\r\n");
	static const struct span want =
	        SPAN("[" X10 "][TOO_LONG][ok][TOO_LONG][TOO_LONG][ok][CLOSED]");
	for (size_t cut = 0; cut <= text.n; cut++)
		check_pieces(text, cut, text.n, 10, want);
	check_pieces(text, 1, 1, 10, want);
}

/* More than the buffer holds: flat memory, and the next line is intact. */
FIBRE_TEST(a_line_longer_than_the_buffer_is_skipped)
{
	char *text = malloc(LONG + 6);
	memset(text, 'x', LONG);
	memcpy(text + LONG, "\r\nok\r\n", 6);
	check_pieces(span_make(text, LONG + 6), 10000, 10000, 1000, SPAN("[TOO_LONG][ok][CLOSED]"));
	check_pieces(span_make(text, LONG + 6), STREAM_IN_BYTES, STREAM_IN_BYTES, SIZE_MAX,
	             SPAN("[TOO_LONG][ok][CLOSED]"));
	free(text);
}

FIBRE_TEST(the_longest_line_that_the_buffer_holds)
{
	struct span line;
	int fd;
	struct stream *s = stream_and_fd(&fd);
	char *text = malloc(STREAM_IN_BYTES);
	memset(text, 'x', STREAM_IN_BYTES);
	memcpy(text + STREAM_IN_BYTES - 3, "\r\n", 2);
	feed(fd, SPAN("shift\r\nx")); /* its rest has to be moved to the front */
	CHECK_INT(stream_read_line(s, 100, &line), 0);
	feed(fd, span_make(text, STREAM_IN_BYTES - 1));
	CHECK_INT(stream_read_line(s, SIZE_MAX, &line), 0);
	CHECK_INT(line.n, STREAM_IN_BYTES - 2);
	stream_close(s);
	close(fd);
	free(text);
}

/* Input that comes while the handler waits for something else leaves its line alone. */
FIBRE_TEST(a_borrowed_line_stays_while_input_comes)
{
	struct span line, more;
	int fd;
	struct stream *s = stream_and_fd(&fd);
	feed(fd, SPAN("MAIL FROM:<a@b>\r\nRC"));
	CHECK_INT(stream_read_line(s, 100, &line), 0);
	feed(fd, SPAN("PT TO:<c@d>\r\n"));
	settle();
	CHECK_SPAN(line, SPAN("MAIL FROM:<a@b>"));
	CHECK_INT(stream_try_line(s, 100, &more), 0);
	CHECK_SPAN(more, SPAN("RCPT TO:<c@d>"));
	CHECK_INT(stream_try_line(s, 100, &more), ERR_AGAIN);
	stream_close(s);
	close(fd);
}

FIBRE_TEST(lines_and_octets_mix)
{
	struct span line;
	int fd;
	struct stream *s = stream_and_fd(&fd);
	feed(fd, SPAN("BDAT 5\r\n1\n\r\n5NO"));
	CHECK_INT(stream_read_line(s, 100, &line), 0);
	CHECK_SPAN(stream_peek(s), SPAN("1\n\r\n5NO"));
	CHECK_INT(stream_try_line(s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("1\n"));
	CHECK_INT(stream_try_line(s, 100, &line), ERR_AGAIN);
	stream_consume(s, 1);
	feed(fd, SPAN("OP\r\n"));
	CHECK_INT(stream_fill(s), 0);
	CHECK_SPAN(stream_peek(s), SPAN("NOOP\r\n"));
	CHECK_INT(stream_read_line(s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("NOOP"));
	CHECK_SPAN(stream_peek(s), SPAN(""));
	stream_close(s);
	close(fd);
}

/* A compressed stream (RFC 1951, RFC 4978) against zlib itself on the other end. */
#include "stream_harness.h"

#include <zlib.h>

#include "rt/stream/stream_impl.h"

enum { TEXT_MAX = 8 << 20 };

struct peer {
	int fd;
	z_stream out, in;
};

static struct stream *begin(struct peer *p)
{
	struct stream *s = stream_and_fd(&p->fd);

	p->out = p->in = (z_stream){ 0 };
	CHECK_INT(deflateInit2(&p->out, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
	CHECK_INT(inflateInit2(&p->in, -15), Z_OK);
	CHECK_INT(stream_compress(s), 0);
	CHECK(stream_compressed(s));
	return s;
}

static void end(struct stream *s, struct peer *p)
{
	stream_close(s);
	deflateEnd(&p->out);
	inflateEnd(&p->in);
	close(p->fd);
}

/* What the peer sends for it; the same deflate stream all along. */
static void tell(struct peer *p, struct span text, int flush)
{
	AUTO_BUF packed = BUF(TEXT_MAX);

	CHECK_INT(buf_reserve(&packed, text.n + 1000), 0);
	p->out.next_in = (Bytef *)(uintptr_t)text.p;
	p->out.avail_in = (uInt)text.n;
	p->out.next_out = (Bytef *)packed.p;
	p->out.avail_out = (uInt)packed.room;
	CHECK(deflate(&p->out, flush) >= 0);
	feed(p->fd, span_make(packed.p, packed.room - p->out.avail_out));
}

/* What the peer has been sent so far, undone and appended. */
static void hear(struct peer *p, struct buf *text)
{
	char packed[1024];
	ssize_t n;

	while ((n = read(p->fd, packed, sizeof packed)) > 0) {
		p->in.next_in = (Bytef *)packed;
		p->in.avail_in = (uInt)n;
		do {
			CHECK_INT(buf_reserve(text, 65536), 0);
			p->in.next_out = (Bytef *)text->p + text->n;
			p->in.avail_out = 65536;
			int r = inflate(&p->in, Z_SYNC_FLUSH);
			CHECK(r == Z_OK || r == Z_BUF_ERROR);
			text->n += 65536 - p->in.avail_out;
		} while (!p->in.avail_out);
	}
}

FIBRE_TEST(both_directions_are_compressed)
{
	AUTO_BUF heard = BUF(TEXT_MAX);
	struct peer p;
	struct stream *s = begin(&p);
	struct span line;

	for (int i = 0; i < 3; i++) {
		tell(&p, SPAN("a NOOP\r\n"), Z_SYNC_FLUSH);
		CHECK_INT(stream_read_line(s, 100, &line), 0);
		CHECK_SPAN(line, SPAN("a NOOP"));
		CHECK_INT(stream_put(s, SPAN("a OK NOOP done\r\n")), 0);
		CHECK_INT(stream_flush(s), 0);
		buf_reset(&heard);
		hear(&p, &heard);
		CHECK_SPAN(buf_span(&heard), SPAN("a OK NOOP done\r\n"));
	}
	end(s, &p);
}

/* What was sent behind the command, before it was answered, is not lost. */
FIBRE_TEST(what_is_buffered_counts_as_compressed)
{
	struct peer p;
	struct stream *s = stream_and_fd(&p.fd);
	struct span line;

	p.out = p.in = (z_stream){ 0 };
	CHECK_INT(deflateInit2(&p.out, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
	CHECK_INT(inflateInit2(&p.in, -15), Z_OK);
	feed(p.fd, SPAN("a COMPRESS DEFLATE\r\n"));
	tell(&p, SPAN("b NOOP\r\n"), Z_SYNC_FLUSH);
	CHECK_INT(stream_read_line(s, 100, &line), 0);
	CHECK_INT(stream_compress(s), 0);
	CHECK_INT(stream_read_line(s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("b NOOP"));
	end(s, &p);
}

struct parked {
	struct stream *s;
	int resumed;
};

static void on_resume(void *arg, int r)
{
	struct parked *x = arg;

	CHECK_INT(r, 0);
	x->resumed++;
}

static void park(void *arg)
{
	struct parked *x = arg;

	CHECK_INT(stream_park(x->s, CLOCK_NEVER, "parked", on_resume, x), 0);
}

/* Only what the peer may still refer to is kept; and what it refers to then is right. */
FIBRE_TEST(at_rest_there_is_a_window_alone)
{
	struct peer p;
	struct parked x = { .s = begin(&p) };
	size_t sent = 0;

	for (int i = 0; i < 50; i++) {
		AUTO_BUF text = BUF(4096);
		AUTO_BUF heard = BUF(TEXT_MAX);
		struct span line;

		CHECK_INT(fibre_spawn("session", park, &x), 0);
		settle();
		CHECK_INT(x.resumed, i);
		CHECK(!x.s->pack->in && !x.s->pack->out && !x.s->pack->raw_in &&
		      !x.s->pack->raw_out);
		CHECK_INT(x.s->pack->n_window, sent < 32768 ? sent : 32768);
		for (int k = 0; k < 100; k++)
			buf_printf(&text, "%d UID FETCH ", (i * 7919 + k * 104729) % 1000);
		buf_puts(&text, "\r\n");
		tell(&p, buf_span(&text), Z_SYNC_FLUSH);
		sent += text.n;
		settle();
		CHECK_INT(stream_try_line(x.s, 4096, &line), 0);
		CHECK_SPAN(line, span_make(text.p, text.n - 2));
		CHECK_INT(stream_put(x.s, line), 0);
		CHECK_INT(stream_flush(x.s), 0);
		hear(&p, &heard);
		CHECK_SPAN(buf_span(&heard), span_make(text.p, text.n - 2));
	}
	end(x.s, &p);
}

/* A peer that does not flush to whole octets keeps its engine here, and nothing else differs. */
FIBRE_TEST(a_partial_flush_rests_later)
{
	struct peer p;
	struct parked x = { .s = begin(&p) };
	struct span line;

	tell(&p, SPAN("a NOOP\r\n"), Z_PARTIAL_FLUSH);
	CHECK_INT(stream_read_line(x.s, 100, &line), 0);
	CHECK_INT(fibre_spawn("session", park, &x), 0);
	settle();
	tell(&p, SPAN("b NOOP\r\n"), Z_SYNC_FLUSH);
	settle();
	CHECK_INT(x.resumed, 1);
	CHECK_INT(stream_try_line(x.s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("b NOOP"));
	end(x.s, &p);
}

/* 7 MiB of nothing come in 7 KiB: they are given out as slowly as they are taken. */
FIBRE_TEST(a_bomb_takes_no_room)
{
	AUTO_BUF zeros = BUF(TEXT_MAX);
	struct peer p;
	struct stream *s = begin(&p);
	size_t got = 0;

	CHECK_INT(buf_reserve(&zeros, 7 << 20), 0);
	memset(zeros.p, 0, 7 << 20);
	tell(&p, span_make(zeros.p, 7 << 20), Z_SYNC_FLUSH);
	while (got < 7 << 20) {
		CHECK_INT(stream_fill(s), 0);
		struct span in = stream_peek(s);
		CHECK(in.n && in.n <= STREAM_IN_BYTES);
		got += in.n;
		stream_consume(s, in.n);
	}
	CHECK_INT(got, 7 << 20);
	CHECK_INT(stream_try_fill(s), ERR_AGAIN);
	end(s, &p);
}

struct writer {
	struct stream *s;
	struct span text;
	int r;
};

static void write_it(void *arg)
{
	struct writer *w = arg;

	w->r = stream_put(w->s, w->text);
	w->r = w->r < 0 ? w->r : stream_flush(w->s);
}

/* Octets that cannot be made fewer, to a peer that reads slowly. */
FIBRE_TEST(a_slow_reader_gets_all)
{
	AUTO_BUF text = BUF(TEXT_MAX);
	AUTO_BUF heard = BUF(TEXT_MAX);
	struct peer p;
	struct writer w = { .s = begin(&p), .r = 1 };
	uint32_t x = 1;

	while (text.n < 3 << 20)
		buf_putc(&text, (char)((x = x * 1664525 + 1013904223) >> 24));
	w.text = buf_span(&text);
	CHECK_INT(fibre_spawn("writer", write_it, &w), 0);
	while (w.r == 1) {
		CHECK_INT(fibre_yield(), 0);
		hear(&p, &heard);
	}
	hear(&p, &heard);
	CHECK_INT(w.r, 0);
	CHECK(span_eq(buf_span(&heard), w.text));
	end(w.s, &p);
}

FIBRE_TEST(what_is_not_deflate_ends_the_input)
{
	struct peer p;
	struct stream *s = begin(&p);

	feed(p.fd, SPAN("\xff\xff\xff\xff"));
	CHECK_INT(stream_fill(s), ERR_NET);
	CHECK_INT(stream_fill(s), ERR_NET);
	end(s, &p);
	s = begin(&p);
	tell(&p, SPAN("last\r\n"), Z_FINISH);
	CHECK_INT(stream_fill(s), 0);
	CHECK_SPAN(stream_peek(s), SPAN("last\r\n"));
	close(p.fd);
	p.fd = -1;
	CHECK_INT(stream_fill(s), ERR_CLOSED);
	end(s, &p);
}

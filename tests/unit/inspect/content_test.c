/* A message in one piece, wherever its body is. */
#include "test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "inspect/content.h"

static int file_of(struct span octets)
{
	int fd = memfd_create("body", 0);

	CHECK_INT(write(fd, octets.p, octets.n), octets.n);
	return fd;
}

/* Headers that end before, at and behind a page's end; bodies of one octet and of several pages. */
TEST(content_is_one_piece)
{
	static const size_t headers[] = { 0, 1, 4095, 4096, 4097, 9000 },
	                    bodies[] = { 1, 4096, 20000 };
	char *octets = malloc(32000);

	for (size_t i = 0; i < 32000; i++)
		octets[i] = (char)('a' + i % 23);
	EACH_ROW(headers)
		for (size_t b = 0; b < N_ELEMS(bodies); b++) {
			struct span whole = span_make(octets, headers[row] + bodies[b]);
			struct span header = span_sub(whole, 0, headers[row]);
			struct span body = span_sub(whole, headers[row], whole.n);
			AUTO_FD int file = file_of(body);
			struct content c;

			CHECK_INT(content_open(header, body, -1, body.n, &c), 0);
			CHECK_SPAN(c.whole, whole);
			CHECK_SPAN(c.body, body);
			content_close(&c);
			CHECK_INT(content_open(header, SPAN(""), file, body.n, &c), 0);
			CHECK_SPAN(c.whole, whole);
			CHECK_SPAN(c.body, body);
			CHECK_SPAN(c.header, header);
			content_close(&c);
		}
	free(octets);
}

TEST(content_of_a_file_that_is_shorter)
{
	AUTO_FD int file = file_of(SPAN("short"));
	struct content c;

	CHECK_INT(content_open(SPAN("A: b\r\n\r\n"), SPAN(""), file, 6, &c), ERR_CORRUPT);
	CHECK_INT(content_open(SPAN("A: b\r\n\r\n"), SPAN(""), file, 5, &c), 0);
	CHECK_SPAN(c.whole, SPAN("A: b\r\n\r\nshort"));
	content_close(&c);
}

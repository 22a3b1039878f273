/* Bodies in chunks (wire/http/chunks.h). */
#include "wire/http/chunks.h"

#include <string.h>

#include "test.h"

static char got[1024];
static size_t n_got;

/* 0, 1 or the error, after all octets in pieces of `step`; *rest: octets that are left. */
static int take(const char *text, size_t step, size_t *rest)
{
	struct http_chunks c = { 0 };
	struct span in = span_str(text), out;
	int r = 1;

	n_got = 0;
	while (r == 1 && in.n) {
		struct span piece = span_sub(in, 0, step);
		size_t n = piece.n;
		r = http_chunks_take(&c, &piece, &out);
		memcpy(got + n_got, out.p, out.n);
		n_got += out.n;
		in = span_sub(in, n - piece.n, in.n);
	}
	*rest = in.n;
	return r;
}

/* RFC 9112 7.1, 7.1.1, 7.1.2. */
TEST(a_body)
{
	static const char *const bodies[] = {
		"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET",
		"00005\r\nhello\r\n6;a=\"b\";c\r\n world\r\n000\r\nX: y\r\nZ:\r\n\r\nGET",
		"B\r\nhello world\r\n0;last\r\n\r\nGET",
	};
	size_t rest;

	for (size_t i = 0; i < N_ELEMS(bodies); i++)
		for (size_t step = 1; step < 64; step++) {
			CHECK_INT(take(bodies[i], step, &rest), 0);
			CHECK_INT(rest, 3);
			CHECK_INT(n_got, 11);
			CHECK(memcmp(got, "hello world", 11) == 0);
		}
}

TEST(what_is_none)
{
	static const char *const bodies[] = {
		"\r\n",
		"x\r\n",
		"-1\r\n",
		"0x5\r\nhello\r\n",
		" 5\r\nhello\r\n",
		"5 \r\nhello\r\n",
		"5\nhello\n",
		"5\r\nhello0\r\n\r\n",
		"5\r\nhell\r\n",
		"5\r\nhello\n0\r\n\r\n",
		"1234567890123456\r\n",
		"5\rx",
		"5;a\nx",
		"5;\x01\r\n",
		"0\r\nX: y\n\r\n",
		"0\r\n\rx",
		"fffffffffffffffff\r\n",
	};
	size_t rest;

	EACH_ROW(bodies) {
		CHECK_INT(take(bodies[row], 1, &rest), ERR_SYNTAX);
		CHECK_INT(take(bodies[row], 64, &rest), ERR_SYNTAX);
	}
}

TEST(what_has_no_end)
{
	static char text[HTTP_TRAILERS_MAX + 64];
	size_t rest;

	memset(text, 'x', sizeof text - 1);
	memcpy(text, "5;", 2);
	CHECK_INT(take(text, 4096, &rest), ERR_SYNTAX);
	memcpy(text, "0\r\n", 3);
	CHECK_INT(take(text, 4096, &rest), ERR_SYNTAX);
	CHECK_INT(take("5\r\nhel", 1, &rest), 1);
}

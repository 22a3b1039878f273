/* component/web/answer: answers of HTTP/1.1 as they come (RFC 9112 4, 6, 7), and their JSON (RFC
 * 8259). */
#include "component/web/answer.h"

#include <stdlib.h>

#include "test.h"

static const struct {
	struct span octets;
	int r; /* 1: more is to come; 0: it is all there */
	int status;
	struct span body;
	unsigned retry_after_s;
	bool closes;
} t[] = {
	{ SPAN("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), 0, 200, SPAN("hi") },
	{ SPAN("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"), 1, 200, SPAN("hi") },
	{ SPAN("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n"), 0, 200, SPAN("") },
	{ SPAN("HTTP/1.1 204\r\n\r\n"), 1, 204, SPAN("") },
	{ SPAN("HTTP/1.1 202 x\r\nTransfer-Encoding: "
	       "chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"),
	  0, 202, SPAN("hi!") },
	{ SPAN("HTTP/1.1 100 x\r\nContent-Length: 9\r\n\r\nHTTP/1.1 429 x\r\nRetry-After: 30\r\n"
	       "Content-Length: 0\r\nConnection: Close\r\n\r\n"),
	  0, 429, SPAN(""), 30, true },
	{ SPAN("HTTP/1.0 200 OK\r\n\r\nuntil the end"), 1, 200, SPAN("until the end"), 0, true },
	{ SPAN("HTTP/1.1 200 OK\r\n"), 1 },
	{ SPAN("220 mx.test ESMTP\r\n\r\n"), ERR_SYNTAX },
	{ SPAN("HTTP/1.1 20\r\n\r\n"), ERR_SYNTAX },
	{ SPAN("HTTP/1.1 200 OK\r\nno field\r\n\r\n"), ERR_SYNTAX },
	{ SPAN("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), ERR_SYNTAX },
	{ SPAN("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), ERR_SYNTAX },
	{ SPAN("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), ERR_SYNTAX },
	{ SPAN("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"), ERR_SYNTAX },
};

/* In pieces of so many octets, each in memory of its own size. */
static int take(struct web_answer *a, struct span all, size_t step)
{
	int r = 1;

	web_answer_begin(a);
	for (size_t at = 0; r == 1 && at < all.n; at += step) {
		struct span piece = span_sub(all, at, step);
		char *own = malloc(piece.n);

		memcpy(own, piece.p, piece.n);
		r = web_answer_take(a, span_make(own, piece.n));
		free(own);
	}
	return r;
}

TEST(answer_is_read_however_it_comes)
{
	EACH_ROW(t) {
		for (size_t step = 1; step <= t[row].octets.n; step += step < 3 ? 1 : 17) {
			struct web_answer a = { 0 };

			CHECK_INT(take(&a, t[row].octets, step), t[row].r);
			if (t[row].r >= 0) {
				CHECK_INT(a.status, t[row].status);
				CHECK_SPAN(buf_span(&a.body), t[row].body);
				CHECK_INT(a.retry_after_s, t[row].retry_after_s);
				CHECK_INT(a.closes, t[row].closes);
			}
			web_answer_fini(&a);
		}
	}
}

TEST(answer_has_members)
{
	static const struct {
		struct span json, value;
		int r;
	} m[] = {
		{ SPAN("{\"id\":\"x\"}"), SPAN("\"x\"") },
		{ SPAN(" { \"a\" : [1,{\"id\":2}] , \"id\" : 3 } "), SPAN("3") },
		{ SPAN("{\"a\":\"\\\"id\\\":\",\"id\":[[],{}]}"), SPAN("[[],{}]") },
		{ SPAN("{\"b\":{\"id\":1}}"), SPAN("") },
		{ SPAN("{}"), SPAN("") },
		{ SPAN("[]"), SPAN(""), ERR_SYNTAX },
		{ SPAN("{\"id\":"), SPAN(""), ERR_SYNTAX },
		{ SPAN("{\"id\":\"x"), SPAN(""), ERR_SYNTAX },
		{ SPAN("{\"id\":[1}"), SPAN(""), ERR_SYNTAX },
		{ SPAN("{\"id\" 1}"), SPAN(""), ERR_SYNTAX },
		{ SPAN("{id:1}"), SPAN(""), ERR_SYNTAX },
		{ SPAN(""), SPAN(""), ERR_SYNTAX },
	};

	EACH_ROW(m) {
		struct span value;

		CHECK_INT(web_member(m[row].json, "id", &value), m[row].r);
		if (!m[row].r)
			CHECK_SPAN(value, m[row].value);
	}
}

TEST(answer_has_elements)
{
	struct span at = SPAN("[{\"a\":1}, 2 ,\"],[\"]"), one;

	CHECK_INT(web_element(&at, &one), 1);
	CHECK_SPAN(one, SPAN("{\"a\":1}"));
	CHECK_INT(web_element(&at, &one), 1);
	CHECK_SPAN(one, SPAN("2"));
	CHECK_INT(web_element(&at, &one), 1);
	CHECK_SPAN(one, SPAN("\"],[\""));
	CHECK_INT(web_element(&at, &one), 0);
	at = SPAN("[]");
	CHECK_INT(web_element(&at, &one), 0);
	at = SPAN("{}");
	CHECK_INT(web_element(&at, &one), ERR_SYNTAX);
	at = SPAN("[1");
	CHECK_INT(web_element(&at, &one), 1);
	CHECK_INT(web_element(&at, &one), ERR_SYNTAX);
}

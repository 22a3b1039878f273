/* Heads of requests (wire/http/head.h). */
#include "wire/http/head.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#define HOST "Host: h\r\n"

static struct http_head head;

/* The status that refuses it; 0: it is taken. */
static int status_of(const char *text)
{
	struct span octets = exact(span_str(text));
	struct http_refusal no = { 0 };
	size_t n = 0;

	if (http_head_end(octets, &n, &no) < 0)
		return no.status;
	CHECK(n);
	return http_head_parse(span_sub(octets, 0, n), &head, &no) < 0 ? no.status : 0;
}

TEST(a_request)
{
	CHECK_INT(status_of("POST /v1/messages?a=b&c HTTP/1.1\r\nhost: "
	                    "mail.example.test:443\r\nContent-Length: "
	                    "12\r\nX:  y z \t\r\n\r\nhello"),
	          0);
	CHECK_INT(head.method, HTTP_POST);
	CHECK(span_eq(head.path, SPAN("/v1/messages")) && span_eq(head.query, SPAN("a=b&c")));
	CHECK(span_eq(head.host, SPAN("mail.example.test:443")));
	CHECK_INT(head.framing, HTTP_LENGTH);
	CHECK_INT(head.length, 12);
	CHECK(head.keeps_alive && !head.awaits_continue);
	CHECK(span_eq(http_field(&head, "x"), SPAN("y z")));
	CHECK(!http_field(&head, "absent").n);
}

/* RFC 9112 2.2 (an empty line before), 3.2.2 (absolute-form), 9.3 (connections), RFC 9110 10.1.1.
 */
TEST(forms)
{
	CHECK_INT(status_of("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 0);
	CHECK_INT(status_of("GET http://other.test:8080/x?y HTTP/1.1\r\n" HOST "\r\n"), 0);
	CHECK(span_eq(head.host, SPAN("other.test:8080")) && span_eq(head.path, SPAN("/x")));
	CHECK_INT(status_of("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0);
	CHECK_INT(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
	CHECK(!head.keeps_alive);
	CHECK_INT(status_of("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n"), 0);
	CHECK(head.keeps_alive);
	CHECK_INT(status_of("GET / HTTP/1.1\r\n" HOST "Connection: upgrade, CLOSE\r\n\r\n"), 0);
	CHECK(!head.keeps_alive);
	CHECK_INT(status_of("POST / HTTP/1.1\r\n" HOST
	                    "Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n"),
	          0);
	CHECK(head.framing == HTTP_CHUNKED && head.awaits_continue);
	CHECK_INT(status_of("BREW / HTTP/1.1\r\n" HOST "\r\n"), 0);
	CHECK_INT(head.method, HTTP_OTHER);
}

/* RFC 9112 11.2: what two readers may take differently. */
static const struct {
	const char *text;
	int status;
} REFUSED[] = {
	{ "GET / HTTP/1.1\nHost: h\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1234567890123456789\r\n\r\n", 413 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 501 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding\r\n\r\n", 400 },
	{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST " folded: 1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: y\r\n\tz\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST ": y\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: \x01\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
	{ " GET / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / \r\n" HOST "\r\n", 400 },
	{ "GET /\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
	{ "GET / HTTP/1.2\r\n" HOST "\r\n", 505 },
	{ "GET / http/1.1\r\n" HOST "\r\n", 400 },
	{ "GET x HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET * HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET http:///x HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET http://h HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "CONNECT h:443 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /#x HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /\xc3\xbc HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "G(T / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\n\r\n", 417 },
	{ "\r\n\r\n", 400 },
};

TEST(what_is_refused)
{
	EACH_ROW(REFUSED)
		CHECK_INT(status_of(REFUSED[row].text), REFUSED[row].status);
}

/* As it comes, octet by octet: no fault before its end, and the end where it is. */
TEST(in_pieces)
{
	static const char text[] = "\r\nGET / HTTP/1.1\r\n" HOST "\r\nrest";
	struct http_refusal no = { 0 };
	size_t n;

	for (size_t i = 0; i < sizeof text - 5; i++) {
		CHECK_INT(http_head_end(span_make(text, i), &n, &no), 0);
		CHECK_INT(n, 0);
	}
	CHECK_INT(http_head_end(span_make(text, sizeof text - 1), &n, &no), 0);
	CHECK_INT(n, sizeof text - 5);
}

TEST(limits)
{
	static char text[HTTP_HEAD_MAX + 1];
	struct http_refusal no = { 0 };
	size_t n, at = 0;

	memset(text, 'x', sizeof text);
	memcpy(text, "GET /", 5);
	CHECK_INT(http_head_end(span_make(text, HTTP_HEAD_MAX - 1), &n, &no), 0);
	CHECK_INT(http_head_end(span_make(text, HTTP_HEAD_MAX), &n, &no), ERR_TOO_LONG);
	CHECK_INT(no.status, 431);
	memcpy(text + HTTP_TARGET_MAX + 4, " HTTP/1.1\r\nHost: h\r\n\r\n", 23);
	CHECK_INT(status_of(text), 0);
	text[HTTP_TARGET_MAX + 4] = 'x';
	memcpy(text + HTTP_TARGET_MAX + 5, " HTTP/1.1\r\nHost: h\r\n\r\n", 23);
	CHECK_INT(status_of(text), 414);
	at = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: h\r\n");
	for (int i = 0; i < HTTP_FIELDS_MAX; i++)
		at += (size_t)sprintf(text + at, "X: y\r\n");
	memcpy(text + at, "\r\n", 3);
	CHECK_INT(status_of(text), 431);
}

/* wire/message/mime.h: RFC 2045 5-6, RFC 2046 5; threats: MIME bombs. */
#include "test.h"

#include <stdio.h>

#include "base/clock.h"
#include "wire/message/mime.h"

#define MIXED(b) "Content-Type: multipart/mixed; boundary=" b "\r\n\r\n"

/* The tree as "depth:type/subtype[body]", containers without body. */
static void print(struct span message, const struct message_mime *mime, struct buf *out)
{
	for (size_t i = 0; i < mime->n_parts; i++) {
		const struct message_part *p = &mime->parts[i];
		struct span body = message_part_body(message, p);
		bool holds = i + 1 < mime->n_parts && mime->parts[i + 1].parent == (int)i;

		buf_printf(out, "%s%u:%.*s/%.*s", i ? " " : "", p->depth, SPAN_ARG(p->type),
		           SPAN_ARG(p->subtype));
		if (!holds)
			buf_printf(out, "[%.*s]", SPAN_ARG(body));
	}
}

TEST(mime_walks)
{
	enum { OPEN = MESSAGE_MIME_NOT_CLOSED };
	static const struct {
		struct span in, tree;
		unsigned faults;
	} t[] = {
		{ SPAN(""), SPAN("0:text/plain[]"), 0 },
		{ SPAN("A: b\r\n\r\nbody"), SPAN("0:text/plain[body]"), 0 },
		{ SPAN("A: b\r\n"), SPAN("0:text/plain[]"), 0 },
		{ SPAN("Content-Type: Image/PNG\r\n\r\nx"), SPAN("0:Image/PNG[x]"), 0 },
		{ SPAN(MIXED("b") "pre\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: "
		                  "a/b\r\n\r\ny\r\n--b--\r\npost"),
		  SPAN("0:multipart/mixed 1:text/plain[x] 1:a/b[y]"), 0 },
		/* 5.1.1: the CRLF before the delimiter is its own; white space behind it is padding
		 */
		{ SPAN(MIXED("b") "--b \t\r\n\r\nx\r\n\r\n--b-- \r\n"),
		  SPAN("0:multipart/mixed 1:text/plain[x\r\n]"), 0 },
		{ SPAN(MIXED("b") "--b\r\n\r\nx\r\n--bc\r\n--b-\r\n --b\r\n--B\r\n--b--"),
		  SPAN("0:multipart/mixed 1:text/plain[x\r\n--bc\r\n--b-\r\n --b\r\n--B]"), 0 },
		{ SPAN(MIXED("\"b  \"") "--b\r\n\r\nx\r\n--b--"),
		  SPAN("0:multipart/mixed 1:text/plain[x]"), 0 },
		{ SPAN(MIXED("\"a b\"") "--a b\r\n\r\nx\r\n--a b--"),
		  SPAN("0:multipart/mixed 1:text/plain[x]"), 0 },
		/* not closed; empty parts; a header that the delimiter ends */
		{ SPAN(MIXED("b") "--b\r\n\r\nx"), SPAN("0:multipart/mixed 1:text/plain[x]"),
		  OPEN },
		{ SPAN(MIXED("b")), SPAN("0:multipart/mixed[]"), OPEN },
		{ SPAN(MIXED("b") "--b--"), SPAN("0:multipart/mixed[--b--]"), 0 },
		{ SPAN(MIXED("b") "--b\r\n--b\r\nA: b\r\n--b--"),
		  SPAN("0:multipart/mixed 1:text/plain[] 1:text/plain[]"), 0 },
		{ SPAN(MIXED("b:c") "--b:c\r\nA: b\r\n--b:c\r\n\r\nx\r\n--b:c--"),
		  SPAN("0:multipart/mixed 1:text/plain[] 1:text/plain[x]"), 0 },
		/* nested: an outer delimiter ends what is inside; a closed one counts no more */
		{ SPAN(MIXED("b") "--b\r\n" MIXED(
		          "c") "--c\r\n\r\nx\r\n--c--\r\n--c\r\n--b\r\n\r\ny\r\n--b--"),
		  SPAN("0:multipart/mixed 1:multipart/mixed 2:text/plain[x] 1:text/plain[y]"), 0 },
		{ SPAN(MIXED("b") "--b\r\n" MIXED("c") "--c\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--"),
		  SPAN("0:multipart/mixed 1:multipart/mixed 2:text/plain[x] 1:text/plain[y]"),
		  OPEN },
		{ SPAN(MIXED("b") "--b\r\n" MIXED(
		          "b") "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--"),
		  SPAN("0:multipart/mixed 1:multipart/mixed 2:text/plain[x] 1:text/plain[y]"), 0 },
		/* 5.2.1: a message in a message; 5.1.5: in a digest by default */
		{ SPAN("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny"),
		  SPAN("0:message/rfc822 1:text/plain[y]"), 0 },
		{ SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: "
		       "base64\r\n\r\nU3ViamVjdDog"),
		  SPAN("0:message/rfc822[U3ViamVjdDog]"), 0 },
		{ SPAN("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: "
		       "x\r\n\r\ny\r\n--b\r\n--b--"),
		  SPAN("0:multipart/digest 1:message/rfc822 2:text/plain[y] 1:message/rfc822 "
		       "2:text/plain[]"),
		  0 },
		{ SPAN(MIXED("b") "--b\r\nContent-Type: message/rfc822\r\n\r\n" MIXED(
		          "c") "--c\r\n\r\nx\r\n--b--"),
		  SPAN("0:multipart/mixed 1:message/rfc822 2:multipart/mixed 3:text/plain[x]"),
		  OPEN },
		/* what is odd */
		{ SPAN("Content-Type: multipart/mixed\r\n\r\n--\r\n"),
		  SPAN("0:multipart/mixed[--\r\n]"), MESSAGE_MIME_NO_BOUNDARY },
		{ SPAN("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n"),
		  SPAN("0:multipart/mixed[--\r\n]"), MESSAGE_MIME_NO_BOUNDARY },
		{ SPAN("Content-Type: text\r\n\r\nx"), SPAN("0:text/plain[x]"), MESSAGE_MIME_TYPE },
		{ SPAN("Content-Type: a/b\r\nContent-Type: c/d\r\n\r\nx"), SPAN("0:a/b[x]"),
		  MESSAGE_MIME_DUPLICATE },
		{ SPAN("Content-Transfer-Encoding: base64\r\n" MIXED("b") "--b\r\n\r\nx\r\n--b--"),
		  SPAN("0:multipart/mixed 1:text/plain[x]"), MESSAGE_MIME_ENCODED },
		{ SPAN("A: b\r\nno field\r\n\r\nx"), SPAN("0:text/plain[no field\r\n\r\nx]"),
		  MESSAGE_MIME_HEADER },
		{ SPAN(" x\r\nA: b\r\n\r\n"), SPAN("0:text/plain[ x\r\nA: b\r\n\r\n]"),
		  MESSAGE_MIME_HEADER },
		{ SPAN(MIXED("b") "--b\nx"), SPAN("0:multipart/mixed[--b\nx]"), OPEN },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF out = BUF(4000);
		struct message_mime mime = { 0 };
		struct span in = exact(t[row].in);

		CHECK_INT(message_mime_parse(in, &arena, &mime), 0);
		print(in, &mime, &out);
		CHECK_SPAN(buf_span(&out), t[row].tree);
		CHECK_INT(mime.faults, t[row].faults);
	}
}

TEST(mime_reads_a_part)
{
	static const struct {
		struct span in, name, charset, disposition, content_id;
		enum message_encoding encoding;
	} t[] = {
		{ SPAN("Content-Type: text/plain; charset=\"utf-8\"; name=a\r\n"
		       "Content-Transfer-Encoding: (x) Base64 (y)\r\nContent-ID: <x@y>\r\n\r\n"),
		  SPAN("a"), SPAN("utf-8"), SPAN(""), SPAN("<x@y>"), MESSAGE_ENCODING_BASE64 },
		{ SPAN("Content-Type: a/b; name=a\r\nContent-Disposition: attachment; "
		       "filename=b\r\n\r\n"),
		  SPAN("b"), SPAN(""), SPAN("attachment"), SPAN(""), MESSAGE_ENCODING_7BIT },
		{ SPAN("Content-Disposition: inline; filename=b\r\nContent-Type: a/b; "
		       "name=a\r\n\r\n"),
		  SPAN("b"), SPAN(""), SPAN("inline"), SPAN(""), MESSAGE_ENCODING_7BIT },
		/* RFC 2047 5 forbids it, everybody sends it */
		{ SPAN("Content-Type: a/b; name=\"=?utf-8?B?4oKs?=.txt\"\r\n\r\n"),
		  SPAN("\xe2\x82\xac.txt"), SPAN(""), SPAN(""), SPAN(""), MESSAGE_ENCODING_7BIT },
		{ SPAN("Content-Type: a/b; name*=utf-8''%E2%82%AC.txt\r\n\r\n"),
		  SPAN("\xe2\x82\xac.txt"), SPAN(""), SPAN(""), SPAN(""), MESSAGE_ENCODING_7BIT },
		{ SPAN("Content-Type: a/b; name*=utf-8''=?utf-8?q?x?=\r\n\r\n"),
		  SPAN("=?utf-8?q?x?="), SPAN(""), SPAN(""), SPAN(""), MESSAGE_ENCODING_7BIT },
		{ SPAN("Content-Transfer-Encoding: Quoted-Printable\r\n\r\n"), SPAN(""), SPAN(""),
		  SPAN(""), SPAN(""), MESSAGE_ENCODING_QP },
		{ SPAN("Content-Transfer-Encoding: 8BIT\r\n\r\n"), SPAN(""), SPAN(""), SPAN(""),
		  SPAN(""), MESSAGE_ENCODING_8BIT },
		{ SPAN("Content-Transfer-Encoding: x-uuencode\r\n\r\n"), SPAN(""), SPAN(""),
		  SPAN(""), SPAN(""), MESSAGE_ENCODING_UNKNOWN },
		{ SPAN("Content-Type: a/b; name=\"a\r\n\tb\"\r\n\r\n"), SPAN("a b"), SPAN(""),
		  SPAN(""), SPAN(""), MESSAGE_ENCODING_7BIT },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		struct message_mime mime = { 0 };
		const struct message_part *p;

		CHECK_INT(message_mime_parse(exact(t[row].in), &arena, &mime), 0);
		p = &mime.parts[0];
		CHECK_SPAN(p->name, t[row].name);
		CHECK_SPAN(p->charset, t[row].charset);
		CHECK_SPAN(p->disposition, t[row].disposition);
		CHECK_SPAN(p->content_id, t[row].content_id);
		CHECK_INT(p->encoding, t[row].encoding);
	}
}

/* Depth and number of parts at the limit and past it. */
TEST(mime_caps)
{
	static const struct {
		unsigned depth, siblings;
		size_t n_parts;
		unsigned faults;
	} t[] = {
		{ 99, 1, 101, 0 },
		{ 100, 1, 101, 0 },
		{ 101, 1, 101, MESSAGE_MIME_DEPTH },
		{ 5000, 1, 101, MESSAGE_MIME_DEPTH },
		{ 1, MESSAGE_MIME_PARTS_MAX - 1, MESSAGE_MIME_PARTS_MAX, 0 },
		{ 1, MESSAGE_MIME_PARTS_MAX, MESSAGE_MIME_PARTS_MAX, MESSAGE_MIME_PARTS },
		{ 1, 100000, MESSAGE_MIME_PARTS_MAX, MESSAGE_MIME_PARTS },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF in = BUF(16 << 20);
		struct message_mime mime = { 0 };

		for (unsigned i = 0; i < t[row].depth; i++)
			buf_printf(&in,
			           "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n",
			           i, i);
		for (unsigned i = 1; i < t[row].siblings; i++)
			buf_printf(&in, "\r\n--b%u\r\n", t[row].depth - 1);
		buf_puts(&in, "\r\nx");
		for (unsigned i = t[row].depth; i-- > 0;)
			buf_printf(&in, "\r\n--b%u--", i);
		CHECK_INT(message_mime_parse(exact(buf_span(&in)), &arena, &mime), 0);
		CHECK_INT(mime.faults & ~(unsigned)MESSAGE_MIME_NOT_CLOSED, t[row].faults);
		CHECK_INT(mime.n_parts, t[row].n_parts + (t[row].depth == 99 ? (size_t)-1 : 0));
	}
}

/* Bombs of a few MiB: time linear, so that none takes long even under sanitizers. */
TEST(mime_survives_bombs)
{
	static const struct {
		const char *head, *each;
		size_t n;
	} t[] = {
		{ "", "Content-Type: message/rfc822\r\n\r\n", 100000 },
		{ MIXED("b"), "--b\r\n" MIXED("b"), 50000 },
		{ MIXED("b"), "--b--\r\n", 300000 },
		{ MIXED("b"), "--\r\n", 500000 },
		{ "Content-Type: a/b", "; x*1=y", 200000 },
		{ "Content-Type: a/b; ", "(", 1000000 },
		{ "Content-Type: a/b; ", "(a;", 500000 },
		{ "Content-Type: a/b; name=", "=?u?q?", 200000 },
		{ "Content-Type: a/b; name=\"", "\\\"", 400000 },
		{ "", "Content-Type: a/b\r\n", 100000 },
		{ "", "A: b\r\n ", 300000 },
		{ "Content-Type: multipart/digest; boundary=b\r\n\r\n", "--b\r\n", 300000 },
		{ "", "\r\n", 1000000 },
		{ "", "\r", 2000000 },
		{ "", "\n", 2000000 },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF in = BUF(16 << 20);
		struct message_mime mime = { 0 };
		int64_t before;

		buf_puts(&in, t[row].head);
		for (size_t i = 0; i < t[row].n; i++)
			buf_puts(&in, t[row].each);
		before = clock_now_at();
		CHECK_INT(message_mime_parse(buf_span(&in), &arena, &mime), 0);
		CHECK(clock_now_at() - before < 5000);
		CHECK(mime.n_parts <= MESSAGE_MIME_PARTS_MAX);
	}
}

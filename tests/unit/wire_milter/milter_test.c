/* The protocol of libmilter, version 6: packets, terms, edits. */
#include "wire/milter/milter.h"

#include "test.h"

#define P(lit) SPAN(lit)

TEST(milter_put)
{
	AUTO_BUF b = BUF(1000);
	struct ip ip4, ip6, none = { 0 };
	const struct span pairs[] = { SPAN("j"), SPAN("mx"), SPAN("{auth_authen}"), SPAN("a") };

	CHECK_INT(ip_parse(SPAN("192.0.2.1"), &ip4), 0);
	CHECK_INT(ip_parse(SPAN("2001:db8::1"), &ip6), 0);
	CHECK_INT(milter_put_terms(&b, &(struct milter_terms){ 6, 0x31, 0x1ff }), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\rO\0\0\0\6\0\0\0\x31\0\0\1\xff"));
	buf_reset(&b);
	CHECK_INT(milter_put_connect(&b, SPAN("h"), &ip4, 25), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\20Ch\0"
	                           "4\0\31"
	                           "192.0.2.1\0"));
	buf_reset(&b);
	CHECK_INT(milter_put_connect(&b, SPAN("h"), &ip6, 25), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\22Ch\0"
	                           "6\0\31"
	                           "2001:db8::1\0"));
	buf_reset(&b);
	CHECK_INT(milter_put_connect(&b, SPAN("h"), &none, 0), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\4Ch\0U"));
	buf_reset(&b);
	CHECK_INT(milter_put_macros(&b, 'M', pairs, 2), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\27DMj\0mx\0{auth_authen}\0a\0"));
	buf_reset(&b);
	CHECK_INT(milter_put_mail(&b, SPAN("a@b")), 0);
	CHECK_INT(milter_put_rcpt(&b, SPAN("")), 0);
	CHECK_INT(milter_put_helo(&b, span_make("h\0x", 3)), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\7M<a@b>\0\0\0\0\4R<>\0\0\0\0\5Hh?x\0"));
	buf_reset(&b);
	CHECK_INT(milter_put_header(&b, SPAN("S"), SPAN(" a\r\n b"), false), 0);
	CHECK_INT(milter_put_header(&b, SPAN("S"), SPAN(" a"), true), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\10LS\0a\n b\0\0\0\0\6LS\0 a\0"));
	buf_reset(&b);
	CHECK_INT(milter_put_body(&b, SPAN("x\0y")), 0);
	CHECK_INT(milter_put_plain(&b, 'E'), 0);
	CHECK_SPAN(buf_span(&b), P("\0\0\0\4Bx\0y\0\0\0\1E"));
}

TEST(milter_take)
{
	static const struct {
		struct span in;
		int r;
		char command;
	} t[] = {
		{ P(""), 0, 0 },
		{ P("\0\0\0"), 0, 0 },
		{ P("\0\0\0\1"), 0, 0 },
		{ P("\0\0\0\1c"), 1, 'c' },
		{ P("\0\0\0\2c"), 0, 0 },
		{ P("\0\0\0\1cx"), 1, 'c' },
		{ P("\0\0\0\0"), ERR_SYNTAX, 0 },
		{ P("HTTP/1.0 200"), ERR_TOO_LONG, 0 },
		{ P("\xff\xff\xff\xff"), ERR_TOO_LONG, 0 },
	};
	EACH_ROW(t) {
		struct span in = exact(t[row].in);
		struct milter_packet p = { 0 };
		CHECK_INT(milter_take(&in, &p), t[row].r);
		CHECK_INT(p.command, t[row].command);
	}
}

/* A piece of a body may be as long as one that we send, and nothing else may. */
TEST(milter_peek)
{
	static const struct {
		struct span in;
		int r;
		char command;
		size_t n;
	} t[] = {
		{ P("\0\0\0\1"), 0, 0, 0 },
		{ P("\0\0\0\0"), ERR_SYNTAX, 0, 0 },
		{ P("\0\0\0\0b"), ERR_SYNTAX, 0, 0 },
		{ P("\0\0\0\1b"), 1, 'b', 0 },
		{ P("\0\1\0\0b"), 1, 'b', 65535 },
		{ P("\0\1\0\1b"), ERR_TOO_LONG, 0, 0 },
		{ P("\0\1\0\0h"), ERR_TOO_LONG, 0, 0 },
	};
	EACH_ROW(t) {
		char command = 0;
		size_t n = 0;
		CHECK_INT(milter_peek(exact(t[row].in), &command, &n), t[row].r);
		CHECK_INT(command, t[row].command);
		CHECK_INT(n, t[row].n);
	}
}

TEST(milter_terms)
{
	const struct milter_terms offered = { 6, MILTER_ADD_HEADERS, MILTER_NO_BODY };
	struct milter_terms got;
	static const struct {
		struct span data;
		char command;
		int r;
	} t[] = {
		{ P("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"), 'O', 0 },
		{ P("\0\0\0\2\0\0\0\1\0\0\0\x10"
		    "\0\0\0\1j\0"),
		  'O', 0 },
		{ P("\0\0\0\1\0\0\0\1\0\0\0\x10"), 'O', ERR_UNKNOWN },
		{ P("\0\0\0\7\0\0\0\1\0\0\0\x10"), 'O', ERR_UNKNOWN },
		{ P("\0\0\0\6\0\0\0\1\0\0\0"), 'O', ERR_SYNTAX },
		{ P("\0\0\0\6\0\0\0\1\0\0\0\x10"), 'c', ERR_SYNTAX },
	};
	EACH_ROW(t) {
		struct milter_packet p = { t[row].command, exact(t[row].data) };
		CHECK_INT(milter_terms_parse(&p, &offered, &got), t[row].r);
		if (t[row].r == 0) {
			CHECK_INT(got.actions, MILTER_ADD_HEADERS);
			CHECK_INT(got.protocol, MILTER_NO_BODY);
		}
	}
}

TEST(milter_replies)
{
	static const struct {
		char command;
		struct span data;
		int r, kind, code;
		const char *text;
	} t[] = {
		{ 'c', P(""), 0, MILTER_CONTINUE, 0, "" },
		{ 'a', P(""), 0, MILTER_ACCEPT, 0, "" },
		{ 'r', P(""), 0, MILTER_REJECT, 0, "" },
		{ 't', P(""), 0, MILTER_TEMPFAIL, 0, "" },
		{ 'f', P(""), 0, MILTER_TEMPFAIL, 0, "" },
		{ 'd', P(""), 0, MILTER_DISCARD, 0, "" },
		{ 's', P(""), 0, MILTER_SKIP_REST, 0, "" },
		{ 'p', P(""), 0, MILTER_PROGRESS, 0, "" },
		{ 'q', P("why\0"), 0, MILTER_EDIT_QUARANTINE, 0, "why" },
		{ 'q', P("why"), ERR_SYNTAX, 0, 0, "" },
		{ '+', P("<a@b>\0"), 0, MILTER_EDIT_RCPT, 0, "<a@b>" },
		{ '2', P("<a@b>\0NOTIFY=NEVER\0"), 0, MILTER_EDIT_RCPT, 0, "<a@b>" },
		{ '2', P("<a@b>\0NOTIFY=NEVER"), ERR_SYNTAX, 0, 0, "" },
		{ '+', P("<a@b>"), ERR_SYNTAX, 0, 0, "" },
		{ '-', P("<a@b>\0"), 0, MILTER_EDIT_NO_RCPT, 0, "<a@b>" },
		{ 'e', P("<>\0"), 0, MILTER_EDIT_SENDER, 0, "<>" },
		{ 'e', P(""), ERR_SYNTAX, 0, 0, "" },
		{ 'b', P("x"), 0, MILTER_EDIT_BODY, 0, "x" },
		{ 'b', P(""), 0, MILTER_EDIT_BODY, 0, "" },
		{ 'y', P("550 5.7.1 no\0"), 0, MILTER_REPLY_CODE, 550, "5.7.1 no" },
		{ 'y', P("451\0"), 0, MILTER_REPLY_CODE, 451, "" },
		{ 'y', P("250 ok\0"), ERR_SYNTAX, 0, 0, "" },
		{ 'y', P("600 x\0"), ERR_SYNTAX, 0, 0, "" },
		{ 'y', P("55"), ERR_SYNTAX, 0, 0, "" },
		{ 'y', P("550x\0"), ERR_SYNTAX, 0, 0, "" },
		{ 'h', P("A\0"), ERR_SYNTAX, 0, 0, "" },
		{ 'm', P("\0\0\0"), ERR_SYNTAX, 0, 0, "" },
		{ 'Z', P(""), ERR_SYNTAX, 0, 0, "" },
	};
	EACH_ROW(t) {
		struct milter_packet p = { t[row].command, exact(t[row].data) };
		struct milter_reply got;
		CHECK_INT(milter_reply_parse(&p, &got), t[row].r);
		if (t[row].r)
			continue;
		CHECK_INT(got.kind, t[row].kind);
		CHECK_INT(got.code, t[row].code);
		CHECK_SPAN(got.text, span_str(t[row].text));
	}
}

TEST(milter_fields)
{
	static const struct {
		const char *name, *value;
		bool leading;
		const char *field; /* NULL: it is none */
	} t[] = {
		{ "X-A", "v", false, "X-A: v\r\n" },
		{ "X-A", " v", true, "X-A: v\r\n" },
		{ "X-A", "", false, "X-A: \r\n" },
		{ "X-A", "a\n b\r\n\tc", false, "X-A: a\r\n b\r\n\tc\r\n" },
		{ "X-A", "a\nEvil: b", false, "X-A: a\r\n\tEvil: b\r\n" },
		{ "X-A", "a\n\nbody", false, "X-A: a\r\n\tbody\r\n" },
		{ "X-A", "a\n \nb\n", false, "X-A: a\r\n\tb\r\n" },
		{ "X-A", "a\rb\x01", false, "X-A: a?b?\r\n" },
		{ "", "v", false, NULL },
		{ "X A", "v", false, NULL },
		{ "X:A", "v", false, NULL },
		{ "X\nA", "v", false, NULL },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(100);
		struct span name = span_str(t[row].name);
		CHECK_INT(milter_field_put(&b, name, span_str(t[row].value), t[row].leading),
		          t[row].field ? 0 : ERR_SYNTAX);
		if (t[row].field) {
			CHECK_SPAN(buf_span(&b), span_str(t[row].field));
			CHECK(milter_is_field(name, buf_span(&b)));
		}
	}
	CHECK(!milter_is_field(SPAN("A"), SPAN("A: b\r\nC: d\r\n")));
	CHECK(!milter_is_field(SPAN("A"), SPAN("A: b\r\n\r\n")));
	CHECK(!milter_is_field(SPAN("A"), SPAN("A: b")));
	CHECK(!milter_is_field(SPAN("B"), SPAN("A: b\r\n")));
	CHECK(!milter_is_field(SPAN("A"), SPAN("")));
}

TEST(milter_edits)
{
	static const char header[] = "A: 1\r\nB: 2\r\na: 3\r\n\r\n";
	static const struct {
		struct milter_edit e;
		const char *want;
	} t[] = {
		{ { MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("X: y\r\n") },
		  "A: 1\r\nB: 2\r\na: 3\r\nX: y\r\n\r\n" },
		{ { MILTER_EDIT_INSERT, 0, SPAN("X"), SPAN("X: y\r\n") },
		  "X: y\r\nA: 1\r\nB: 2\r\na: 3\r\n\r\n" },
		{ { MILTER_EDIT_INSERT, 2, SPAN("X"), SPAN("X: y\r\n") },
		  "A: 1\r\nB: 2\r\nX: y\r\na: 3\r\n\r\n" },
		{ { MILTER_EDIT_INSERT, 99, SPAN("X"), SPAN("X: y\r\n") },
		  "A: 1\r\nB: 2\r\na: 3\r\nX: y\r\n\r\n" },
		{ { MILTER_EDIT_CHANGE, 1, SPAN("A"), SPAN("A: y\r\n") },
		  "A: y\r\nB: 2\r\na: 3\r\n\r\n" },
		{ { MILTER_EDIT_CHANGE, 2, SPAN("A"), SPAN("A: y\r\n") },
		  "A: 1\r\nB: 2\r\nA: y\r\n\r\n" },
		{ { MILTER_EDIT_CHANGE, 2, SPAN("A"), SPAN("") }, "A: 1\r\nB: 2\r\n\r\n" },
		{ { MILTER_EDIT_CHANGE, 3, SPAN("A"), SPAN("A: y\r\n") },
		  "A: 1\r\nB: 2\r\na: 3\r\nA: y\r\n\r\n" },
		{ { MILTER_EDIT_CHANGE, 3, SPAN("A"), SPAN("") }, header },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(200);
		CHECK_INT(milter_edit_apply(exact(span_str(header)), &t[row].e, &b), 0);
		CHECK_SPAN(buf_span(&b), span_str(t[row].want));
	}
}

/* One row per rule of RFC 5321 4.1.2.  exact(): heap copy, ASan sees over-reads. */
#include "wire/smtp/path.h"

#include "test.h"

enum { RCPT = SMTP_PATH_POSTMASTER, MAIL = SMTP_PATH_NULL };

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define L62 X16 X16 X16 "xxxxxxxxxxxxxx"

TEST(smtp_path_accepts)
{
	static const struct {
		struct span in;
		unsigned forms;
		struct span local, domain, rest;
		bool utf8;
	} t[] = {
		{ SPAN("<a@b> SIZE=9"), MAIL, SPAN("a"), SPAN("b"), SPAN(" SIZE=9"), false },
		{ SPAN("<>"), MAIL, SPAN(""), SPAN(""), SPAN(""), false },
		{ SPAN("<> BODY=7BIT"), MAIL, SPAN(""), SPAN(""), SPAN(" BODY=7BIT"), false },
		{ SPAN("<postMASTER>"), RCPT, SPAN("postMASTER"), SPAN(""), SPAN(""), false },
		{ SPAN("<Postmaster@b.c>"), MAIL, SPAN("Postmaster"), SPAN("b.c"), SPAN(""),
		  false },
		{ SPAN("<\"a>b\\\"@\"@c>"), RCPT, SPAN("\"a>b\\\"@\""), SPAN("c"), SPAN(""),
		  false },
		{ SPAN("<\"\"@c>"), RCPT, SPAN("\"\""), SPAN("c"), SPAN(""), false },
		{ SPAN("<\"a b\\ \"@c>"), RCPT, SPAN("\"a b\\ \""), SPAN("c"), SPAN(""), false },
		{ SPAN("<a.b+c!d#$%&'*-/=?^_`{|}~@c>"), RCPT, SPAN("a.b+c!d#$%&'*-/=?^_`{|}~"),
		  SPAN("c"), SPAN(""), false },
		{ SPAN("<a@[IPv6:2001:db8::1]>"), RCPT, SPAN("a"), SPAN("[IPv6:2001:db8::1]"),
		  SPAN(""), false },
		{ SPAN("<a@[192.0.2.1]>"), RCPT, SPAN("a"), SPAN("[192.0.2.1]"), SPAN(""), false },
		{ SPAN("<@r1,@r2:a@b>"), RCPT, SPAN("a"), SPAN("b"), SPAN(""), false },
		{ SPAN("<@r1:a@b>"), RCPT, SPAN("a"), SPAN("b"), SPAN(""), false },
		{ SPAN("<\xc3\xa9@b>"), RCPT, SPAN("\xc3\xa9"), SPAN("b"), SPAN(""), true },
		{ SPAN("<a@\xc3\xa9.b>"), RCPT, SPAN("a"), SPAN("\xc3\xa9.b"), SPAN(""), true },
		{ SPAN("<\"\xc3\xa9\"@b>"), RCPT, SPAN("\"\xc3\xa9\""), SPAN("b"), SPAN(""), true },
		{ SPAN("<" X64 "@b>"), RCPT, SPAN(X64), SPAN("b"), SPAN(""), false },
		{ SPAN("<a@b>>"), RCPT, SPAN("a"), SPAN("b"), SPAN(">"), false },
		/* 256 octets with < and >, RFC 5321 4.5.3.1.3. */
		{ SPAN("<a@" L62 "." L62 "." L62 "." L62 "x>"), RCPT, SPAN("a"),
		  SPAN(L62 "." L62 "." L62 "." L62 "x"), SPAN(""), false },
	};
	EACH_ROW(t) {
		struct smtp_path path = { 0 };
		struct span rest = { 0 }, in = exact(t[row].in);

		CHECK_INT(smtp_path_parse(in, t[row].forms, &path, &rest), 0);
		CHECK_SPAN(path.local, t[row].local);
		CHECK_SPAN(path.domain, t[row].domain);
		CHECK_SPAN(rest, t[row].rest);
		CHECK_INT(path.utf8, t[row].utf8);
	}
}

TEST(smtp_path_refuses)
{
	static const struct {
		struct span in;
		unsigned forms;
		int err;
	} t[] = {
		{ SPAN(""), RCPT, ERR_SYNTAX },
		{ SPAN("<"), RCPT, ERR_SYNTAX },
		{ SPAN("a@b"), RCPT, ERR_SYNTAX }, /* no angle brackets */
		{ SPAN("<a@b"), RCPT, ERR_SYNTAX },
		{ SPAN(" <a@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a@b\r\nDATA\r\n>"), RCPT, ERR_SYNTAX }, /* smuggled line     */
		{ SPAN("<a\n@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\"a\r\nDATA\r\n\"@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\"a\\\nb\"@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a\0@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\"a\0b\"@c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a\"b\"@c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\"a\"b@c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a b@c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a@b c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a@>"), RCPT, ERR_SYNTAX },
		{ SPAN("<@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a>"), RCPT, ERR_SYNTAX },
		{ SPAN("<@r:@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<@r:>"), RCPT, ERR_SYNTAX },
		{ SPAN("<@r,a@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<@:a@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<@r a@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a@b@c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\"a@b>"), RCPT, ERR_SYNTAX }, /* open quote        */
		{ SPAN("<\"a\\\">"), RCPT, ERR_SYNTAX },
		{ SPAN("<.a@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a.@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a..b@c>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a(x)@b>"), RCPT, ERR_SYNTAX },
		{ SPAN("<a@b.>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\xc3@b>"), RCPT, ERR_SYNTAX }, /* invalid UTF-8     */
		{ SPAN("<a@\xff>"), RCPT, ERR_SYNTAX },
		{ SPAN("<\"a\\\xc3\xa9\"@b>"), RCPT, ERR_SYNTAX }, /* quoted-pair is US-ASCII */
		{ SPAN("<>"), RCPT, ERR_REFUSED },
		{ SPAN("<Postmaster>"), MAIL, ERR_REFUSED },
		{ SPAN("<" X64 "x@b>"), RCPT, ERR_TOO_LONG },
		{ SPAN("<a@" X64 X64 X64 X16 X16 X16 "xxxxxxxxxxxxx>"), RCPT, ERR_TOO_LONG },
		{ SPAN("<a@" L62 "." L62 "." L62 "." L62 "xx>"), RCPT, ERR_TOO_LONG },
	};
	EACH_ROW(t) {
		struct smtp_path path;
		struct span rest, in = exact(t[row].in);

		CHECK_INT(smtp_path_parse(in, t[row].forms, &path, &rest), t[row].err);
	}
}

TEST(smtp_path_prints_what_it_parsed)
{
	static const struct span t[] = { SPAN("<a@b>"), SPAN("<>"), SPAN("<Postmaster>"),
		                         SPAN("<\"a>b\"@[192.0.2.1]>") };
	EACH_ROW(t) {
		AUTO_BUF out = BUF(SMTP_PATH_MAX);
		struct smtp_path path = { 0 };
		struct span rest;

		CHECK_INT(smtp_path_parse(t[row], MAIL | RCPT, &path, &rest), 0);
		CHECK_INT(smtp_path_print(&path, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row]);
	}
}

TEST(smtp_address_splits)
{
	static const struct {
		struct span in;
		unsigned forms;
		int r;
		struct span local, domain;
	} t[] = {
		{ SPAN("a@b"), 0, 0, SPAN("a"), SPAN("b") },
		{ SPAN("\"a@b>\"@c"), 0, 0, SPAN("\"a@b>\""), SPAN("c") },
		{ SPAN("\"victim@x y\"@evil"), 0, 0, SPAN("\"victim@x y\""), SPAN("evil") },
		{ SPAN("postmaster"), RCPT, 0, SPAN("postmaster"), SPAN("") },
		{ SPAN(""), MAIL, 0, SPAN(""), SPAN("") },
		{ SPAN(""), 0, ERR_REFUSED, SPAN(""), SPAN("") },
		{ SPAN("postmaster"), 0, ERR_REFUSED, SPAN(""), SPAN("") },
		{ SPAN("a@b>"), 0, ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("a@b\r\n"), 0, ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("@r:a@b"), 0, ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("a"), 0, ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("a@" L62 "." L62 "." L62 "." L62 "xx"), 0, ERR_TOO_LONG, SPAN(""),
		  SPAN("") },
	};
	EACH_ROW(t) {
		struct smtp_path path = { 0 };

		CHECK_INT(smtp_address_split(exact(t[row].in), t[row].forms, &path), t[row].r);
		CHECK_SPAN(path.local, t[row].local);
		CHECK_SPAN(path.domain, t[row].domain);
	}
}

/* RFC 5321 4.1.2: "the quoted string ... form is equivalent" where quotes are not needed. */
TEST(smtp_path_canonical)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN("<a.b@Home.TEST>"), SPAN("a.b@home.test") },
		{ SPAN("<A.b@x.test>"), SPAN("A.b@x.test") },
		{ SPAN("<\"a.b\"@x.test>"), SPAN("a.b@x.test") },
		{ SPAN("<\"a\\b\"@x.test>"), SPAN("ab@x.test") },
		{ SPAN("<\"a\\\"b\"@x.test>"), SPAN("\"a\\\"b\"@x.test") },
		{ SPAN("<\"\\\\\"@x.test>"), SPAN("\"\\\\\"@x.test") },
		{ SPAN("<\"\"@x.test>"), SPAN("\"\"@x.test") },
		{ SPAN("<\"a b\"@x.test>"), SPAN("\"a b\"@x.test") },
		{ SPAN("<\"a\\ b\"@x.test>"), SPAN("\"a b\"@x.test") },
		{ SPAN("<\"a@b\"@x.test>"), SPAN("\"a@b\"@x.test") },
		{ SPAN("<\".a\"@x.test>"), SPAN("\".a\"@x.test") },
		{ SPAN("<\"a.\"@x.test>"), SPAN("\"a.\"@x.test") },
		{ SPAN("<\"a..b\"@x.test>"), SPAN("\"a..b\"@x.test") },
		{ SPAN("<\"\xc3\xbc\"@\xc3\x9c.Test>"), SPAN("\xc3\xbc@\xc3\x9c.test") },
		{ SPAN("<a@[IPv6:2001:DB8::1]>"), SPAN("a@[ipv6:2001:db8::1]") },
		{ SPAN("<@r.test:a@x.test>"), SPAN("a@x.test") },
		{ SPAN("<>"), SPAN("") },
		{ SPAN("<Postmaster>"), SPAN("Postmaster") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(SMTP_PATH_MAX);
		struct smtp_path path = { 0 };
		struct span rest;

		CHECK_INT(smtp_path_parse(exact(t[row].in), SMTP_PATH_NULL | SMTP_PATH_POSTMASTER,
		                          &path, &rest),
		          0);
		CHECK_INT(smtp_path_canonical(&path, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

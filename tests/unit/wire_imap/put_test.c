/* What is written.  RFC 3501 and RFC 9051 4.3, 7, 9; RFC 3516 4.4. */
#include "wire/imap/put.h"

#include "test.h"
#include "wire/imap/name.h"

TEST(imap_strings_are_put)
{
	static const struct {
		struct span in;
		bool utf8;
		struct span string, astring;
	} t[] = {
		{ SPAN("abc"), false, SPAN("\"abc\""), SPAN("abc") },
		{ SPAN(""), false, SPAN("\"\""), SPAN("\"\"") },
		{ SPAN("nil"), false, SPAN("\"nil\""), SPAN("\"nil\"") },
		{ SPAN("a b"), false, SPAN("\"a b\""), SPAN("\"a b\"") },
		{ SPAN("\\a\"b\\"), false, SPAN("\"\\\\a\\\"b\\\\\""), SPAN("\"\\\\a\\\"b\\\\\"") },
		{ SPAN("a\r\nb"), false, SPAN("{4}\r\na\r\nb"), SPAN("{4}\r\na\r\nb") },
		{ SPAN("\xc3\xa9"), false, SPAN("{2}\r\n\xc3\xa9"), SPAN("{2}\r\n\xc3\xa9") },
		{ SPAN("\xc3\xa9"), true, SPAN("\"\xc3\xa9\""), SPAN("\"\xc3\xa9\"") },
		{ SPAN("\xff"), true, SPAN("{1}\r\n\xff"), SPAN("{1}\r\n\xff") },
		{ SPAN("a\0"), true, SPAN("~{2}\r\na\0"), SPAN("~{2}\r\na\0") },
	};
	EACH_ROW(t) {
		AUTO_BUF string = BUF(100);
		AUTO_BUF astring = BUF(100);

		CHECK_INT(imap_put_string(&string, exact(t[row].in), t[row].utf8), 0);
		CHECK_SPAN(buf_span(&string), t[row].string);
		CHECK_INT(imap_put_astring(&astring, exact(t[row].in), t[row].utf8), 0);
		CHECK_SPAN(buf_span(&astring), t[row].astring);
	}
}

TEST(imap_long_strings_are_literals)
{
	AUTO_BUF in = BUF(2000);
	AUTO_BUF out = BUF(2000);

	for (int i = 0; i <= IMAP_QUOTED_MAX; i++)
		buf_putc(&in, 'x');
	CHECK_INT(imap_put_string(&out, buf_span(&in), false), 0);
	CHECK(span_starts(buf_span(&out), SPAN("{1001}\r\nxx")));
}

TEST(imap_nothing_is_nil)
{
	AUTO_BUF out = BUF(100);

	imap_put_nstring(&out, SPAN(""), true, false);
	imap_put_nstring(&out, SPAN(""), false, false);
	imap_put_literal_head(&out, 5, true);
	CHECK_SPAN(buf_span(&out), SPAN("NIL\"\"~{5}\r\n"));
}

TEST(imap_names_are_put_as_the_session_has_them)
{
	static const struct {
		struct span in;
		bool utf8;
		struct span want;
	} t[] = {
		{ SPAN("INBOX"), false, SPAN("INBOX") },
		{ SPAN("a&b"), false, SPAN("a&-b") },
		{ SPAN("a&b"), true, SPAN("a&b") },
		{ SPAN("Entw\xc3\xbcrfe"), false, SPAN("Entw&APw-rfe") },
		{ SPAN("Entw\xc3\xbcrfe"), true, SPAN("\"Entw\xc3\xbcrfe\"") },
		{ SPAN("x y"), false, SPAN("\"x y\"") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(imap_put_mailbox(&out, exact(t[row].in), t[row].utf8), 0);
		CHECK_SPAN(buf_span(&out), t[row].want);
	}
}

TEST(imap_longest_names_are_put)
{
	AUTO_BUF name = BUF(IMAP_NAME_MAX);
	AUTO_BUF out = BUF(8000);

	while (name.n + 3 <= IMAP_NAME_MAX) /* a shift for each */
		buf_puts(&name, "a\xc3\xa9");
	CHECK_INT(imap_put_mailbox(&out, buf_span(&name), false), 0);
	buf_reset(&name);
	for (int i = 0; i < IMAP_NAME_MAX; i++)
		buf_putc(&name, '\x01'); /* none of ours, and yet it fits */
	CHECK_INT(imap_put_mailbox(&out, buf_span(&name), false), 0);
}

/* Nothing that a text holds begins a line or a code. */
TEST(imap_status_lines_are_put)
{
	AUTO_BUF out = BUF(300);

	imap_put_status(&out, SPAN("a1"), "OK", SPAN("READ-WRITE"), SPAN("SELECT is done"));
	imap_put_status(&out, SPAN("*"), "BYE", SPAN(""), SPAN(""));
	imap_put_status(&out, SPAN("a2"), "BAD", SPAN(""), SPAN("[x]\r\n* OK \xc3\xa9\0"));
	CHECK_SPAN(buf_span(&out), SPAN("a1 OK [READ-WRITE] SELECT is done\r\n* BYE -\r\n"
	                                "a2 BAD (x]??* OK ???\r\n"));
}

/* APPEND, what is around its messages.  RFC 3501 6.3.11; RFC 3502 6.3.11; RFC 6855 4. */
#include "wire/imap/args/append.h"

#include "imap_test.h"

TEST(imap_append_is_read)
{
	static const struct {
		struct span in;
		int err;
		struct span mailbox, flags;
		bool has_time, utf8;
	} t[] = {
		{ SPAN("A003 APPEND saved-messages (\\Seen) "), 0, SPAN("saved-messages"),
		  SPAN("(\\Seen)"), false, false },
		{ SPAN("A APPEND {5+}\r\ninbox "), 0, SPAN("INBOX"), SPAN("()"), false, false },
		{ SPAN("A APPEND b () \"07-Feb-1994 21:52:25 -0800\" "), 0, SPAN("b"), SPAN("()"),
		  true, false },
		{ SPAN("A APPEND b \" 7-Feb-1994 21:52:25 -0800\" "), 0, SPAN("b"), SPAN("()"),
		  true, false },
		{ SPAN("A APPEND b (x) \"07-Feb-1994 21:52:25 -0800\" UTF8 ("), 0, SPAN("b"),
		  SPAN("(x)"), true, true },
		{ SPAN("A APPEND "), ERR_SYNTAX, .flags = SPAN("()") },
		{ SPAN("A APPEND b"), ERR_SYNTAX, .flags = SPAN("()") },
		{ SPAN("A APPEND b (\\Seen)"), ERR_SYNTAX, .flags = SPAN("()") },
		{ SPAN("A APPEND b (\\Recent) "), ERR_SYNTAX, .flags = SPAN("()") },
		{ SPAN("A APPEND b \"yesterday\" "), ERR_SYNTAX, .flags = SPAN("()") },
		{ SPAN("A APPEND b UTF8 "), ERR_SYNTAX, .flags = SPAN("()") },
		{ SPAN("A APPEND b CATENATE ("), ERR_SYNTAX, .flags = SPAN("()") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF flags = BUF(100);
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_append got = { 0 };

		CHECK_INT(imap_append_parse(&c, &got), t[row].err);
		CHECK_SPAN(got.mailbox, t[row].mailbox);
		CHECK_INT(got.has_time, t[row].has_time);
		CHECK_INT(got.utf8, t[row].utf8);
		imap_put_flags(&flags, &got.flags, NULL);
		CHECK_SPAN(buf_span(&flags), t[row].flags);
	}
}

TEST(imap_append_goes_on)
{
	AUTO_ARENA mem = { 0 };
	struct imap_append first = { .mailbox = SPAN("b") }, utf8 = { .utf8 = true }, got = { 0 };
	struct imap_cursor c = cursor_at(SPAN(" (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" "), &mem);

	CHECK_INT(imap_append_next_parse(&c, &first, &got), 0);
	CHECK_SPAN(got.mailbox, SPAN("b"));
	CHECK_INT(got.flags.system, IMAP_FLAG_SEEN);
	CHECK_INT(got.time.unix_s, 760689784);
	c = cursor_at(SPAN(" "), &mem);
	CHECK_INT(imap_append_next_parse(&c, &first, &got), 0);
	c = cursor_at(SPAN(") UTF8 ("), &mem);
	CHECK_INT(imap_append_next_parse(&c, &utf8, &got), 0);
	CHECK(got.utf8);
	c = cursor_at(SPAN(" UTF8 ("), &mem);
	CHECK_INT(imap_append_next_parse(&c, &utf8, &got), ERR_SYNTAX);
	c = cursor_at(SPAN("(\\Seen) "), &mem);
	CHECK_INT(imap_append_next_parse(&c, &first, &got), ERR_SYNTAX);
}

TEST(imap_append_ends)
{
	static const struct {
		struct span in;
		bool utf8;
		int err;
	} t[] = {
		{ SPAN(""), false, 0 },           { SPAN(")"), true, 0 },
		{ SPAN(") "), true, 0 },          { SPAN(""), true, ERR_SYNTAX },
		{ SPAN(")"), false, ERR_SYNTAX }, { SPAN(" (x)"), false, ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_append last = { .utf8 = t[row].utf8 };
		struct imap_cursor c = cursor_at(t[row].in, &mem);

		CHECK_INT(imap_append_end(&c, &last), t[row].err);
	}
}

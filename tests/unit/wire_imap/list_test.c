/* LIST and LSUB.  RFC 3501 6.3.8, 6.3.9; RFC 5258 5; RFC 5819 3; RFC 6154 5. */
#include "wire/imap/args/list.h"

#include "imap_test.h"
#include "wire/imap/args/mailbox.h"

enum {
	SUBSCRIBED = IMAP_LIST_SELECT_SUBSCRIBED,
	REMOTE = IMAP_LIST_SELECT_REMOTE,
	RECURSIVE = IMAP_LIST_SELECT_RECURSIVEMATCH,
};

TEST(imap_list_is_read)
{
	static const struct {
		struct span in;
		struct span reference, pattern;
		bool extended;
		size_t n;
		unsigned select, returns, status;
	} t[] = {
		{ SPAN("A101 LIST \"\" \"\""), SPAN(""), SPAN(""), false, 1, 0, 0, 0 },
		{ SPAN("A202 LIST ~/Mail/ %"), SPAN("~/Mail/"), SPAN("%"), false, 1, 0, 0, 0 },
		{ SPAN("A LIST \"\" inbox"), SPAN(""), SPAN("INBOX"), false, 1, 0, 0, 0 },
		{ SPAN("A LIST \"\" &AOk-*"), SPAN(""), SPAN("\xc3\xa9*"), false, 1, 0, 0, 0 },
		{ SPAN("A02 LIST (SUBSCRIBED) \"\" \"*\""), SPAN(""), SPAN("*"), true, 1,
		  SUBSCRIBED, IMAP_LIST_RETURN_SUBSCRIBED, 0 },
		{ SPAN("A03 LIST () \"\" \"%\" RETURN (CHILDREN)"), SPAN(""), SPAN("%"), true, 1, 0,
		  IMAP_LIST_RETURN_CHILDREN, 0 },
		{ SPAN("A04 LIST (REMOTE) \"\" \"%\" RETURN (CHILDREN SUBSCRIBED)"), SPAN(""),
		  SPAN("%"), true, 1, REMOTE,
		  IMAP_LIST_RETURN_CHILDREN | IMAP_LIST_RETURN_SUBSCRIBED, 0 },
		{ SPAN("C04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\""), SPAN(""), SPAN("%"),
		  true, 1, SUBSCRIBED | RECURSIVE, IMAP_LIST_RETURN_SUBSCRIBED, 0 },
		{ SPAN("BBB LIST \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")"), SPAN(""), SPAN("INBOX"),
		  true, 3, 0, 0, 0 },
		{ SPAN("A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN) SPECIAL-USE)"), SPAN(""),
		  SPAN("%"), true, 1, 0, IMAP_LIST_RETURN_STATUS | IMAP_LIST_RETURN_SPECIAL_USE,
		  IMAP_STATUS_MESSAGES | IMAP_STATUS_UNSEEN },
		{ SPAN("A LIST (SPECIAL-USE) \"\" * RETURN ()"), SPAN(""), SPAN("*"), true, 1,
		  IMAP_LIST_SELECT_SPECIAL_USE, 0, 0 },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_list got = { 0 };

		CHECK_INT(imap_list_parse(&c, &got), 0);
		CHECK_INT(got.extended, t[row].extended);
		CHECK_INT(got.select, t[row].select);
		CHECK_INT(got.returns, t[row].returns);
		CHECK_INT(got.status_items, t[row].status);
		CHECK_SPAN(got.reference, t[row].reference);
		CHECK_INT(got.n_patterns, t[row].n);
		if (got.n_patterns)
			CHECK_SPAN(got.patterns[0], t[row].pattern);
	}
}

TEST(imap_list_refuses)
{
	static const struct {
		struct span in;
		const char *says;
	} t[] = {
		{ SPAN("A LIST"), "LIST: an argument is missing" },
		{ SPAN("A LIST \"\""), "an argument is missing" },
		{ SPAN("A LIST (FOO) \"\" *"), "FOO is no option here" },
		{ SPAN("A LIST (SUBSCRIBED \"\" *"), "an option is missing" },
		{ SPAN("A LIST (RECURSIVEMATCH) \"\" *"), "RECURSIVEMATCH needs another option" },
		{ SPAN("A LIST (RECURSIVEMATCH REMOTE) \"\" *"),
		  "RECURSIVEMATCH needs another option" },
		{ SPAN("A LIST \"\" (a b"), "the ) of the patterns is missing" },
		{ SPAN("A LIST \"\" ()"), "a pattern is missing" },
		{ SPAN("A LIST \"\" * RETURN"), "an argument is missing" },
		{ SPAN("A LIST \"\" * RETURN (STATUS)"), "a space is missing" },
		{ SPAN("A LIST \"\" * RETURN (REMOTE)"), "REMOTE is no option here" },
		{ SPAN("A LIST \"\" * FOO"), "RETURN is missing" },
		{ SPAN("A LIST \"\" &AAA"), "no modified UTF-7" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_list got;

		CHECK_INT(imap_list_parse(&c, &got), ERR_SYNTAX);
		CHECK_SAYS(ERR_SYNTAX, t[row].says);
	}
}

TEST(imap_list_has_a_maximum)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1000);
	struct imap_list got = { 0 };
	struct imap_cursor c;

	buf_puts(&text, "A LIST \"\" (a");
	for (int i = 1; i < IMAP_PATTERNS_MAX; i++)
		buf_puts(&text, " a");
	c = args_of(buf_span(&text), false, &mem);
	CHECK_INT(imap_list_parse(&c, &got), ERR_SYNTAX);
	buf_puts(&text, " a)");
	c = args_of(buf_span(&text), false, &mem);
	CHECK_INT(imap_list_parse(&c, &got), ERR_LIMIT);
}

TEST(imap_lsub_is_read)
{
	AUTO_ARENA mem = { 0 };
	struct imap_list got = { 0 };
	struct imap_cursor c = args_of(SPAN("A002 LSUB \"#news.\" \"comp.mail.*\""), false, &mem);

	CHECK_INT(imap_lsub_parse(&c, &got), 0);
	CHECK_SPAN(got.reference, SPAN("#news."));
	CHECK_SPAN(got.patterns[0], SPAN("comp.mail.*"));
	c = args_of(SPAN("A LSUB \"\" (a b)"), false, &mem);
	CHECK_INT(imap_lsub_parse(&c, &got), ERR_SYNTAX);
	c = args_of(SPAN("A LSUB (SUBSCRIBED) \"\" a"), false, &mem);
	CHECK_INT(imap_lsub_parse(&c, &got), ERR_SYNTAX);
}

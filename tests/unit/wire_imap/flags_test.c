/* Lists of flags.  RFC 3501 and RFC 9051 2.3.2, 9. */
#include "wire/imap/flags.h"

#include "imap_test.h"

TEST(imap_flags_are_read_and_printed)
{
	static const struct {
		struct span in;
		bool bare;
		unsigned system;
		struct span out;
	} t[] = {
		{ SPAN("()"), false, 0, SPAN("()") },
		{ SPAN("(\\Seen)"), false, IMAP_FLAG_SEEN, SPAN("(\\Seen)") },
		{ SPAN("(\\deleted $Junk \\SEEN)"), false, IMAP_FLAG_SEEN | IMAP_FLAG_DELETED,
		  SPAN("(\\Deleted \\Seen $Junk)") },
		{ SPAN("(a A b a)"), false, 0, SPAN("(a b)") },
		{ SPAN("\\Draft NonJunk"), true, IMAP_FLAG_DRAFT, SPAN("(\\Draft NonJunk)") },
		{ SPAN("(\\Answered \\Flagged \\Deleted \\Seen \\Draft)"), true, 31,
		  SPAN("(\\Answered \\Flagged \\Deleted \\Seen \\Draft)") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF text = BUF(200);
		struct imap_cursor c = cursor_at(t[row].in, &mem);
		struct imap_flags got = { 0 };

		CHECK_INT(t[row].bare ? imap_take_flags(&c, &got) : imap_take_flag_list(&c, &got),
		          0);
		CHECK_INT(c.rest.n, 0);
		CHECK_INT(got.system, t[row].system);
		CHECK_INT(imap_put_flags(&text, &got, NULL), 0);
		CHECK_SPAN(buf_span(&text), t[row].out);
	}
}

TEST(imap_flags_refuse)
{
	static const struct {
		struct span in;
		const char *says;
	} t[] = {
		{ SPAN("(\\Recent)"), "\\Recent cannot be set" },
		{ SPAN("(\\*)"), "\\* is no flag that can be set" },
		{ SPAN("(\\Foo)"), "\\Foo" },
		{ SPAN("(\\Seenx)"), "no flag" },
		{ SPAN("(a"), "the ) of the flags is missing" },
		{ SPAN("(a  b)"), "the ) of the flags" },
		{ SPAN("(\"a\")"), "a flag is missing" },
		{ SPAN("a"), "the ( of the flags is missing" },
		{ SPAN(""), "the ( of the flags is missing" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = cursor_at(t[row].in, &mem);
		struct imap_flags got;

		CHECK_INT(imap_take_flag_list(&c, &got), ERR_SYNTAX);
		CHECK_SAYS(ERR_SYNTAX, t[row].says);
	}
}

TEST(imap_flags_have_a_maximum)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(4000);
	struct imap_flags got = { 0 };
	struct imap_cursor c;

	for (int i = 0; i < IMAP_KEYWORDS_MAX; i++)
		buf_printf(&text, "%sk%d", i ? " " : "", i);
	c = cursor_at(buf_span(&text), &mem);
	CHECK_INT(imap_take_flags(&c, &got), 0);
	CHECK_INT(got.n_keywords, IMAP_KEYWORDS_MAX);
	buf_puts(&text, " more");
	c = cursor_at(buf_span(&text), &mem);
	CHECK_INT(imap_take_flags(&c, &got), ERR_LIMIT);
	buf_reset(&text);
	for (int i = 0; i <= IMAP_KEYWORD_MAX; i++)
		buf_putc(&text, 'k');
	c = cursor_at(buf_span(&text), &mem);
	CHECK_INT(imap_take_flags(&c, &got), ERR_TOO_LONG);
}

/* RFC 3501 7.1, PERMANENTFLAGS */
TEST(imap_flags_print_the_star)
{
	AUTO_BUF text = BUF(200);
	struct imap_flags none = { 0 }, seen = { .system = IMAP_FLAG_SEEN };

	imap_put_flags(&text, &none, "\\*");
	imap_put_flags(&text, &seen, "\\*");
	CHECK_SPAN(buf_span(&text), SPAN("(\\*)(\\Seen \\*)"));
}

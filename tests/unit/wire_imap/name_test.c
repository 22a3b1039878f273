/* Mailbox names.  RFC 3501 5.1, 5.1.3, 6.3.8; RFC 9051 5.1, appendix A. */
#include "wire/imap/name.h"

#include "imap_test.h"

static int take(struct span in, bool utf8, struct arena *mem, struct span *out)
{
	struct imap_cursor c = cursor_at(in, mem);

	c.utf8 = utf8;
	return imap_take_mailbox(&c, out);
}

TEST(imap_utf7_is_utf8_and_back)
{
	static const struct {
		struct span utf7, utf8;
	} t[] = {
		/* RFC 3501 5.1.3 */
		{ SPAN("~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
		  SPAN("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
		       "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e") },
		{ SPAN("&Jjo-!"), SPAN("\xe2\x98\xba!") },
		{ SPAN("&U,BTF2XlZyyKng-"),
		  SPAN("\xe5\x8f\xb0\xe5\x8c\x97\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e") },
		{ SPAN("Entw&APw-rfe"), SPAN("Entw\xc3\xbcrfe") },
		{ SPAN("a&-b&-"), SPAN("a&b&") },
		{ SPAN("&-&AOk-&-"), SPAN("&\xc3\xa9&") },
		{ SPAN("&2D3eAA-"), SPAN("\xf0\x9f\x98\x80") }, /* beyond the BMP */
		{ SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF utf8 = BUF(100);
		AUTO_BUF utf7 = BUF(100);

		CHECK_INT(imap_utf7_decode(exact(t[row].utf7), &utf8), 0);
		CHECK_SPAN(buf_span(&utf8), t[row].utf8);
		CHECK_INT(imap_utf7_encode(exact(t[row].utf8), &utf7), 0);
		CHECK_SPAN(buf_span(&utf7), t[row].utf7);
	}
}

TEST(imap_utf7_refuses)
{
	static const struct span t[] = {
		SPAN("&Jjo!"),              /* RFC 3501 5.1.3: no end of the shift */
		SPAN("&U,BTFw-&ZeVnLIqe-"), /* the same: a shift behind a shift    */
		SPAN("&"),
		SPAN("&Jjo"),
		SPAN("&AGE-"),    /* "a" needs no shift                  */
		SPAN("&2D0-"),    /* half a surrogate                    */
		SPAN("&3gDYPQ-"), /* the wrong half first                */
		SPAN("&2D0AYQ-"), /* the other half is none              */
		SPAN("&AOl-"),    /* bits are left                       */
		SPAN("&AOkA-"),   /* a digit too many                    */
		SPAN("&A-"),
		SPAN("&AO/-"), /* of RFC 4648's base64                */
		SPAN("&AOk=-"),
		SPAN("\xc3\xa9"),
		SPAN("a\x01"),
		SPAN("a\x7f"),
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(imap_utf7_decode(exact(t[row]), &out), ERR_SYNTAX);
	}
	AUTO_BUF out = BUF(100);

	CHECK_INT(imap_utf7_encode(SPAN("\xed\xa0\x80"), &out), ERR_SYNTAX);
}

TEST(imap_mailbox_names_are_taken)
{
	static const struct {
		struct span in;
		bool utf8;
		int err;
		struct span want;
	} t[] = {
		{ SPAN("inBox"), false, 0, SPAN("INBOX") },
		{ SPAN("\"inbox\""), true, 0, SPAN("INBOX") },
		{ SPAN("inbox/x"), false, 0, SPAN("inbox/x") },
		{ SPAN("{5}\r\nSent!"), false, 0, SPAN("Sent!") },
		{ SPAN("Entw&APw-rfe"), false, 0, SPAN("Entw\xc3\xbcrfe") },
		{ SPAN("Entw&APw-rfe"), true, 0, SPAN("Entw&APw-rfe") },
		{ SPAN("\"Entw\xc3\xbcrfe\""), true, 0, SPAN("Entw\xc3\xbcrfe") },
		{ SPAN("\"Entw\xc3\xbcrfe\""), false, ERR_SYNTAX },
		{ SPAN("{1}\r\n\xff"), true, ERR_SYNTAX },
		{ SPAN("{3}\r\na\nb"), false, ERR_SYNTAX },
		{ SPAN("&AAo-"), false, ERR_SYNTAX }, /* a hidden LF */
		{ SPAN("&AIU-"), false, ERR_SYNTAX }, /* NEL         */
		{ SPAN("&ICg-"), false, ERR_SYNTAX }, /* U+2028      */
		{ SPAN("&Jjo!"), false, ERR_SYNTAX },
		{ SPAN("\"\""), false, 0, SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct span got = { 0 };

		CHECK_INT(take(t[row].in, t[row].utf8, &mem, &got), t[row].err);
		CHECK_SPAN(got, t[row].want);
	}
}

TEST(imap_mailbox_names_have_a_maximum)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(3000);
	struct span got = { 0 };

	for (int i = 0; i < IMAP_NAME_MAX; i++)
		buf_putc(&text, 'x');
	CHECK_INT(take(buf_span(&text), false, &mem, &got), 0);
	CHECK_INT(got.n, IMAP_NAME_MAX);
	buf_putc(&text, 'x');
	CHECK_INT(take(buf_span(&text), false, &mem, &got), ERR_TOO_LONG);
	buf_puts(&text, "&-");
	CHECK_INT(take(buf_span(&text), false, &mem, &got), ERR_TOO_LONG);
}

TEST(imap_patterns_fit)
{
	static const struct {
		struct span pattern, name;
		bool fits;
	} t[] = {
		{ SPAN("*"), SPAN("a/b"), true },       { SPAN("*"), SPAN(""), true },
		{ SPAN("%"), SPAN("a"), true },         { SPAN("%"), SPAN("a/b"), false },
		{ SPAN("a/%"), SPAN("a/b"), true },     { SPAN("a/%"), SPAN("a/b/c"), false },
		{ SPAN("a/%"), SPAN("a"), false },      { SPAN("%/b"), SPAN("a/b"), true },
		{ SPAN("%/b"), SPAN("x/a/b"), false },  { SPAN("*/b"), SPAN("x/a/b"), true },
		{ SPAN("*b%"), SPAN("a/b/abc"), true }, { SPAN("*b%"), SPAN("a/b/c/d"), false },
		{ SPAN("%a%b"), SPAN("xaab"), true },   { SPAN("%a%b"), SPAN("a/ab"), false },
		{ SPAN("*%*%*"), SPAN("a/b/c"), true }, { SPAN("abc"), SPAN("abc"), true },
		{ SPAN("abc"), SPAN("abcd"), false },   { SPAN("abcd"), SPAN("abc"), false },
		{ SPAN("ABC"), SPAN("abc"), false },    { SPAN(""), SPAN(""), true },
		{ SPAN(""), SPAN("a"), false },
	};
	EACH_ROW(t)
		CHECK_INT(imap_pattern_fits(exact(t[row].pattern), exact(t[row].name), '/'),
		          t[row].fits);
}

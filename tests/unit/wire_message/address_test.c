/* wire/message/address.h, a row a rule of RFC 5322 3.2-3.4, 4.4; RFC 6532 3.2. */
#include "test.h"

#include "base/err.h"
#include "wire/message/address.h"

TEST(address_reads_one)
{
	static const struct {
		struct span in, name, local, domain, whole;
		bool utf8;
	} t[] = {
		{ SPAN("a@b"), SPAN(""), SPAN("a"), SPAN("b"), SPAN("a@b"), false },
		{ SPAN(" <a@b> "), SPAN(""), SPAN("a"), SPAN("b"), SPAN("<a@b>"), false },
		{ SPAN("Bob B <a.x@b.c>"), SPAN("Bob B"), SPAN("a.x"), SPAN("b.c"),
		  SPAN("Bob B <a.x@b.c>"), false },
		{ SPAN("\"B, <x@y>\" <a@b>"), SPAN("\"B, <x@y>\""), SPAN("a"), SPAN("b"),
		  SPAN("\"B, <x@y>\" <a@b>"), false },
		/* nodemailer's CVE-2025-13033: one mailbox, at evil */
		{ SPAN("\"victim@x y\"@evil"), SPAN(""), SPAN("\"victim@x y\""), SPAN("evil"),
		  SPAN("\"victim@x y\"@evil"), false },
		{ SPAN("\"a\\\"b\\\\\"@c"), SPAN(""), SPAN("\"a\\\"b\\\\\""), SPAN("c"),
		  SPAN("\"a\\\"b\\\\\"@c"), false },
		{ SPAN("\"\"@c"), SPAN(""), SPAN("\"\""), SPAN("c"), SPAN("\"\"@c"), false },
		{ SPAN("a@[1.2.3.4]"), SPAN(""), SPAN("a"), SPAN("[1.2.3.4]"), SPAN("a@[1.2.3.4]"),
		  false },
		/* comments, nested, with specials and escapes; folds */
		{ SPAN("(x(y)\\)<e@f>,) a@b (z)"), SPAN(""), SPAN("a"), SPAN("b"), SPAN("a@b"),
		  false },
		{ SPAN("Bob\r\n (x)\r\n <a@b>\r\n "), SPAN("Bob"), SPAN("a"), SPAN("b"),
		  SPAN("Bob\r\n (x)\r\n <a@b>"), false },
		/* 4.4: white space and comments around dots and @; unquoted dots in a name; routes
		 */
		{ SPAN("a . b @ c (x) . d"), SPAN(""), SPAN("a . b"), SPAN("c (x) . d"),
		  SPAN("a . b @ c (x) . d"), false },
		{ SPAN("John Q. Public <a@b>"), SPAN("John Q. Public"), SPAN("a"), SPAN("b"),
		  SPAN("John Q. Public <a@b>"), false },
		{ SPAN("<@r1.x,@r2:a@b>"), SPAN(""), SPAN("a"), SPAN("b"), SPAN("<@r1.x,@r2:a@b>"),
		  false },
		{ SPAN("a.\"b\"@c"), SPAN(""), SPAN("a.\"b\""), SPAN("c"), SPAN("a.\"b\"@c"),
		  false },
		/* 4.4: empty elements */
		{ SPAN(",a@b,,"), SPAN(""), SPAN("a"), SPAN("b"), SPAN("a@b"), false },
		/* encoded words stay raw */
		{ SPAN("=?utf-8?q?=22x=40y=22?= <a@b>"), SPAN("=?utf-8?q?=22x=40y=22?="), SPAN("a"),
		  SPAN("b"), SPAN("=?utf-8?q?=22x=40y=22?= <a@b>"), false },
		{ SPAN("J\xc3\xb6 <a@b>"), SPAN("J\xc3\xb6"), SPAN("a"), SPAN("b"),
		  SPAN("J\xc3\xb6 <a@b>"), false },
		{ SPAN("\xc3\xb6@b"), SPAN(""), SPAN("\xc3\xb6"), SPAN("b"), SPAN("\xc3\xb6@b"),
		  true },
		{ SPAN("a@\xc3\xb6"), SPAN(""), SPAN("a"), SPAN("\xc3\xb6"), SPAN("a@\xc3\xb6"),
		  true },
	};
	EACH_ROW(t) {
		struct message_mailbox m = { 0 };

		CHECK_INT(message_mailbox_parse(exact(t[row].in), &m), 0);
		CHECK_SPAN(m.name, t[row].name);
		CHECK_SPAN(m.local, t[row].local);
		CHECK_SPAN(m.domain, t[row].domain);
		CHECK_SPAN(m.whole, t[row].whole);
		CHECK_SPAN(m.group, SPAN(""));
		CHECK_INT(m.utf8, t[row].utf8);
	}
}

/* A list as "local@domain/group", joined by spaces. */
static int read_all(struct span in, struct buf *out, size_t *n_groups)
{
	struct message_addresses it;
	struct message_mailbox m;
	int r;

	message_addresses_begin(&it, in);
	while ((r = message_addresses_next(&it, &m)) > 0) {
		buf_puts(out, out->n ? " " : "");
		buf_printf(out, "%.*s@%.*s", SPAN_ARG(m.local), SPAN_ARG(m.domain));
		if (m.group.n)
			buf_printf(out, "/%.*s", SPAN_ARG(m.group));
	}
	*n_groups = it.n_groups;
	return r;
}

TEST(address_reads_lists)
{
	static const struct {
		struct span in, out;
		size_t n_groups;
	} t[] = {
		{ SPAN(""), SPAN(""), 0 },
		{ SPAN(" (nobody) "), SPAN(""), 0 },
		{ SPAN("a@b, C <d@e>"), SPAN("a@b d@e"), 0 },
		{ SPAN("undisclosed-recipients:;"), SPAN(""), 1 },
		{ SPAN("g: a@b, c@d; , e@f"), SPAN("a@b/g c@d/g e@f"), 1 },
		{ SPAN("\"g h\":a@b;,i:c@d;"), SPAN("a@b/\"g h\" c@d/i"), 2 },
		{ SPAN("g:,,a@b,;"), SPAN("a@b/g"), 1 },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);
		size_t n_groups;

		CHECK_INT(read_all(exact(t[row].in), &out, &n_groups), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
		CHECK_INT(n_groups, t[row].n_groups);
	}
}

TEST(address_refuses)
{
	static const struct {
		struct span in, before; /* what was given before the error */
	} t[] = {
		{ SPAN("a"), SPAN("") },
		{ SPAN("a@"), SPAN("") },
		{ SPAN("@b"), SPAN("") },
		{ SPAN("<>"), SPAN("") },
		{ SPAN("<a>"), SPAN("") },
		{ SPAN("<a@b"), SPAN("") },
		{ SPAN("a@b>"), SPAN("") },
		{ SPAN("a@b@c"), SPAN("") },
		{ SPAN("a@b <c@d>"), SPAN("") },
		{ SPAN("victim@x y <a@b>"), SPAN("") },
		{ SPAN("a@b c@d"), SPAN("") },
		{ SPAN("<a@b> <c@d>"), SPAN("") },
		{ SPAN("<a@b> x"), SPAN("") },
		{ SPAN("a b@c"), SPAN("") },
		{ SPAN("a..b@c"), SPAN("") },
		{ SPAN(".a@c"), SPAN("") },
		{ SPAN("a.@c"), SPAN("") },
		{ SPAN("\"a\"b@c"), SPAN("") },
		{ SPAN("a@b..c"), SPAN("") },
		{ SPAN("a@b."), SPAN("") },
		{ SPAN("a@.b"), SPAN("") },
		{ SPAN("a@[1.2"), SPAN("") },
		{ SPAN("a@[1[2]"), SPAN("") },
		{ SPAN("a@[1\\]2]"), SPAN("") },
		{ SPAN("a@[1]x"), SPAN("") },
		{ SPAN("a@\"b\""), SPAN("") },
		{ SPAN("\"a@b"), SPAN("") },
		{ SPAN("\"a\\"), SPAN("") },
		{ SPAN("(a@b"), SPAN("") },
		{ SPAN("a@b)"), SPAN("") },
		{ SPAN("(\\"), SPAN("") },
		{ SPAN("g:a@b"), SPAN("a@b/g") },
		{ SPAN("g:h:a@b;;"), SPAN("") },
		{ SPAN(":a@b;"), SPAN("") },
		{ SPAN("g:a@b;c@d"), SPAN("a@b/g") },
		{ SPAN("a@b;"), SPAN("") },
		{ SPAN("a@b,c@d;"), SPAN("a@b") },
		{ SPAN("g:;;"), SPAN("") },
		{ SPAN(". <a@b>"), SPAN("") },
		{ SPAN("<@r:>"), SPAN("") },
		{ SPAN("<@r a@b>"), SPAN("") },
		{ SPAN("a@b\r\nBcc: c@d"), SPAN("") },
		{ SPAN("a@b\n"), SPAN("") },
		{ SPAN("a\0@b"), SPAN("") },
		{ SPAN("a@b\x01"), SPAN("") },
		{ SPAN("\"a\nb\"@c"), SPAN("") },
		{ SPAN("\"a\\\nb\"@c"), SPAN("") },
		{ SPAN("\xff <a@b>"), SPAN("") },
		{ SPAN("a@b\\"), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);
		size_t n_groups;

		CHECK_INT(read_all(exact(t[row].in), &out, &n_groups), ERR_SYNTAX);
		CHECK_SPAN(buf_span(&out), t[row].before);
	}
}

TEST(mailbox_is_one_outside_groups)
{
	static const struct span t[] = { SPAN(""), SPAN("a@b,c@d"), SPAN("g:a@b;"), SPAN("a@b,g:;"),
		                         SPAN("a@b,x") };
	EACH_ROW(t) {
		struct message_mailbox m;

		CHECK_INT(message_mailbox_parse(exact(t[row]), &m), ERR_SYNTAX);
	}
}

TEST(address_caps)
{
	static const struct {
		struct span each, after;
		size_t n;
		int r;
	} t[] = {
		{ SPAN("a@b,"), SPAN(""), MESSAGE_ADDRESSES_MAX, 0 },
		{ SPAN("a@b,"), SPAN(""), MESSAGE_ADDRESSES_MAX + 1, ERR_LIMIT },
		{ SPAN("g:;,"), SPAN(""), MESSAGE_ADDRESSES_MAX, 0 },
		{ SPAN("g:;,"), SPAN(""), MESSAGE_ADDRESSES_MAX + 1, ERR_LIMIT },
		{ SPAN("("), SPAN(""), MESSAGE_COMMENT_DEPTH_MAX, ERR_SYNTAX },
		{ SPAN("("), SPAN(""), MESSAGE_COMMENT_DEPTH_MAX + 1, ERR_LIMIT },
		{ SPAN("("), SPAN(""), 1000000, ERR_LIMIT },
		{ SPAN("g:"), SPAN(""), 1000000,
		  ERR_SYNTAX }, /* a parser that recurses dies here */
		{ SPAN("\""), SPAN(""), 1000001, ERR_SYNTAX },
		{ SPAN(","), SPAN("a@b"), 1000000, 0 },
		{ SPAN("@r,"), SPAN(":a@b>"), 0, ERR_SYNTAX },
		{ SPAN("()"), SPAN("a@b"), 500000, 0 },
	};
	EACH_ROW(t) {
		AUTO_BUF in = BUF(4 << 20);
		struct message_addresses it;
		struct message_mailbox m;
		int r;

		for (size_t i = 0; i < t[row].n; i++)
			buf_put(&in, t[row].each);
		buf_put(&in, t[row].after);
		message_addresses_begin(&it, exact(buf_span(&in)));
		while ((r = message_addresses_next(&it, &m)) > 0)
			;
		CHECK_INT(r, t[row].r);
	}
}

TEST(address_compares)
{
	static const struct {
		struct span a, b;
		bool eq;
	} t[] = {
		{ SPAN("a@b"), SPAN("X <a@B>"), true },
		{ SPAN("a@b"), SPAN("A@b"), false },
		{ SPAN("a@b"), SPAN("\"a\"@b"), true },
		{ SPAN("a.b@c"), SPAN("\"a.b\"@c"), true },
		{ SPAN("a.b@c"), SPAN("a . (x) \"b\" @ C"), true },
		{ SPAN("ab@c"), SPAN("\"a b\"@c"), false },
		{ SPAN("ab@c"), SPAN("\"a\\b\"@c"), true },
		{ SPAN("\"a(x)\"@c"), SPAN("a@c"), false },
		{ SPAN("\"a\r\n b\"@c"), SPAN("\"a b\"@c"), true },
		{ SPAN("\"victim@x y\"@evil"), SPAN("victim@x"), false },
		{ SPAN("a@[ 1.2.3.4 ]"), SPAN("a@[1.2.3.4]"), true },
		{ SPAN("a@[(x)]"), SPAN("a@[]"), false },
		{ SPAN("a@b"), SPAN("a@bb"), false },
		{ SPAN("\xc3\x84@b"), SPAN("\xc3\xa4@b"), false },
		{ SPAN("\"\"@b"), SPAN("\"\" @ b"), true },
	};
	EACH_ROW(t) {
		struct message_mailbox a = { 0 }, b = { 0 };

		CHECK_INT(message_mailbox_parse(exact(t[row].a), &a), 0);
		CHECK_INT(message_mailbox_parse(exact(t[row].b), &b), 0);
		CHECK_INT(message_address_eq(&a, &b), t[row].eq);
		CHECK_INT(message_address_eq(&b, &a), t[row].eq);
		CHECK(message_address_eq(&a, &a));
	}
}

TEST(address_prints)
{
	static const struct {
		struct span in, address, name;
	} t[] = {
		{ SPAN("Bob <a . b@(x)c>"), SPAN("a.b@c"), SPAN("Bob") },
		{ SPAN("\"Bob \\\"B\\\" X\"(c) Y. <\"a\"@b>"), SPAN("a@b"),
		  SPAN("Bob \"B\" X Y.") },
		{ SPAN("\"a b\\\"\"@c"), SPAN("\"a b\\\"\"@c"), SPAN("") },
		{ SPAN("\"a..b\"@c"), SPAN("\"a..b\"@c"), SPAN("") },
		{ SPAN("\".\"@c"), SPAN("\".\"@c"), SPAN("") },
		{ SPAN("\"\"@c"), SPAN("\"\"@c"), SPAN("") },
		{ SPAN("\"a(b)\"@c"), SPAN("\"a(b)\"@c"), SPAN("") },
		{ SPAN("John Q. Public <a@B.c>"), SPAN("a@B.c"), SPAN("John Q. Public") },
		{ SPAN("A\r\n B <a@b>"), SPAN("a@b"), SPAN("A B") },
	};
	EACH_ROW(t) {
		AUTO_BUF address = BUF(100);
		AUTO_BUF name = BUF(100);
		struct message_mailbox m = { 0 };

		CHECK_INT(message_mailbox_parse(exact(t[row].in), &m), 0);
		CHECK_INT(message_address_put(&address, &m), 0);
		CHECK_INT(message_name_put(&name, &m), 0);
		CHECK_SPAN(buf_span(&address), t[row].address);
		CHECK_SPAN(buf_span(&name), t[row].name);
	}
}

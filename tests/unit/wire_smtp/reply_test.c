/* RFC 5321 4.2 (replies), 4.5.3.1.5; RFC 3463 2 and RFC 2034 4 (enhanced codes). */
#include "wire/smtp/reply.h"

#include <stdio.h>

#include "test.h"

/* Feeds all of `in` in pieces; the last return value. */
static int feed(struct smtp_reply *r, struct span in, size_t piece, struct span *rest)
{
	int rc = 0;

	while (in.n && rc == 0) {
		struct span part = exact(span_sub(in, 0, piece)), left = part;

		rc = smtp_reply_feed(r, &left);
		in = span_sub(in, part.n - left.n, in.n);
	}
	*rest = in;
	return rc;
}

TEST(smtp_reply_reads)
{
	static const struct {
		struct span in;
		int rc, code;
		const char *enhanced;
		struct span text, rest;
	} t[] = {
		{ SPAN("250 ok\r\n"), 1, 250, "", SPAN("ok"), SPAN("") },
		{ SPAN("250\r\n"), 1, 250, "", SPAN(""), SPAN("") },
		{ SPAN("250 \r\n"), 1, 250, "", SPAN(""), SPAN("") },
		{ SPAN("250\n"), 1, 250, "", SPAN(""), SPAN("") }, /* servers without CR */
		{ SPAN("250-a\n250 b\n"), 1, 250, "", SPAN("a\nb"), SPAN("") },
		{ SPAN("250-a\r\n250-\r\n250 b\r\n354 x"), 1, 250, "", SPAN("a\n\nb"),
		  SPAN("354 x") },
		{ SPAN("550 5.1.1 no such user\r\n"), 1, 550, "5.1.1", SPAN("no such user"),
		  SPAN("") },
		{ SPAN("550-5.7.26 a\r\n550-5.7.26 b\r\n550 5.7.26 c\r\n"), 1, 550, "5.7.26",
		  SPAN("a\nb\nc"), SPAN("") },
		{ SPAN("550-5.7.1 a\r\n550 5.7.2 b\r\n"), 1, 550, "5.7.1", SPAN("a\n5.7.2 b"),
		  SPAN("") },
		{ SPAN("550-a\r\n550 5.7.1 b\r\n"), 1, 550, "5.7.1", SPAN("a\nb"), SPAN("") },
		{ SPAN("550 5.1.1\r\n"), 1, 550, "5.1.1", SPAN(""), SPAN("") },
		{ SPAN("550 4.2.2 full\r\n"), 1, 550, "4.2.2", SPAN("full"), SPAN("") },
		{ SPAN("550 5.7.606 banned\r\n"), 1, 550, "5.7.606", SPAN("banned"), SPAN("") },
		{ SPAN("550 5.1.1.1 x\r\n"), 1, 550, "", SPAN("5.1.1.1 x"), SPAN("") },
		{ SPAN("550 5.1.1x\r\n"), 1, 550, "", SPAN("5.1.1x"), SPAN("") },
		{ SPAN("550 3.1.1 x\r\n"), 1, 550, "", SPAN("3.1.1 x"), SPAN("") },
		{ SPAN("550 5.1000.1 x\r\n"), 1, 550, "", SPAN("5.1000.1 x"), SPAN("") },
		{ SPAN("250 a\rb\r\n"), 1, 250, "", SPAN("a\rb"), SPAN("") },
		{ SPAN("250 a"), 0, 0, "", SPAN("a"), SPAN("") },
		{ SPAN("250-a\r\n"), 0, 250, "", SPAN("a\n"), SPAN("") },
		{ SPAN("250-a\r\n251 b\r\n"), ERR_SYNTAX, 250, "", SPAN("a\nb\r"), SPAN("") },
		{ SPAN("\r\n"), ERR_SYNTAX, 0, "", SPAN(""), SPAN("") },
		{ SPAN("hello\r\n"), ERR_SYNTAX, 0, "", SPAN("o\r"), SPAN("") },
		{ SPAN("25\r\n"), ERR_SYNTAX, 0, "", SPAN(""), SPAN("") },
		{ SPAN("2500 x\r\n"), ERR_SYNTAX, 0, "", SPAN(" x\r"), SPAN("") },
		{ SPAN("150 x\r\n"), ERR_SYNTAX, 0, "", SPAN("x\r"), SPAN("") },
		{ SPAN("650 x\r\n"), ERR_SYNTAX, 0, "", SPAN("x\r"), SPAN("") },
		{ SPAN("2a0 x\r\n"), ERR_SYNTAX, 0, "", SPAN("x\r"), SPAN("") },
		{ SPAN("250\tx\r\n"), ERR_SYNTAX, 0, "", SPAN("x\r"), SPAN("") },
		{ SPAN(" 250 x\r\n"), ERR_SYNTAX, 0, "", SPAN(" x\r"), SPAN("") },
		{ SPAN("* PREAUTH hi\r\n"), ERR_SYNTAX, 0, "", SPAN("EAUTH hi\r"), SPAN("") },
	};
	EACH_ROW(t)
		for (size_t piece = 1; piece <= t[row].in.n; piece++) {
			AUTO_BUF enhanced = BUF(16);
			struct smtp_reply r;
			struct span rest;

			smtp_reply_init(&r);
			CHECK_INT(feed(&r, t[row].in, piece, &rest), t[row].rc);
			CHECK_INT(r.code, t[row].code);
			CHECK_INT(smtp_enhanced_print(r.enhanced, &enhanced), 0);
			CHECK_SPAN(buf_span(&enhanced), span_str(t[row].enhanced));
			CHECK_SPAN(buf_span(&r.text), t[row].text);
			CHECK_SPAN(rest, t[row].rest);
			smtp_reply_fini(&r);
		}
}

TEST(smtp_reply_refuses_a_nul)
{
	struct smtp_reply r = { 0 };
	struct span in = exact(SPAN("250 a\0b\r\n"));

	CHECK_INT(smtp_reply_feed(&r, &in), ERR_SYNTAX);
	smtp_reply_fini(&r);
}

/* What comes next starts anew. */
TEST(smtp_reply_reads_one_after_another)
{
	struct smtp_reply r = { 0 };
	struct span in = SPAN("550-5.1.1 a\r\n550 5.1.1 b\r\n250 c\r\n");

	CHECK_INT(smtp_reply_feed(&r, &in), 1);
	CHECK_INT(r.n_lines, 2);
	CHECK_INT(smtp_reply_feed(&r, &in), 1);
	CHECK_INT(r.code, 250);
	CHECK_INT(r.enhanced.class, 0);
	CHECK_INT(r.n_lines, 1);
	CHECK_SPAN(buf_span(&r.text), SPAN("c"));
	smtp_reply_fini(&r);
}

static int feed_lines(struct smtp_reply *r, size_t n, const char *line, const char *last)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct span in = span_str(i + 1 < n ? line : last);

		rc = smtp_reply_feed(r, &in);
	}
	return rc;
}

TEST(smtp_reply_drops_lines_over_a_hundred)
{
	static const struct {
		size_t n;
		int rc;
		size_t text; /* lines kept of 1 octet, with LF between */
		bool cut;
	} t[] = {
		{ 100, 1, 199, false },
		{ 101, 1, 199, true },
		{ 1000, 1, 199, true },
		{ 1001, ERR_TOO_LONG, 199, true },
	};
	EACH_ROW(t) {
		struct smtp_reply r = { 0 };

		CHECK_INT(feed_lines(&r, t[row].n, "550-x\r\n", "550 x\r\n"), t[row].rc);
		CHECK_INT(r.text.n, t[row].text);
		CHECK_INT(r.cut, t[row].cut);
		smtp_reply_fini(&r);
	}
}

/* Lines past those kept are still checked. */
TEST(smtp_reply_checks_what_it_drops)
{
	struct smtp_reply r = { 0 };

	CHECK_INT(feed_lines(&r, 500, "550-x\r\n", "250 x\r\n"), ERR_SYNTAX);
	smtp_reply_fini(&r);
}

TEST(smtp_reply_keeps_8_kib)
{
	struct smtp_reply r = { 0 };
	char line[1100];

	memset(line, 'x', sizeof line);
	memcpy(line, "550-", 4);
	memcpy(line + sizeof line - 3, "\r\n", 3);
	CHECK_INT(feed_lines(&r, 50, line, "550 end\r\n"), 1);
	CHECK_INT(r.text.n, SMTP_REPLY_TEXT_KEPT);
	CHECK_INT(r.n_lines, 50);
	CHECK(r.cut);
	smtp_reply_fini(&r);
}

/* A long line is cut, not refused; an endless one is refused. */
TEST(smtp_reply_bounds_a_line)
{
	struct smtp_reply r = { 0 };
	static char block[4096];
	struct span in = SPAN("550 5.0.0 ");
	int rc = smtp_reply_feed(&r, &in);

	memset(block, 'y', sizeof block);
	for (size_t i = 0; i < 256 && rc == 0; i++) {
		in = span_make(block, sizeof block);
		rc = smtp_reply_feed(&r, &in);
	}
	in = SPAN("\r\n");
	CHECK_INT(rc, 0);
	CHECK_INT(smtp_reply_feed(&r, &in), 1);
	CHECK_INT(r.text.n, SMTP_REPLY_LINE_KEPT - 4 - sizeof "5.0.0");
	CHECK(r.cut);
	for (size_t i = 0; i < 1025 && rc == 0; i++) {
		in = span_make(block, sizeof block);
		rc = smtp_reply_feed(&r, &in);
	}
	CHECK_INT(rc, ERR_TOO_LONG);
	CHECK(r.text.room <= SMTP_REPLY_TEXT_KEPT);
	smtp_reply_fini(&r);
}

TEST(smtp_reply_flattens)
{
	static const struct {
		struct span in;
		size_t max;
		struct span out;
	} t[] = {
		{ SPAN("a\nb"), 9, SPAN("a b") },
		{ SPAN("a\x1b[2J\r\x7f"), 9, SPAN("a?[2J??") },
		{ SPAN("\xc3\xa9"), 2, SPAN("\xc3\xa9") },
		{ SPAN("a\xc3\xa9"), 2, SPAN("a") }, /* not in the middle of a character */
		{ SPAN("\xff"), 9, SPAN("?") },
		{ SPAN("\xe2\x80\xae"), 9, SPAN("?") }, /* U+202E turns the direction */
		{ SPAN("\xc2\x85"), 9, SPAN("?") },
		{ SPAN("abc"), 2, SPAN("ab") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(16);

		CHECK_INT(smtp_reply_put_flat(exact(t[row].in), t[row].max, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

TEST(smtp_reply_prints)
{
	static const struct {
		int code;
		const char *enhanced;
		struct span text, out;
	} t[] = {
		{ 250, "2.1.5", SPAN("Recipient ok"), SPAN("250 2.1.5 Recipient ok\r\n") },
		{ 220, NULL, SPAN("mx ESMTP"), SPAN("220 mx ESMTP\r\n") },
		{ 354, "", SPAN("Go on"), SPAN("354 Go on\r\n") },
		{ 250, NULL, SPAN(""), SPAN("250 \r\n") },
		{ 250, NULL, SPAN("mx\nSIZE 9\nDSN"), SPAN("250-mx\r\n250-SIZE 9\r\n250 DSN\r\n") },
		{ 550, "5.7.1", SPAN("a\nb"), SPAN("550-5.7.1 a\r\n550 5.7.1 b\r\n") },
		{ 550, "5.7.1", SPAN("a\r\n250 ok"),
		  SPAN("550-5.7.1 a\\x0d\r\n550 5.7.1 250 ok\r\n") },
		{ 501, "5.5.4", SPAN("<\0\x1b\xc3\xa9>"),
		  SPAN("501 5.5.4 <\\x00\\x1b\\xc3\\xa9>\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(256);

		CHECK_INT(smtp_reply_print(&out, t[row].code, t[row].enhanced, exact(t[row].text)),
		          0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

/* RFC 5321 4.5.3.1.5: no line is over 512 octets, and ours reads what ours wrote. */
TEST(smtp_reply_prints_long_text)
{
	for (size_t n = 490; n < 1600; n++) {
		AUTO_BUF out = BUF(8192);
		struct smtp_reply r = { 0 };
		char text[1600];
		struct span in, line;

		memset(text, n % 2 ? 'x' : '\x01', n);
		CHECK_INT(smtp_reply_print(&out, 550, "5.7.1", span_make(text, n)), 0);
		for (in = buf_span(&out); span_split(&in, '\n', &line);)
			CHECK(line.n + 1 <= SMTP_REPLY_LINE_MAX);
		in = buf_span(&out);
		CHECK_INT(smtp_reply_feed(&r, &in), 1);
		CHECK_INT(r.text.n - (r.n_lines - 1), n % 2 ? n : 4 * n);
		smtp_reply_fini(&r);
	}
}

TEST(smtp_reply_print_refuses_what_is_no_reply)
{
	static const struct {
		int code;
		const char *enhanced;
	} t[] = { { 199, "" }, { 600, NULL }, { -1, "" }, { 250, "2.0.0 and so on and on" } };

	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);

		CHECK_INT(smtp_reply_print(&out, t[row].code, t[row].enhanced, SPAN("x")), ERR_BUG);
		CHECK_INT(out.err, ERR_BUG);
		CHECK_INT(out.n, 0);
	}
}

TEST(smtp_reply_print_reports_a_full_buffer)
{
	AUTO_BUF out = BUF(8);

	CHECK_INT(smtp_reply_print(&out, 250, "2.0.0", SPAN("much too long")), ERR_TOO_LONG);
}

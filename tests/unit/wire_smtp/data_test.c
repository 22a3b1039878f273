/* RFC 5321 4.1.1.4, 4.5.2, 2.3.8: the message between DATA and its end. */
#include "wire/smtp/data.h"

#include "test.h"

enum { BARE_CR = 1, BARE_LF = 2, EIGHT = 4 };

static const struct {
	struct span in;
	bool ended;
	unsigned flags;
	struct span out, rest;
} SCANS[] = {
	{ SPAN(".\r\n"), true, 0, SPAN(""), SPAN("") },
	{ SPAN("a\r\n.\r\nQUIT\r\n"), true, 0, SPAN("a\r\n"), SPAN("QUIT\r\n") },
	{ SPAN("..\r\n.\r\n"), true, 0, SPAN(".\r\n"), SPAN("") },
	{ SPAN(".a\r\n..b\r\na.b\r\n.\r\n"), true, 0, SPAN("a\r\n.b\r\na.b\r\n"), SPAN("") },
	{ SPAN("a\r\n\r\n.\r\n.\r\n"), true, 0, SPAN("a\r\n\r\n"), SPAN(".\r\n") },
	{ SPAN("a\xff\r\n.\r\n"), true, EIGHT, SPAN("a\xff\r\n"), SPAN("") },
	{ SPAN("a\0b\r\n.\r\n"), true, 0, SPAN("a\0b\r\n"), SPAN("") },
	{ SPAN("a\r\n."), false, 0, SPAN("a\r\n"), SPAN("") },
	{ SPAN("a\r\n.\r"), false, 0, SPAN("a\r\n"), SPAN("") },
	{ SPAN("a\r"), false, 0, SPAN("a\r"), SPAN("") },
	{ SPAN(""), false, 0, SPAN(""), SPAN("") },
	/* Smuggling: none of these ends anything. */
	{ SPAN("a\n.\nQ\r\n.\r\n"), true, BARE_LF, SPAN("a\n.\nQ\r\n"), SPAN("") },
	{ SPAN("a\n.\r\nQ\r\n.\r\n"), true, BARE_LF, SPAN("a\n.\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\n.\nQ\r\n.\r\n"), true, BARE_LF, SPAN("a\r\n\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\n.\rQ\r\n.\r\n"), true, BARE_CR, SPAN("a\r\n\rQ\r\n"), SPAN("") },
	{ SPAN("a\r.\rQ\r\n.\r\n"), true, BARE_CR, SPAN("a\r.\rQ\r\n"), SPAN("") },
	{ SPAN("a\r.\r\nQ\r\n.\r\n"), true, BARE_CR, SPAN("a\r.\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\n\n.\n\nQ\r\n.\r\n"), true, BARE_LF, SPAN("a\n\n.\n\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\n\n.\r\nQ\r\n.\r\n"), true, BARE_LF, SPAN("a\r\n\n.\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\r\n.\r\r\nQ\r\n.\r\n"), true, BARE_CR, SPAN("a\r\r\n\r\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\n.\r\r\nQ\r\n.\r\n"), true, BARE_CR, SPAN("a\r\n\r\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\r\n.\r\nQ"), true, BARE_CR, SPAN("a\r\r\n"), SPAN("Q") },
	{ SPAN("a\r\n\0.\r\nQ\r\n.\r\n"), true, 0, SPAN("a\r\n\0.\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\r\n.\0\r\nQ\r\n.\r\n"), true, 0, SPAN("a\r\n\0\r\nQ\r\n"), SPAN("") },
	{ SPAN("a\n\r.\n\rQ\r\n.\r\n"), true, BARE_CR | BARE_LF, SPAN("a\n\r.\n\rQ\r\n"),
	  SPAN("") },
	{ SPAN("a\r\n.\n\r\n.\r\n"), true, BARE_LF, SPAN("a\r\n\n\r\n"), SPAN("") },
	{ SPAN("\n.\r\n.\r\n"), true, BARE_LF, SPAN("\n.\r\n"), SPAN("") },
	{ SPAN(".\n.\r\n.\r\n"), true, BARE_LF, SPAN("\n.\r\n"), SPAN("") },
	{ SPAN("a\r\n\r.\r\n.\r\n"), true, BARE_CR, SPAN("a\r\n\r.\r\n"), SPAN("") },
	{ SPAN("a\x8d\x0a.\x8d\x0aQ\r\n.\r\n"), true, BARE_LF | EIGHT, SPAN("a\x8d\n.\x8d\nQ\r\n"),
	  SPAN("") },
	{ SPAN("a\r\n.\r\0\nQ\r\n.\r\n"), true, BARE_CR | BARE_LF, SPAN("a\r\n\r\0\nQ\r\n"),
	  SPAN("") },
};

/* Feeds in[0, cut) and then the rest, each from a block of its own. */
static void scan(struct smtp_data_in *s, struct span in, size_t cut, struct buf *out, size_t *used)
{
	struct span a = exact(span_sub(in, 0, cut)), b = exact(span_sub(in, cut, in.n));

	CHECK_INT(smtp_data_in_feed(s, &a, out), 0);
	CHECK_INT(smtp_data_in_feed(s, &b, out), 0);
	*used = in.n - a.n - b.n;
}

TEST(smtp_data_in_ends_at_crlf_dot_crlf_only)
{
	EACH_ROW(SCANS)
		for (size_t cut = 0; cut <= SCANS[row].in.n; cut++) {
			AUTO_BUF out = BUF(256);
			struct smtp_data_in s;
			size_t used;

			smtp_data_in_init(&s);
			scan(&s, SCANS[row].in, cut, &out, &used);
			CHECK_INT(s.ended, SCANS[row].ended);
			CHECK_INT(s.bare_cr, (SCANS[row].flags & BARE_CR) != 0);
			CHECK_INT(s.bare_lf, (SCANS[row].flags & BARE_LF) != 0);
			CHECK_INT(s.eight_bit, (SCANS[row].flags & EIGHT) != 0);
			CHECK_INT(s.n_bytes, SCANS[row].out.n);
			CHECK_SPAN(buf_span(&out), SCANS[row].out);
			CHECK_SPAN(span_sub(SCANS[row].in, used, SCANS[row].in.n), SCANS[row].rest);
		}
}

TEST(smtp_data_in_goes_on_when_the_buffer_is_full)
{
	AUTO_BUF out = BUF(4);
	struct span in = SPAN("abcdef\r\n.\r\nQUIT\r\n");
	struct smtp_data_in s;

	smtp_data_in_init(&s);
	CHECK_INT(smtp_data_in_feed(&s, &in, &out), ERR_TOO_LONG);
	CHECK(s.ended);
	CHECK_SPAN(in, SPAN("QUIT\r\n"));
	CHECK_INT(s.n_bytes, 8);
}

/* An octet >= 0x80 is found wherever it stands in a long run. */
TEST(smtp_data_in_finds_eight_bit)
{
	for (size_t at = 0; at < 100; at++) {
		char text[100];
		struct span in = { text, sizeof text }, run;
		struct smtp_data_in s;

		memset(text, 'x', sizeof text);
		text[at] = (char)0x80;
		smtp_data_in_init(&s);
		CHECK(smtp_data_in_next(&s, &in, &run));
		CHECK(s.eight_bit);
	}
}

/* RFC 5321 4.5.2, 2.3.8; what we send holds no bare CR or LF. */
TEST(smtp_data_out_stuffs)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN(""), SPAN(".\r\n") },
		{ SPAN("a\r\n"), SPAN("a\r\n.\r\n") },
		{ SPAN("a"), SPAN("a\r\n.\r\n") },
		{ SPAN("."), SPAN("..\r\n.\r\n") },
		{ SPAN(".\r\n"), SPAN("..\r\n.\r\n") },
		{ SPAN("..\r\na.\r\n.b\r\n"), SPAN("...\r\na.\r\n..b\r\n.\r\n") },
		{ SPAN("a\n.\nQ\n"), SPAN("a\r\n..\r\nQ\r\n.\r\n") },
		{ SPAN("a\r.\rQ\r"), SPAN("a\r\n..\r\nQ\r\n.\r\n") },
		{ SPAN("a\r\r\n.\r\n"), SPAN("a\r\n\r\n..\r\n.\r\n") },
		{ SPAN("\n\n"), SPAN("\r\n\r\n.\r\n") },
		{ SPAN("\r\r"), SPAN("\r\n\r\n.\r\n") },
		{ SPAN("\n\r.\n\r"), SPAN("\r\n\r\n..\r\n\r\n.\r\n") },
		{ SPAN("a\0\xff\r\n"), SPAN("a\0\xff\r\n.\r\n") },
	};
	EACH_ROW(t)
		for (size_t cut = 0; cut <= t[row].in.n; cut++) {
			AUTO_BUF out = BUF(SMTP_DATA_OUT_MAX(t[row].in.n));
			struct smtp_data_out s;

			smtp_data_out_init(&s);
			CHECK_INT(smtp_data_out_put(&s, exact(span_sub(t[row].in, 0, cut)), &out),
			          0);
			CHECK_INT(smtp_data_out_put(
			                  &s, exact(span_sub(t[row].in, cut, t[row].in.n)), &out),
			          0);
			CHECK_INT(smtp_data_out_end(&s, &out), 0);
			CHECK_SPAN(buf_span(&out), t[row].out);
		}
}

TEST(smtp_data_out_reports_a_full_buffer)
{
	AUTO_BUF out = BUF(3);
	struct smtp_data_out s;

	smtp_data_out_init(&s);
	CHECK_INT(smtp_data_out_put(&s, SPAN("abcdef"), &out), ERR_TOO_LONG);
	CHECK_INT(smtp_data_out_end(&s, &out), ERR_TOO_LONG);
}

/* base/clock.h: RFC 3339 5.6, RFC 5322 3.3, and lengths as people write them. */
#include "test.h"

#include "base/clock.h"

TEST(clock_prints_dates)
{
	static const struct {
		int64_t time_ms;
		const char *rfc3339, *rfc5322;
	} t[] = {
		{ 0, "1970-01-01T00:00:00.000Z", "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ 1795460707123, "2026-11-23T19:05:07.123Z", "Mon, 23 Nov 2026 19:05:07 +0000" },
		{ 951782400000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ 951868799999, "2000-02-29T23:59:59.999Z", "Tue, 29 Feb 2000 23:59:59 +0000" },
		{ 951868800000, "2000-03-01T00:00:00.000Z", "Wed, 1 Mar 2000 00:00:00 +0000" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z", "Mon, 1 Mar 2100 00:00:00 +0000" },
		{ 1704067199000, "2023-12-31T23:59:59.000Z", "Sun, 31 Dec 2023 23:59:59 +0000" },
		{ -1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 +0000" },
		{ -86400000, "1969-12-31T00:00:00.000Z", "Wed, 31 Dec 1969 00:00:00 +0000" },
		{ -2208988800000, "1900-01-01T00:00:00.000Z", "Mon, 1 Jan 1900 00:00:00 +0000" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 +0000" },
	};
	EACH_ROW(t) {
		AUTO_BUF a = BUF(100), b = BUF(100);

		CHECK_INT(clock_put_rfc3339(&a, t[row].time_ms), 0);
		CHECK_SPAN(buf_span(&a), span_str(t[row].rfc3339));
		CHECK_INT(clock_put_rfc5322(&b, t[row].time_ms), 0);
		CHECK_SPAN(buf_span(&b), span_str(t[row].rfc5322));
	}
}

TEST(clock_dates_have_no_bounds)
{
	static const int64_t t[] = { INT64_MAX, INT64_MIN };

	EACH_ROW(t) {
		AUTO_BUF b = BUF(100);

		CHECK_INT(clock_put_rfc3339(&b, t[row]), 0);
		CHECK_INT(clock_put_rfc5322(&b, t[row]), 0);
	}
}

TEST(clock_adds_without_wrapping)
{
	static const struct {
		int64_t at, ms, want;
	} t[] = {
		{ 1, 2, 3 },
		{ 5, -3, 2 },
		{ 1, CLOCK_NEVER, CLOCK_NEVER },
		{ CLOCK_NEVER, 1, CLOCK_NEVER },
		{ CLOCK_NEVER, -1, CLOCK_NEVER },
		{ CLOCK_NEVER - 1, 1, CLOCK_NEVER },
		{ INT64_MIN, -1, INT64_MIN },
	};
	EACH_ROW(t)
		CHECK(clock_add(t[row].at, t[row].ms) == t[row].want);
}

TEST(clock_runs)
{
	int64_t at = clock_now_at();

	CHECK(at > 0);
	CHECK(clock_now_at() >= at);
	CHECK(clock_wall_time_ms() > 1577836800000); /* 2020 */
}

TEST(clock_parses_lengths)
{
	static const struct {
		struct span in;
		int64_t want; /* or an error */
	} t[] = {
		{ SPAN("300"), 300000 },
		{ SPAN("300s"), 300000 },
		{ SPAN("0"), 0 },
		{ SPAN("5m"), 300000 },
		{ SPAN("1h30m"), 5400000 },
		{ SPAN("5d"), 432000000 },
		{ SPAN("250ms"), 250 },
		{ SPAN("1d2h3m4s5ms"), 93784005 },
		{ SPAN("9223372036854775807ms"), INT64_MAX },
		{ SPAN("9223372036854775808ms"), ERR_SYNTAX },
		{ SPAN("9223372036854776"), ERR_SYNTAX },
		{ SPAN("106751991168d"), ERR_SYNTAX },
		{ SPAN("106751991167d8h"), ERR_SYNTAX },
		{ SPAN(""), ERR_SYNTAX },
		{ SPAN("m"), ERR_SYNTAX },
		{ SPAN("-1s"), ERR_SYNTAX },
		{ SPAN("1 s"), ERR_SYNTAX },
		{ SPAN("1x"), ERR_SYNTAX },
		{ SPAN("1h30"), ERR_SYNTAX },  /* 30 of what? */
		{ SPAN("30m1h"), ERR_SYNTAX }, /* out of order */
		{ SPAN("1m1m"), ERR_SYNTAX },
		{ SPAN("1.5h"), ERR_SYNTAX },
		{ SPAN("1H"), ERR_SYNTAX },
		{ SPAN("1s\0"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		int64_t ms = -12345;

		CHECK_INT(clock_parse_length(exact(t[row].in), &ms),
		          t[row].want < 0 ? t[row].want : 0);
		CHECK_INT(ms, t[row].want < 0 ? -12345 : t[row].want);
	}
}

/* RFC 3339 5.6, 5.7, 5.8. */
TEST(clock_reads_rfc3339)
{
	static const struct {
		const char *text;
		int64_t ms;
	} t[] = { { "1970-01-01T00:00:00Z", 0 },
		  { "1985-04-12T23:20:50.52Z", 482196050520 },
		  { "1996-12-19T16:39:57-08:00", 851042397000 },
		  { "1937-01-01T12:00:27.87+00:20", -1 },
		  { "2024-02-29T00:00:00z", 1709164800000 },
		  { "2023-02-29T00:00:00Z", -1 },
		  { "2000-02-29t23:59:60Z", 951868800000 },
		  { "2100-02-29T00:00:00Z", -1 },
		  { "9999-12-31T23:59:59.9999Z", 253402300799999 },
		  { "2026-11-30T12:00:00+24:00", -1 },
		  { "2026-11-30T12:00:00", -1 },
		  { "2026-11-30T12:00:00Zx", -1 },
		  { "2026-11-30T12:00:00.Z", -1 },
		  { "2026-13-01T12:00:00Z", -1 },
		  { "2026-00-01T12:00:00Z", -1 },
		  { "2026-11-31T12:00:00Z", -1 },
		  { "2026-11-30T24:00:00Z", -1 },
		  { "2026-11-30", -1 },
		  { "", -1 },
		  { "+026-11-30T12:00:00Z", -1 } };

	EACH_ROW(t) {
		int64_t ms = -1;
		int r = clock_parse_rfc3339(span_str(t[row].text), &ms);

		CHECK_INT(r, t[row].ms < 0 ? ERR_SYNTAX : 0);
		CHECK_INT(ms, t[row].ms);
	}
}

/* What is written is read back. */
TEST(clock_rfc3339_there_and_back)
{
	for (int64_t ms = 0; ms < INT64_C(253402300800000); ms += INT64_C(8640123457)) {
		AUTO_BUF text = BUF(64);
		int64_t back = -1;

		clock_put_rfc3339(&text, ms);
		CHECK_INT(clock_parse_rfc3339(buf_span(&text), &back), 0);
		CHECK_INT(back, ms);
	}
}

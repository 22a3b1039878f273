/* wire/message/date.h, a row a rule of RFC 5322 3.3, 4.3. */
#include "test.h"

#include "base/clock.h"
#include "wire/message/date.h"

TEST(date_reads)
{
	static const struct {
		struct span in;
		int64_t s;
		int zone;
	} t[] = {
		{ SPAN("Thu, 01 Jan 1970 00:00:00 +0000"), 0, 0 },
		{ SPAN(" Mon, 23 Nov 2026 19:05:07 +0100"), 1795457107, 60 },
		{ SPAN("23 Nov 2026 19:05 +0100"), 1795457100, 60 },
		{ SPAN("Fri, 21 Nov 1997 09:55:06 -0600"), 880127706, -360 },
		{ SPAN("1 Jan 1969 00:00:00 +0000"), -31536000, 0 },
		{ SPAN("29 Feb 2000 00:00:00 +0000"), 951782400, 0 },
		{ SPAN("31 Dec 2016 23:59:60 +0000"), 1483228800, 0 }, /* a leap second */
		{ SPAN("1 Jan 2026 00:00:00 +2359"), 1767139260, 1439 },
		{ SPAN("1 Jan 2026 00:00:00 -0000"), 1767225600, 0 },
		/* 4.3 */
		{ SPAN("21 Nov 97 09:55:06 GMT"), 880106106, 0 },
		{ SPAN("21 Nov 49 00:00:00 UT"), 2521065600, 0 },
		{ SPAN("1 Jan 101 00:00:00 UT"), 978307200, 0 },
		{ SPAN("21 Nov 97 09:55:06 EDT"), 880120506, -240 },
		{ SPAN("21 Nov 97 09:55:06 Z"), 880106106, 0 },
		{ SPAN("21 Nov 97 09:55:06 A"), 880106106, 0 },
		{ SPAN("21 Nov 97 09:55:06 CEST"), 880106106, 0 },
		{ SPAN("Fri (x), 21 (day) Nov\r\n 1997 (y(z)) 09 : 55 : 06 -0600 (CST)"), 880127706,
		  -360 },
		{ SPAN("fri, 21 nOV 1997 09:55:06 gmt"), 880106106, 0 },
	};
	EACH_ROW(t) {
		int64_t ms = -1;
		int zone = -1;

		CHECK_INT(message_date_parse(exact(t[row].in), &ms, &zone), 0);
		CHECK_INT(ms, t[row].s * 1000);
		CHECK_INT(zone, t[row].zone);
		CHECK_INT(message_date_parse(exact(t[row].in), &ms, NULL), 0);
	}
}

TEST(date_refuses)
{
	static const struct span t[] = {
		SPAN(""),
		SPAN("now"),
		SPAN("Mon 23 Nov 2026 19:05:07 +0100"),
		SPAN("Moo, 23 Nov 2026 19:05:07 +0100"),
		SPAN("Mon, 23 Nov 2026 19:05:07"),
		SPAN("Mon, 23 Nov 2026 19:05:07 +01"),
		SPAN("Mon, 23 Nov 2026 19:05:07 +0160"),
		SPAN("Mon, 23 Nov 2026 19:05:07 + 0100"),
		SPAN("Mon, 23 Nov 2026 24:05:07 +0100"),
		SPAN("Mon, 23 Nov 2026 19:60:07 +0100"),
		SPAN("Mon, 23 Nov 2026 19:05:61 +0100"),
		SPAN("Mon, 31 Nov 2026 19:05:07 +0100"),
		SPAN("29 Feb 1900 00:00:00 +0000"),
		SPAN("29 Feb 2026 00:00:00 +0000"),
		SPAN("0 Feb 2026 00:00:00 +0000"),
		SPAN("1 Foo 2026 00:00:00 +0000"),
		SPAN("1 Feb 1899 00:00:00 +0000"),
		SPAN("1 Feb 12026 00:00:00 +0000"),
		SPAN("1 Feb 6 00:00:00 +0000"),
		SPAN("1 Feb 2026 1:00:00 +0000"),
		SPAN("1 Feb 2026 00:00:00 +0000 x"),
		SPAN("1 Feb 2026 00:00:00 +0000 (x"),
		SPAN("1 Feb 2026 00:00:00 +00000"),
		SPAN("99999999999999999999 Feb 2026 00:00:00 +0000"),
	};
	EACH_ROW(t) {
		int64_t ms;

		CHECK_INT(message_date_parse(exact(t[row]), &ms, NULL), ERR_SYNTAX);
	}
}

/* What base/clock prints, this reads: every 9 days and some over 400 years. */
TEST(date_reads_what_clock_prints)
{
	for (int64_t s = -2208988800; s < 10413792000; s += 9 * 86400 + 3661) {
		AUTO_BUF b = BUF(64);
		int64_t ms = -1;

		clock_put_rfc5322(&b, s * 1000);
		CHECK_INT(message_date_parse(buf_span(&b), &ms, NULL), 0);
		CHECK_INT(ms, s * 1000);
	}
}

/* RFC 5256 2.2: what is wrong with the time or the zone does not take the day. */
TEST(date_sent)
{
	static const struct {
		struct span in;
		int64_t s;
		int zone;
	} t[] = {
		{ SPAN("Fri, 21 Nov 1997 09:55:06 -0600"), 880127706, -360 },
		{ SPAN("21 Nov 1997"), 880070400, 0 },
		{ SPAN("21 Nov 1997 25:00:00 -0600"), 880070400, 0 },
		{ SPAN("21 Nov 1997 noon"), 880070400, 0 },
		{ SPAN("21 Nov 1997 09:55:06"), 880106106, 0 },
		{ SPAN("21 Nov 1997 09:55:06 -6"), 880106106, 0 },
		{ SPAN("21 Nov 1997 09:55:06 -0600 or so"), 880127706, -360 },
	};
	static const struct span none[] = { SPAN(""), SPAN("today"),
		                            SPAN("31 Nov 1997 09:55:06 UT"), SPAN("09:55:06") };
	int64_t ms = 0;
	int zone = 1;

	EACH_ROW(t) {
		CHECK_INT(message_date_sent(exact(t[row].in), &ms, &zone), 0);
		CHECK_INT(ms, t[row].s * 1000);
		CHECK_INT(zone, t[row].zone);
	}
	EACH_ROW(none)
		CHECK_INT(message_date_sent(exact(none[row]), &ms, &zone), ERR_SYNTAX);
}

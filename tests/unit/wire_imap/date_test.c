/* Dates.  RFC 3501 and RFC 9051 9 (date, date-time), 6.4.4. */
#include "wire/imap/date.h"

#include "imap_test.h"

TEST(imap_dates_are_days)
{
	static const struct {
		struct span in;
		int err;
		int32_t day;
	} t[] = {
		{ SPAN("1-Jan-1970"), 0, 0 },
		{ SPAN("\"1-Feb-1994\""), 0, 8797 }, /* RFC 3501 6.4.4 */
		{ SPAN("01-feb-1994"), 0, 8797 },
		{ SPAN("29-Feb-2000"), 0, 11016 },
		{ SPAN("31-Dec-1969"), 0, -1 },
		{ SPAN("1-Jan-0001"), 0, -719162 },
		{ SPAN("31-Dec-9999"), 0, 2932896 },
		{ SPAN("29-Feb-1900"), ERR_SYNTAX },
		{ SPAN("31-Apr-2000"), ERR_SYNTAX },
		{ SPAN("0-Jan-2000"), ERR_SYNTAX },
		{ SPAN("1-Jan-0000"), ERR_SYNTAX },
		{ SPAN("1-Foo-2000"), ERR_SYNTAX },
		{ SPAN("1-Jan-200"), ERR_SYNTAX },
		{ SPAN("\"1-Jan-2000"), ERR_SYNTAX },
		{ SPAN("2000-01-01"), ERR_SYNTAX },
		{ SPAN(""), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		struct imap_cursor c = cursor_at(t[row].in, NULL);
		int32_t day = 0;

		CHECK_INT(imap_take_date(&c, &day), t[row].err);
		CHECK_INT(day, t[row].day);
	}
}

TEST(imap_date_times_are_read_and_printed)
{
	static const struct {
		struct span in;
		int64_t unix_s;
		int zone;
		int32_t day;
		struct span out; /* when it is not what was read */
	} t[] = {
		{ SPAN("\"17-Jul-1996 02:44:25 -0700\""), 837596665, -420,
		  9694 }, /* RFC 3501 7.4.2 */
		{ SPAN("\"01-Jan-1970 00:00:00 +0000\""), 0, 0, 0 },
		{ SPAN("\"01-Jan-1970 00:30:00 +0100\""), -1800, 60, 0 },
		{ SPAN("\" 7-Feb-1994 21:52:25 -0800\""), 760686745, -480, 8803,
		  SPAN("\"07-Feb-1994 21:52:25 -0800\"") }, /* RFC 3501 6.3.11 */
		{ SPAN("\"7-Feb-1994 21:52:25 -0800\""), 760686745, -480, 8803,
		  SPAN("\"07-Feb-1994 21:52:25 -0800\"") },
		{ SPAN("\"31-Dec-2016 23:59:60 +0000\""), 1483228800, 0, 17167,
		  SPAN("\"01-Jan-2017 00:00:00 +0000\"") },
		{ SPAN("\"01-Jan-0001 00:00:00 +0000\""), -62135596800, 0, -719162 },
		{ SPAN("\"31-Dec-9999 23:59:59 -2359\""), 253402387139, -1439, 2932896 },
	};
	EACH_ROW(t) {
		AUTO_BUF text = BUF(100);
		struct imap_cursor c = cursor_at(t[row].in, NULL);
		struct imap_time got = { 0 };

		CHECK_INT(imap_take_date_time(&c, &got), 0);
		CHECK_INT(c.rest.n, 0);
		CHECK_INT(got.unix_s, t[row].unix_s);
		CHECK_INT(got.zone_minutes, t[row].zone);
		CHECK_INT(imap_time_day(got), t[row].day);
		CHECK_INT(imap_put_date_time(&text, got), 0);
		CHECK_SPAN(buf_span(&text), t[row].out.n ? t[row].out : t[row].in);
	}
}

TEST(imap_date_times_refuse)
{
	static const struct span t[] = {
		SPAN("17-Jul-1996 02:44:25 -0700"),      SPAN("\"17-Jul-1996 2:44:25 -0700\""),
		SPAN("\"17-Jul-1996 24:00:00 -0700\""),  SPAN("\"17-Jul-1996 02:60:00 -0700\""),
		SPAN("\"17-Jul-1996 02:44:61 -0700\""),  SPAN("\"17-Jul-1996 02:44:25\""),
		SPAN("\"17-Jul-1996 02:44:25 0700\""),   SPAN("\"17-Jul-1996 02:44:25 -0760\""),
		SPAN("\"17-Jul-1996 02:44:25 -2400\""),  SPAN("\"17-Jul-1996 02:44:25 UTC\""),
		SPAN("\"  7-Jul-1996 02:44:25 -0700\""), SPAN("\"17-Jul-1996 02:44:25 -0700"),
	};
	EACH_ROW(t) {
		struct imap_cursor c = cursor_at(t[row], NULL);
		struct imap_time got;

		CHECK_INT(imap_take_date_time(&c, &got), ERR_SYNTAX);
	}
}

TEST(imap_date_times_print_what_is_no_date)
{
	AUTO_BUF text = BUF(100);

	CHECK_INT(imap_put_date_time(&text, (struct imap_time){ INT64_MAX / 2, 0 }), 0);
	CHECK_SPAN(buf_span(&text), SPAN("\"01-Jan-1970 00:00:00 +0000\""));
}

/* mailfile/from_line.c - see from_line.h. */
#include "mailfile/from_line.h"

enum { DAY_S = 86400, SENDER_MAX = 500 };

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t n, int64_t *year, int *month, int *day)
{
	n += 719468;
	int64_t era = (n >= 0 ? n : n - 146096) / 146097;
	int64_t doe = n - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

/* ---- reading ---- */

/* Three letters of a list of such; -1. */
static int word_of(struct span s, const char *list)
{
	for (int i = 0; list[3 * i]; i++)
		if (s.n >= 3 && memcmp(s.p, list + 3 * i, 3) == 0)
			return i;
	return -1;
}

static bool take_number(struct span *s, size_t digits_max, int *out)
{
	size_t n = 0;
	int value = 0;

	for (; n < s->n && n < digits_max && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		value = 10 * value + (s->p[n] - '0');
	*s = span_sub(*s, n, s->n);
	*out = value;
	return n > 0;
}

static bool take_blanks(struct span *s)
{
	struct span rest = span_trim_left(*s);
	bool any = rest.n < s->n;

	*s = rest;
	return any;
}

/* "+0100", or a name that says as much: minutes east of Greenwich. */
static bool take_zone(struct span *s, int *minutes)
{
	static const struct {
		struct span name;
		int hours;
	} zones[] = { { SPAN("GMT"), 0 },  { SPAN("UTC"), 0 },  { SPAN("UT"), 0 },
		      { SPAN("EST"), -5 }, { SPAN("EDT"), -4 }, { SPAN("CST"), -6 },
		      { SPAN("CDT"), -5 }, { SPAN("MST"), -7 }, { SPAN("MDT"), -6 },
		      { SPAN("PST"), -8 }, { SPAN("PDT"), -7 }, { SPAN("CET"), 1 },
		      { SPAN("CEST"), 2 }, { SPAN("MET"), 1 },  { SPAN("MEST"), 2 } };
	struct span rest = *s, word;
	int sign = span_eat(&rest, SPAN("+")) ? 1 : span_eat(&rest, SPAN("-")) ? -1 : 0, hhmm;

	if (sign) {
		size_t n = rest.n;
		if (!take_number(&rest, 4, &hhmm) || n - rest.n != 4 || hhmm % 100 > 59)
			return false;
		*minutes = sign * (hhmm / 100 * 60 + hhmm % 100);
		*s = rest;
		return true;
	}
	if (!span_split(&rest, ' ', &word))
		return false;
	for (size_t i = 0; i < N_ELEMS(zones); i++)
		if (span_eq(word, zones[i].name)) {
			*minutes = 60 * zones[i].hours;
			*s = span_sub(*s, word.n, s->n);
			return true;
		}
	return false;
}

static bool take_time(struct span *s, int *seconds)
{
	int hour, minute, second = 0;

	if (!take_number(s, 2, &hour) || !span_eat(s, SPAN(":")) || !take_number(s, 2, &minute))
		return false;
	if (span_eat(s, SPAN(":")) && !take_number(s, 2, &second))
		return false;
	*seconds = (hour * 60 + minute) * 60 + second;
	return hour < 24 && minute < 60 && second <= 60;
}

/* A word of letters that is no zone that is known: passed over. */
static void skip_word(struct span *s)
{
	size_t n = 0;

	while (n < s->n && ((s->p[n] | 0x20) >= 'a' && (s->p[n] | 0x20) <= 'z'))
		n++;
	*s = span_sub(*s, n, s->n);
}

/* "Fri Jun 23 02:56:55 2000" and its like at the front of s. */
static bool take_date(struct span s, struct mailfile_from *out)
{
	int day, seconds, year, minutes = 0;
	bool has_zone;

	if (word_of(s, days) < 0)
		return false;
	s = span_sub(s, 3, s.n);
	if (!take_blanks(&s))
		return false;
	int month = word_of(s, months);
	s = span_sub(s, 3, s.n);
	if (month < 0 || !take_blanks(&s) || !take_number(&s, 2, &day) || !take_blanks(&s) ||
	    day < 1 || day > 31 || !take_time(&s, &seconds) || !take_blanks(&s))
		return false;
	has_zone = take_zone(&s, &minutes);
	if (!has_zone)
		skip_word(&s);
	take_blanks(&s);
	size_t n = s.n;
	if (!take_number(&s, 4, &year) || n - s.n != 4 || year < 1)
		return false;
	if (take_blanks(&s) && !has_zone)
		has_zone = take_zone(&s, &minutes);
	out->unix_s = days_of(year, month + 1, day) * DAY_S + seconds - 60 * minutes;
	out->has_zone = has_zone;
	return true;
}

/* A sender may hold blanks ("a b"@c): the date is the first thing that looks like one. */
int mailfile_from_parse(struct span line, struct mailfile_from *out)
{
	struct mailfile_from from = { 0 };

	if (!span_eat(&line, SPAN("From ")))
		return ERR_SYNTAX;
	for (size_t at = 0; at < line.n; at++) {
		bool word = at == 0 || line.p[at - 1] == ' ';
		if (word && take_date(span_sub(line, at, line.n), &from)) {
			from.sender = span_trim(span_sub(line, 0, at));
			*out = from;
			return 0;
		}
	}
	return ERR_SYNTAX;
}

/* ---- writing ---- */

int mailfile_from_put(struct span sender, int64_t unix_s, struct buf *out)
{
	int64_t n = unix_s / DAY_S - (unix_s % DAY_S < 0), year;
	int second = (int)(unix_s - n * DAY_S), month, day;

	date_of(n, &year, &month, &day);
	if (year < 1 || year > 9999)
		return mailfile_from_put(sender, 0, out);
	buf_puts(out, "From ");
	if (!sender.n || sender.n > SENDER_MAX)
		sender = SPAN("MAILER-DAEMON");
	for (size_t i = 0; i < sender.n; i++)
		buf_putc(out, (unsigned char)sender.p[i] <= ' ' ? '-' : sender.p[i]);
	int weekday = (int)(((n + 4) % 7 + 7) % 7);
	return buf_printf(out, " %.3s %.3s %2d %02d:%02d:%02d %04d", days + 3 * weekday,
	                  months + 3 * (month - 1), day, second / 3600, second / 60 % 60,
	                  second % 60, (int)year);
}

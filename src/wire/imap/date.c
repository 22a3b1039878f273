/* wire/imap/date.c - see date.h. */
#include "wire/imap/date.h"

enum { DAY_S = 86400, YEAR_MAX = 9999, ZONE_MAX = 23 * 60 + 59 };

static const char MONTHS[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct civil {
	int year, month, day; /* from 1 */
};

/* The calendar in eras of 400 years that begin in March. */
static int32_t day_of(struct civil d)
{
	int year = d.month <= 2 ? d.year - 1 : d.year;
	int month = d.month <= 2 ? d.month + 9 : d.month - 3;
	int era = (year + 400) / 400 - 1;
	int in_era = year - era * 400;
	int of_year = (153 * month + 2) / 5 + d.day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + of_year - 719468;
}

static struct civil civil_of(int32_t day)
{
	int n = day + 719468, era = n / 146097, of_era = n % 146097;
	int in_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * in_era + in_era / 4 - in_era / 100);
	int month = (5 * of_year + 2) / 153;

	return (struct civil){ .year = era * 400 + in_era + (month >= 10),
		               .month = month < 10 ? month + 3 : month - 9,
		               .day = of_year - (153 * month + 2) / 5 + 1 };
}

static int days_of_month(int year, int month)
{
	static const uint8_t n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : n[month - 1];
}

/* From least to most digits. */
static bool eat_digits(struct imap_cursor *c, size_t least, size_t most, int *out)
{
	size_t n = 0;
	int value = 0;

	while (n < most && n < c->rest.n && c->rest.p[n] >= '0' && c->rest.p[n] <= '9')
		value = value * 10 + (c->rest.p[n++] - '0');
	c->rest = span_sub(c->rest, n, c->rest.n);
	*out = value;
	return n >= least;
}

static bool eat_month(struct imap_cursor *c, int *out)
{
	for (int i = 0; i < 12; i++) {
		if (span_starts_nocase(c->rest, span_str(MONTHS[i]))) {
			c->rest = span_sub(c->rest, 3, c->rest.n);
			*out = i + 1;
			return true;
		}
	}
	return false;
}

/* Behind the day: "-Feb-1994". */
static bool eat_month_and_year(struct imap_cursor *c, struct civil *d)
{
	return imap_eat(c, '-') && eat_month(c, &d->month) && imap_eat(c, '-') &&
	       eat_digits(c, 4, 4, &d->year) && d->year > 0 && d->day > 0 &&
	       d->day <= days_of_month(d->year, d->month);
}

int imap_take_date(struct imap_cursor *c, int32_t *day)
{
	struct civil d;
	bool quoted = imap_eat(c, '"');

	if (!eat_digits(c, 1, 2, &d.day) || !eat_month_and_year(c, &d) ||
	    (quoted && !imap_eat(c, '"')))
		return imap_bad(c, "a date is missing, as in 1-Feb-1994");
	*day = day_of(d);
	return 0;
}

static bool eat_time(struct imap_cursor *c, int *second_of_day)
{
	int h, m, s;

	if (!eat_digits(c, 2, 2, &h) || !imap_eat(c, ':') || !eat_digits(c, 2, 2, &m) ||
	    !imap_eat(c, ':') || !eat_digits(c, 2, 2, &s) || h > 23 || m > 59 || s > 60)
		return false;
	*second_of_day = h * 3600 + m * 60 + s;
	return true;
}

static bool eat_zone(struct imap_cursor *c, int *minutes)
{
	bool west = imap_at(c, '-');
	int h, m;

	if ((!imap_eat(c, '+') && !imap_eat(c, '-')) || !eat_digits(c, 2, 2, &h) ||
	    !eat_digits(c, 2, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = west ? -(h * 60 + m) : h * 60 + m;
	return true;
}

int imap_take_date_time(struct imap_cursor *c, struct imap_time *out)
{
	struct civil d;
	int second, zone;
	bool ok = imap_eat(c, '"');

	/* date-day-fixed: SP DIGIT, or two. */
	ok = ok && (imap_eat(c, ' ') ? eat_digits(c, 1, 1, &d.day) : eat_digits(c, 1, 2, &d.day));
	if (!ok || !eat_month_and_year(c, &d) || !imap_eat(c, ' ') || !eat_time(c, &second) ||
	    !imap_eat(c, ' ') || !eat_zone(c, &zone) || !imap_eat(c, '"'))
		return imap_bad(c, "a date is missing, as in \"17-Jul-1996 02:44:25 -0700\"");
	*out = (struct imap_time){ .unix_s = (int64_t)day_of(d) * DAY_S + second - zone * 60,
		                   .zone_minutes = (int16_t)zone };
	return 0;
}

/* Local seconds, and the day they are in: rounded down. */
static int64_t local_day(struct imap_time t, int *second_of_day)
{
	int64_t s = t.unix_s + t.zone_minutes * 60;
	int64_t day = s / DAY_S - (s % DAY_S < 0);

	*second_of_day = (int)(s - day * DAY_S);
	return day;
}

int32_t imap_time_day(struct imap_time t)
{
	int second;
	int64_t day = local_day(t, &second);

	return day < INT32_MIN ? INT32_MIN : day > INT32_MAX ? INT32_MAX : (int32_t)day;
}

int imap_put_date_time(struct buf *out, struct imap_time t)
{
	int second = 0, zone = t.zone_minutes;
	int64_t day = local_day(t, &second);
	struct civil d;

	if (zone < -ZONE_MAX || zone > ZONE_MAX || day < day_of((struct civil){ 1, 1, 1 }) ||
	    day > day_of((struct civil){ YEAR_MAX, 12, 31 }))
		day = second = zone = 0;
	d = civil_of((int32_t)day);
	(void)buf_printf(out, "\"%02d-%s-%04d %02d:%02d:%02d ", d.day, MONTHS[d.month - 1], d.year,
	                 second / 3600, second / 60 % 60, second % 60);
	(void)buf_putc(out, zone < 0 ? '-' : '+');
	zone = zone < 0 ? -zone : zone;
	return buf_printf(out, "%02d%02d\"", zone / 60, zone % 60);
}

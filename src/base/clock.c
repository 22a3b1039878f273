/* base/clock.c - see clock.h.
 *
 * Dates are computed here: gmtime_r may open /etc/localtime, which a sandbox
 * forbids, and strftime follows the locale.
 */
#include "base/clock.h"

#include "base/os.h"

enum { MS_S = 1000, MS_MIN = 60 * MS_S, MS_H = 60 * MS_MIN, MS_DAY = 24 * MS_H };

int64_t clock_now_at(void)
{
	return os_now_at();
}

int64_t clock_wall_time_ms(void)
{
	return os_wall_time_ms();
}

int64_t clock_add(int64_t at, int64_t ms)
{
	int64_t sum;

	if (__builtin_add_overflow(at, ms, &sum))
		return ms > 0 ? CLOCK_NEVER : INT64_MIN;
	return at == CLOCK_NEVER ? CLOCK_NEVER : sum;
}

struct date {
	int64_t year;
	int month, day, weekday; /* month from 1, weekday from Sunday = 0 */
	int h, min, s, ms;
};

/* Proleptic Gregorian.  Years are counted from 1 March, so that the day that a
 * leap year adds is the last, and in eras of 400 years, which are all alike. */
static struct date date_of(int64_t time_ms)
{
	int64_t ms = (time_ms % MS_DAY + MS_DAY) % MS_DAY;
	int64_t days = time_ms / MS_DAY - (time_ms % MS_DAY < 0);
	struct date d = { .h = (int)(ms / MS_H),
		          .min = (int)(ms / MS_MIN % 60),
		          .s = (int)(ms / MS_S % 60),
		          .ms = (int)(ms % MS_S),
		          .weekday = (int)(((days + 4) % 7 + 7) % 7) };
	int64_t since_march_0 = days + 719468; /* from 0000-03-01 to 1970-01-01 */
	int64_t of_era = (since_march_0 % 146097 + 146097) % 146097;
	int64_t era = (since_march_0 - of_era) / 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int month = (int)((5 * of_year + 2) / 153); /* from March = 0 */

	d.day = (int)(of_year - (153 * month + 2) / 5 + 1);
	d.month = month < 10 ? month + 3 : month - 9;
	d.year = era * 400 + year + (d.month <= 2);
	return d;
}

int clock_put_rfc3339(struct buf *b, int64_t time_ms)
{
	struct date d = date_of(time_ms);

	return buf_printf(b, "%04jd-%02d-%02dT%02d:%02d:%02d.%03dZ", (intmax_t)d.year, d.month,
	                  d.day, d.h, d.min, d.s, d.ms);
}

static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

int clock_put_rfc5322(struct buf *b, int64_t time_ms)
{
	struct date d = date_of(time_ms);

	return buf_printf(b, "%s, %d %s %04jd %02d:%02d:%02d +0000", days[d.weekday], d.day,
	                  months[d.month - 1], (intmax_t)d.year, d.h, d.min, d.s);
}

int clock_put_http(struct buf *b, int64_t time_ms)
{
	struct date d = date_of(time_ms);

	return buf_printf(b, "%s, %02d %s %04jd %02d:%02d:%02d GMT", days[d.weekday], d.day,
	                  months[d.month - 1], (intmax_t)d.year, d.h, d.min, d.s);
}

static const struct {
	struct span name;
	int64_t ms;
} units[] = {
	{ SPAN("d"), MS_DAY }, { SPAN("h"), MS_H }, { SPAN("ms"), 1 },
	{ SPAN("m"), MS_MIN }, { SPAN("s"), MS_S },
};

/* Takes the unit at the front of *s; 0 when there is none. */
static int64_t eat_unit(struct span *s)
{
	for (size_t i = 0; i < N_ELEMS(units); i++)
		if (span_eat(s, units[i].name))
			return units[i].ms;
	return 0;
}

static struct span eat_digits(struct span *s)
{
	size_t n = 0;
	struct span digits;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	digits = span_sub(*s, 0, n);
	*s = span_sub(*s, n, s->n);
	return digits;
}

int clock_parse_length(struct span s, int64_t *ms)
{
	int64_t sum = 0, last = INT64_MAX;

	do {
		uint64_t count;
		int64_t unit, part;
		int r = span_to_u64(eat_digits(&s), INT64_MAX, &count);

		if (r < 0)
			return r;
		unit = eat_unit(&s);
		if (unit == 0 && last == INT64_MAX && s.n == 0)
			unit = MS_S;
		if (unit == 0 || unit >= last)
			return err(ERR_SYNTAX, "not a length of time, such as 90s, 5m or 1h30m");
		if (__builtin_mul_overflow((int64_t)count, unit, &part) ||
		    __builtin_add_overflow(sum, part, &sum))
			return err(ERR_SYNTAX, "too long a time");
		last = unit;
	} while (s.n);
	*ms = sum;
	return 0;
}

/* ---- RFC 3339 ---- */

/* n digits at the front of *s. */
static int eat_number(struct span *s, size_t n, int most, int *out)
{
	uint64_t v;

	if (s->n < n || span_to_u64(span_sub(*s, 0, n), (uint64_t)most, &v) < 0)
		return ERR_SYNTAX;
	*s = span_sub(*s, n, s->n);
	*out = (int)v;
	return 0;
}

static int eat_char(struct span *s, const char *any)
{
	if (!s->n || !*s->p || !strchr(any, *s->p))
		return ERR_SYNTAX;
	*s = span_sub(*s, 1, s->n);
	return 0;
}

/* Days from 1970-01-01 (Hinnant, days_from_civil). */
static int64_t days_until(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y / 400;
	int64_t of_era = y - era * 400, shifted = (month + 9) % 12;
	int64_t of_year = (153 * shifted + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int eat_fraction(struct span *s, int *ms)
{
	struct span digits;
	int unit = 100;

	*ms = 0;
	if (eat_char(s, ".") < 0)
		return 0;
	digits = eat_digits(s);
	for (size_t i = 0; i < digits.n; i++, unit /= 10)
		*ms += (digits.p[i] - '0') * unit;
	return digits.n ? 0 : ERR_SYNTAX;
}

static int eat_offset(struct span *s, int64_t *min)
{
	int sign, h, m;

	*min = 0;
	if (eat_char(s, "Zz") == 0)
		return 0;
	sign = s->n && *s->p == '-' ? -1 : 1;
	if (eat_char(s, "+-") < 0 || eat_number(s, 2, 23, &h) < 0 || eat_char(s, ":") < 0 ||
	    eat_number(s, 2, 59, &m) < 0)
		return ERR_SYNTAX;
	*min = sign * (h * 60 + m);
	return 0;
}

static bool is_day(int year, int month, int day)
{
	int next = month == 12 ? 1 : month + 1;

	return month && day &&
	       day <= days_until(year + (month == 12), next, 1) - days_until(year, month, 1);
}

int clock_parse_rfc3339(struct span s, int64_t *time_ms)
{
	int year, month, day, h, min, sec, ms;
	int64_t offset;

	if (eat_number(&s, 4, 9999, &year) < 0 || eat_char(&s, "-") < 0 ||
	    eat_number(&s, 2, 12, &month) < 0 || eat_char(&s, "-") < 0 ||
	    eat_number(&s, 2, 31, &day) < 0 || eat_char(&s, "Tt ") < 0 ||
	    eat_number(&s, 2, 23, &h) < 0 || eat_char(&s, ":") < 0 ||
	    eat_number(&s, 2, 59, &min) < 0 || eat_char(&s, ":") < 0 ||
	    eat_number(&s, 2, 60, &sec) < 0 || eat_fraction(&s, &ms) < 0 ||
	    eat_offset(&s, &offset) < 0 || s.n || year < 1970 || !is_day(year, month, day))
		return err(ERR_SYNTAX, "not a time such as 2026-11-23T20:55:54Z");
	*time_ms = days_until(year, month, day) * MS_DAY + h * MS_H + (min - offset) * MS_MIN +
	           sec * MS_S + ms;
	return 0;
}

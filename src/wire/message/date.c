/* wire/message/date.c - see date.h.  RFC 5322 3.3, 4.3. */
#include "wire/message/date.h"
#include "wire/message/address.h"

struct date {
	unsigned year, month, day, hour, minute, second;
	int zone; /* minutes */
};

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char days[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

static const struct {
	char name[4];
	int16_t hours;
} zones[] = { { "UT", 0 },   { "GMT", 0 },  { "EST", -5 }, { "EDT", -4 }, { "CST", -6 },
	      { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };

/* Runs of letters, of digits, or one other octet; comments and folds skipped. */
static bool is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int take_word(struct span in, size_t *at, struct span *word)
{
	size_t from;

	if (message_skip_cfws(in, at) < 0)
		return ERR_SYNTAX;
	from = *at;
	while (*at < in.n && is_alpha(in.p[*at]))
		++*at;
	*word = span_sub(in, from, *at - from);
	return word->n ? 0 : ERR_SYNTAX;
}

/* Digits least..most of them. */
static int take_number(struct span in, size_t *at, size_t least, size_t most, unsigned *n)
{
	unsigned value = 0;
	size_t from;

	if (message_skip_cfws(in, at) < 0)
		return ERR_SYNTAX;
	for (from = *at; *at < in.n && is_digit(in.p[*at]) && *at - from <= most; ++*at)
		value = value * 10 + (unsigned)(in.p[*at] - '0');
	if (*at - from < least || *at - from > most)
		return ERR_SYNTAX;
	*n = value;
	return 0;
}

static bool take_char(struct span in, size_t *at, char c)
{
	if (message_skip_cfws(in, at) < 0 || *at >= in.n || in.p[*at] != c)
		return false;
	++*at;
	return true;
}

static int take_day_name(struct span in, size_t *at)
{
	struct span word;

	if (message_skip_cfws(in, at) < 0)
		return ERR_SYNTAX;
	if (*at >= in.n || !is_alpha(in.p[*at]))
		return 0;
	if (take_word(in, at, &word) < 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < N_ELEMS(days); i++)
		if (span_eq_nocase(word, span_str(days[i])))
			return take_char(in, at, ',') ? 0 : ERR_SYNTAX;
	return ERR_SYNTAX;
}

static int take_day(struct span in, size_t *at, struct date *d)
{
	struct span word;
	size_t from;

	if (take_number(in, at, 1, 2, &d->day) < 0 || take_word(in, at, &word) < 0)
		return ERR_SYNTAX;
	for (d->month = 0; d->month < N_ELEMS(months); d->month++)
		if (span_eq_nocase(word, span_str(months[d->month])))
			break;
	if (d->month++ == N_ELEMS(months) || message_skip_cfws(in, at) < 0)
		return ERR_SYNTAX;
	from = *at;
	if (take_number(in, at, 2, 4, &d->year) < 0)
		return ERR_SYNTAX;
	if (*at - from == 2)
		d->year += d->year < 50 ? 2000 : 1900;
	else if (*at - from == 3)
		d->year += 1900;
	return 0;
}

static int take_time(struct span in, size_t *at, struct date *d)
{
	if (take_number(in, at, 2, 2, &d->hour) < 0 || !take_char(in, at, ':') ||
	    take_number(in, at, 2, 2, &d->minute) < 0)
		return ERR_SYNTAX;
	d->second = 0;
	if (take_char(in, at, ':') && take_number(in, at, 2, 2, &d->second) < 0)
		return ERR_SYNTAX;
	return 0;
}

static int take_zone(struct span in, size_t *at, struct date *d)
{
	struct span word;
	unsigned n;
	bool east = take_char(in, at, '+');

	if (east || take_char(in, at, '-')) {
		if (*at >= in.n || !is_digit(in.p[*at]) || take_number(in, at, 4, 4, &n) < 0 ||
		    n % 100 > 59)
			return ERR_SYNTAX;
		d->zone = (int)(n / 100 * 60 + n % 100) * (east ? 1 : -1);
		return 0;
	}
	if (take_word(in, at, &word) < 0)
		return ERR_SYNTAX;
	d->zone = 0;
	for (size_t i = 0; i < N_ELEMS(zones); i++)
		if (span_eq_nocase(word, span_str(zones[i].name)))
			d->zone = zones[i].hours * 60;
	return 0;
}

static bool in_range(const struct date *d)
{
	static const unsigned char length[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

	if (d->year < 1900 || d->day < 1 || d->day > length[d->month - 1])
		return false;
	if (d->month == 2 && d->day == 29 && !leap)
		return false;
	return d->hour < 24 && d->minute < 60 && d->second <= 60;
}

/* Days since 1970-01-01, by years that begin in March. */
static int64_t days_since_1970(const struct date *d)
{
	int64_t year = (int64_t)d->year - (d->month <= 2);
	int64_t month = (d->month + 9) % 12;

	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + d->day -
	       1 - 719468;
}

static int64_t to_ms(const struct date *d)
{
	return (((days_since_1970(d) * 24 + d->hour) * 60 + d->minute - d->zone) * 60 + d->second) *
	       1000;
}

int message_date_parse(struct span value, int64_t *time_ms, int *zone_minutes)
{
	struct date d;
	size_t at = 0;

	if (take_day_name(value, &at) < 0 || take_day(value, &at, &d) < 0 ||
	    take_time(value, &at, &d) < 0 || take_zone(value, &at, &d) < 0)
		return ERR_SYNTAX;
	if (message_skip_cfws(value, &at) < 0 || at != value.n || !in_range(&d))
		return ERR_SYNTAX;
	*time_ms = to_ms(&d);
	if (zone_minutes)
		*zone_minutes = d.zone;
	return 0;
}

int message_date_sent(struct span value, int64_t *time_ms, int *zone_minutes)
{
	struct date d = { 0 }, day;
	size_t at = 0;

	if (take_day_name(value, &at) < 0 || take_day(value, &at, &d) < 0)
		return ERR_SYNTAX;
	day = d;
	if (take_time(value, &at, &d) < 0 || !in_range(&d))
		d = day;
	else if (take_zone(value, &at, &d) < 0)
		d.zone = 0;
	if (!in_range(&d))
		return ERR_SYNTAX;
	*time_ms = to_ms(&d);
	*zone_minutes = d.zone;
	return 0;
}

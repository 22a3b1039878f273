/* config/config_rates.c - see config_rates.h. */
#include "config/config_rates.h"

static const struct unit {
	char letter;
	int64_t ms;
	const char *name;
} units[] = {
	{ 's', 1000, "a second" },
	{ 'm', 60 * 1000, "a minute" },
	{ 'h', 60 * 60 * 1000, "an hour" },
	{ 'd', 24 * 60 * 60 * 1000, "a day" },
};

static int wrong(struct span word)
{
	return err(ERR_SYNTAX,
	           "%.*s is no number for a time such as 200/h; the times are s, m, h, d",
	           SPAN_ARG(word));
}

static const struct unit *unit_of(struct span text)
{
	for (size_t i = 0; text.n == 1 && i < N_ELEMS(units); i++)
		if (text.p[0] == units[i].letter)
			return &units[i];
	return NULL;
}

static int parse_one(struct span word, struct config_rate *out)
{
	struct span period = word, digits;
	uint64_t count;

	if (!span_split(&period, '/', &digits) || digits.n == word.n)
		return wrong(word);
	const struct unit *unit = unit_of(period);
	if (!unit || span_to_u64(digits, CONFIG_RATE_COUNT_MAX, &count) < 0 || !count)
		return wrong(word);
	*out = (struct config_rate){ (uint32_t)count, unit->ms };
	return 0;
}

int config_rates_parse(struct span text, struct config_rates *out)
{
	struct config_rates all = { 0 };
	struct span word;
	int r = 0;

	text = span_trim(text);
	if (span_eq(text, SPAN("off")))
		text = SPAN("");
	while (r >= 0 && span_split(&text, ' ', &word)) {
		if (all.n == CONFIG_RATES_MAX)
			return err(ERR_SYNTAX, "more than %d numbers", CONFIG_RATES_MAX);
		if (word.n)
			r = parse_one(word, &all.v[all.n++]);
	}
	if (r < 0)
		return r;
	*out = all;
	return 0;
}

static const struct unit *unit_for(const struct config_rate *rate)
{
	const struct unit *u = units;

	while (u->ms != rate->period_ms && u < units + N_ELEMS(units) - 1)
		u++;
	return u;
}

int config_rate_put(struct buf *b, const struct config_rate *rate)
{
	return buf_printf(b, "%u/%c", rate->count, unit_for(rate)->letter);
}

const char *config_rate_period(const struct config_rate *rate)
{
	return unit_for(rate)->name;
}

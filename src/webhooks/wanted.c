/* webhooks/wanted.c - see wanted.h. */
#include "webhooks/wanted.h"

#include "base/utf8.h"
#include "change/change.h"

enum { FIRST_REPORT = 16 }; /* bits below are of states */

bool wanted_has(uint32_t wanted, const struct record_change *f)
{
	return !wanted || wanted & 1u << (f->report ? FIRST_REPORT + f->report : f->state);
}

int wanted_states(struct span names, uint32_t *out)
{
	struct span rest = names, name;
	uint32_t states = 0;
	uint8_t state, report;

	while (names.n && span_split(&rest, ',', &name)) {
		name = span_trim(name);
		if (recipient_state_from_name(name, &state) >= 0)
			states |= 1u << state;
		else if (recipient_report_from_name(name, &report) >= 0)
			states |= 1u << (FIRST_REPORT + report);
		else
			return err(ERR_SYNTAX,
			           "\"%.*s\" is no event: they are named by the states of a "
			           "recipient, such as delivered or refused, and by what comes "
			           "back later, such as bounced or complained",
			           SPAN_ARG(name));
	}
	*out = states;
	return 0;
}

int wanted_next(uint32_t states, uint8_t *at, const char **out)
{
	while (*at < 32) {
		uint8_t bit = (*at)++;

		if (states & 1u << bit) {
			*out = bit < FIRST_REPORT
			               ? recipient_state_name(bit)
			               : recipient_report_name((uint8_t)(bit - FIRST_REPORT));
			return 1;
		}
	}
	return 0;
}

/* The next text of an array, with its quotes; escapes are not undone: equal texts were written
 * equally. */
static bool next_text(struct span *rest, struct span *out)
{
	ptrdiff_t from = span_find(*rest, '"');
	size_t n;

	if (from < 0)
		return false;
	*rest = span_sub(*rest, (size_t)from, rest->n);
	for (n = 1; n < rest->n && rest->p[n] != '"'; n++)
		n += rest->p[n] == '\\';
	if (n >= rest->n)
		return false;
	*out = span_sub(*rest, 0, n + 1);
	*rest = span_sub(*rest, n + 1, rest->n);
	return true;
}

bool wanted_tags_valid(struct span array)
{
	struct span one, rest = array;

	if (array.n < 2 || array.p[0] != '[' || !utf8_valid(array))
		return false;
	for (size_t i = 0; i < array.n; i++)
		if ((unsigned char)array.p[i] < ' ')
			return false;
	rest = span_trim(span_sub(rest, 1, rest.n));
	while (rest.n && rest.p[0] == '"' && next_text(&rest, &one)) {
		rest = span_trim(rest);
		if (!span_eat(&rest, SPAN(",")))
			break;
		rest = span_trim(rest);
		if (!rest.n || rest.p[0] != '"')
			return false;
	}
	return span_eq(rest, SPAN("]"));
}

static bool has(struct span array, struct span text)
{
	struct span one;

	while (next_text(&array, &one))
		if (span_eq(one, text))
			return true;
	return false;
}

bool wanted_tags_meet(struct span a, struct span b)
{
	struct span one;

	while (next_text(&a, &one))
		if (has(b, one))
			return true;
	return false;
}

/* policy/debts.c - see debts.h.  The generic cell rate algorithm (ITU-T I.371): one number a
 * source. */
#include "policy/debts.h"

#include "base/map.h"

/* The source's place, or that of who owes least among those that could be there. */
static struct debt *find(struct debts *d, struct span source)
{
	struct debt *row = d->rows[map_hash(source) % DEBTS_ROWS], *least = row;

	for (size_t i = 0; i < DEBTS_OF_ROW; i++) {
		if (span_eq(span_make(row[i].source, LIMITS_SOURCE_BYTES), source))
			return &row[i];
		if (row[i].paid_at < least->paid_at)
			least = &row[i];
	}
	memcpy(least->source, source.p, LIMITS_SOURCE_BYTES);
	least->paid_at = 0;
	return least;
}

int64_t debts_add(struct debts *d, const struct settings *set, const struct address *source,
                  int64_t now_at)
{
	char key[LIMITS_SOURCE_BYTES];
	int64_t free_ms = set->smtp_errors_soft * set->smtp_error_delay;
	int64_t most_at = now_at + free_ms + DEBTS_WAIT_MAX;

	if (!limits_source(source, key))
		return 0;
	struct debt *debt = find(d, span_make(key, sizeof key));
	if (debt->paid_at < now_at)
		debt->paid_at = now_at;
	debt->paid_at += set->smtp_error_delay;
	if (debt->paid_at > most_at)
		debt->paid_at = most_at;
	int64_t wait_ms = debt->paid_at - now_at - free_ms;
	return wait_ms > 0 ? wait_ms : 0;
}

/* calls/record_facts.c - see record_facts.h. */
#include "calls/record_facts.h"

enum { FACTS_BYTES = 2 };

int record_facts_put(struct record_message *m, struct record_facts facts, struct arena *mem)
{
	const char octets[FACTS_BYTES] = { (char)facts.known, (char)facts.hold };
	struct record_item item = { .kind = RECORD_ITEM_FACTS };
	struct record_item *items = arena_array(mem, struct record_item, m->n_items + 1);

	if (!items || arena_copy(mem, span_make(octets, FACTS_BYTES), &item.octets) < 0)
		return err(ERR_NO_MEMORY, "no memory for a message's facts");
	if (m->n_items)
		memcpy(items, m->items, m->n_items * sizeof *items);
	items[m->n_items++] = item;
	m->items = items;
	return 0;
}

struct record_facts record_facts_get(const struct record_message *m)
{
	for (size_t i = 0; i < m->n_items; i++) {
		struct span s = m->items[i].octets;

		if (m->items[i].kind == RECORD_ITEM_FACTS && s.n >= FACTS_BYTES)
			return (struct record_facts){ (uint8_t)s.p[0], (uint8_t)(s.p[0] & s.p[1]) };
	}
	return (struct record_facts){ 0 };
}

bool record_fact_holds(const struct record_message *m, enum record_fact fact)
{
	return record_facts_get(m).hold & fact;
}

/* calls/record_facts.c - see record_facts.h. */
#include "calls/record_facts.h"

enum { FACTS_BYTES = 2 };

int record_facts_put(struct record_message *m, struct record_facts facts, struct arena *mem)
{
	const char octets[FACTS_BYTES] = { (char)facts.known, (char)facts.hold };

	return record_item_add(m, RECORD_ITEM_FACTS, span_make(octets, FACTS_BYTES), mem);
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

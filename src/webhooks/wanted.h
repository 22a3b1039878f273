/* webhooks/wanted.h - which events an endpoint wants.  Pure. */
#ifndef WEBHOOKS_WANTED_H
#define WEBHOOKS_WANTED_H

#include "base/buf.h"
#include "change/change.h"

/* Names of states and of reports, with commas between them, as bits; empty: 0, any.  ERR_SYNTAX,
 * with words. */
NODISCARD int wanted_states(struct span names, uint32_t *out);
/* The names of those bits, each in its turn: 1; 0: there is no other.  *at: 0 at first. */
int wanted_next(uint32_t states, uint8_t *at, const char **out);

/* Is this change among them? */
bool wanted_has(uint32_t wanted, const struct record_change *f);

/* Is it a JSON array of texts, and nothing else? */
bool wanted_tags_valid(struct span array);
/* Do two JSON arrays of texts, as jansson writes them, have one in common? */
bool wanted_tags_meet(struct span a, struct span b);

#endif

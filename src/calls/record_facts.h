/* calls/record_facts.h - what is known of a message's text since it came in, as an item of its
 * record.
 *
 * Floor 2.  Found once, by who took the message (intake/facts.c); who delivers or shows it looks
 * there and not at the text.  A fact may be unknown: the record is older than the fact, or who made
 * it did not look.  Then it is taken for what costs nobody anything, or the text is looked at.
 *
 * The item RECORD_ITEM_FACTS: two octets, which facts are known and which of them hold; octets
 * behind them are for facts to come.
 */
#ifndef CALLS_RECORD_FACTS_H
#define CALLS_RECORD_FACTS_H

#include "base/arena.h"
#include "calls/records.h"

/* Bits; numbers are for ever. */
enum record_fact {
	RECORD_FACT_HEADER_8BIT = 1 << 0, /* an octet >= 0x80 in the header section           */
	RECORD_FACT_BODY_8BIT = 1 << 1,   /* in the body                                      */
	RECORD_FACT_SIGNED = 1 << 2,      /* its header says that the body must stay as it is
	                                     (wire/message/signed.h)                          */
};

struct record_facts {
	uint8_t known, hold;
};

/* m gets the item besides those that it has.  ERR_NO_MEMORY. */
NODISCARD int record_facts_put(struct record_message *m, struct record_facts facts,
                               struct arena *mem);
/* Nothing known: there is no item, or a malformed one. */
struct record_facts record_facts_get(const struct record_message *m);
/* It is known, and it holds. */
bool record_fact_holds(const struct record_message *m, enum record_fact fact);

#endif

/* store/mail/delivery.h - the entry that a delivery makes, from the message's record.  Pure. */
#ifndef STORE_MAIL_DELIVERY_H
#define STORE_MAIL_DELIVERY_H

#include "calls/mailbox_records.h"
#include "calls/records.h"
#include "store/mailbox/row.h"

/* What its item says; false: it has none that can be read. */
bool delivery_get(const struct record_recipient *to, struct record_delivery *out);
/* The entry of m's recipient i. */
struct box_row delivery_row(const struct record_message *m, uint32_t i,
                            const struct record_delivery *d);
/* The conversation that m belongs to; 0: its record is older than that. */
uint64_t delivery_thread(const struct record_message *m);
/* That of a message with this header section, which gets the number id. */
uint64_t delivery_thread_of(struct span header, uint64_t id);
/* Adds it to m, which has its id; in mem.  ERR_NO_MEMORY. */
NODISCARD int delivery_thread_put(struct record_message *m, struct span header, struct arena *mem);
/* What is known of its content; empty: nothing. */
struct span delivery_cache(const struct record_message *m);

#endif

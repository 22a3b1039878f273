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
/* What is known of its content; empty: nothing. */
struct span delivery_cache(const struct record_message *m);

#endif

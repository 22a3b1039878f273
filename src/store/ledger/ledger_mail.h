/* store/ledger/ledger_mail.h - what one batch says of mailboxes.
 *
 * Names are written at once; what an account uses is added up and written at the end.  Who needs a
 * message is counted in ledger_places.  Part of a transaction of ledger_write.c.  Floor 2.
 */
#ifndef STORE_LEDGER_MAIL_H
#define STORE_LEDGER_MAIL_H

#include "calls/mailbox_records.h"
#include "store/ledger/ledger_places.h"

struct account_uses;

struct ledger_mail {
	struct ledger *l;
	struct ledger_places *places;
	struct arena *mem;
	struct map map;
	struct account_uses *first;
};

void ledger_mail_init(struct ledger_mail *x, struct ledger *l, struct ledger_places *places,
                      struct arena *mem);
void ledger_mail_fini(struct ledger_mail *x);
/* A record of kind SEGMENT_MAILBOX, _ENTRIES, _FLAGS, _EXPUNGE or _REBUILT.  ERR_SYNTAX: it is
 * none. */
NODISCARD int ledger_mail_record(struct ledger_mail *x, uint8_t kind, struct span payload);
/* Recipient i of m, which has an account, has its entry. */
NODISCARD int ledger_mail_delivered(struct ledger_mail *x, const struct record_message *m,
                                    uint32_t i);
NODISCARD int ledger_mail_write(struct ledger_mail *x);

#endif

/* change/change.h - one change of one recipient's state: its struct, its octets, its JSON.
 *
 * Everything that is told of a recipient, by the server and by the library, is one of these.
 * Pure.  Floor 2: may include base/ and wire/smtp/verdict only.
 */
#ifndef CHANGE_CHANGE_H
#define CHANGE_CHANGE_H

#include "base/coding/pack.h"
#include "change/change_table.h"

/* The states of one recipient of one message; architecture: feedback. */
enum recipient_state {
	RECIPIENT_QUEUED = 1,    /* committed, not tried yet                       */
	RECIPIENT_TRYING = 2,    /* an attempt is under way                        */
	RECIPIENT_DELIVERED = 3, /* the recipient's server (or our mailbox) took it */
	RECIPIENT_DEFERRED = 4,  /* refused for now; will be tried again           */
	RECIPIENT_REFUSED = 5,   /* refused for good                               */
	RECIPIENT_EXPIRED = 6,   /* tried for delivery.expiry in vain              */
	RECIPIENT_CANCELLED = 7, /* by the operator or the sender                  */
	RECIPIENT_HELD = 8,      /* waits until the operator lets it go            */
};
const char *recipient_state_name(uint8_t state); /* "queued" …; "unknown" */
/* ERR_UNKNOWN when no state has that name. */
NODISCARD int recipient_state_from_name(struct span name, uint8_t *out);
/* DELIVERED, REFUSED, EXPIRED, CANCELLED. */
bool recipient_state_is_final(uint8_t state);

/* What came back later about a recipient, beside its state.  Numbers are kept. */
enum recipient_report {
	RECIPIENT_BOUNCED = 1,      /* it did not arrive after all (RFC 3464)       */
	RECIPIENT_COMPLAINED = 2,   /* its owner calls it unwanted (RFC 5965)       */
	RECIPIENT_AUTO_REPLIED = 3, /* a program of its owner answered (RFC 3834)    */
	RECIPIENT_DELAYED = 4,      /* another server tries still                  */
	RECIPIENT_REPORTS,
};
const char *recipient_report_name(uint8_t report); /* "bounced" ...; NULL: none */
/* ERR_UNKNOWN when no report has that name. */
NODISCARD int recipient_report_from_name(struct span name, uint8_t *out);

/* One change of one recipient's state, or a report (change_table.h).  recipient: index in the
 * message's list. class: enum smtp_class's number.  meaning: a sentence for the sender.
 * remote_address: "192.0.2.1:25".  code 0: no reply was seen.  next_try_ms: wall clock, 0 when
 * final.  seq orders all changes of this server. */
#define RECORD_CHANGE_FIELDS(F, L) CHANGE_TABLE(F)
PACK_DECLARE(record_change, RECORD_CHANGE_FIELDS)

/* The name of f's class; NULL before an attempt has ended, when there is none. */
const char *record_change_class(const struct record_change *f);

/* The JSON object, one line without its end, with the members of change_table.h in that order.
 * Empty spans, code 0, next_try 0, and the class before there was an outcome are null. */
int change_json(const struct record_change *f, struct buf *out);

#endif

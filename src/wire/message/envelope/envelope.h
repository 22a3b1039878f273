/* wire/message/envelope/envelope.h - what a mailbox's index knows of a message without reading it.
 *
 * Sources: RFC 9051 7.5.2 (ENVELOPE), 2.3.5; RFC 5256 2.1 (base subject), 2.2 (sent date), 3
 *          (references); RFC 8621 4.1.
 * Packed once, when a message comes in, and kept for ever: some 300 octets, never over
 * MESSAGE_ENVELOPE_BYTES.  Read back as spans into the record, without allocation.
 * Tolerant: it shows, it decides nothing; what cannot be read as an address is shown as it is.  Of
 * a field that is there twice the first counts. Pure.  Floor 1 (wire).
 *
 * Texts are as written, encoded words and all, on one line: folds are undone, control octets are
 * spaces.  They may hold octets >= 0x80 that are not UTF-8.
 */
#ifndef WIRE_MESSAGE_ENVELOPE_ENVELOPE_H
#define WIRE_MESSAGE_ENVELOPE_ENVELOPE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	MESSAGE_ENVELOPE_BYTES = 4096,         /* most that an index keeps of a message */
	MESSAGE_ENVELOPE_BYTES_MAX = 16 << 20, /* more than a header section can give   */
};

enum message_envelope_list {
	MESSAGE_ENVELOPE_FROM,
	MESSAGE_ENVELOPE_SENDER,
	MESSAGE_ENVELOPE_REPLY_TO,
	MESSAGE_ENVELOPE_TO,
	MESSAGE_ENVELOPE_CC,
	MESSAGE_ENVELOPE_BCC,
	MESSAGE_ENVELOPE_LISTS,
};

/* Spans borrow from the record.  p is NULL where the field is absent, and not when it is empty. */
struct message_envelope {
	struct span date, subject, in_reply_to, message_id;
	struct span lists[MESSAGE_ENVELOPE_LISTS]; /* message_envelope_address() reads them; Sender
	                                              and Reply-To as written: absent means From */
	struct span
	        references; /* valid message ids, "<a@b><c@d>", oldest first: of References, else
	                       the first one of In-Reply-To (RFC 5256 3); the last ones when cut */
	struct span base_subject; /* UTF-8; empty without one                               */
	bool reply;               /* the subject was a reply's or forward's: RFC 5256 2.1    */
	bool dated;               /* Date is there and a date: */
	int64_t sent_s;           /* seconds since 1970, UTC        */
	int zone_minutes;         /* east of Greenwich, as written  */
	bool cut; /* more than `max` octets: texts or lists end early.  For an exact answer pack the
	             header section again, with a larger max */
};

/* One entry of a list.  RFC 9051 7.5.2: a group begins with an entry that has a mailbox and no
 * host, and ends with one that has neither. */
struct message_envelope_address {
	struct span name;    /* p NULL: none.  Without quotes, encoded words as written          */
	struct span mailbox; /* p NULL: end of a group.  Without quotes; the name of a group     */
	struct span host;    /* p NULL: begin of a group.  Empty where an address has no domain  */
};

/* Appends the record of a header section (or a message, or the front of one).
 *   max  most octets to append: MESSAGE_ENVELOPE_BYTES for an index.  Past it the lists end
 *        early (Bcc, then Cc, then To ...) and the record says so.
 * 0, ERR_TOO_LONG (the buf's cap), ERR_NO_MEMORY. */
NODISCARD int message_envelope_pack(struct span header, size_t max, struct buf *out);

/* 0, or ERR_CORRUPT. */
NODISCARD int message_envelope_unpack(struct span record, struct message_envelope *out);

/* Takes an entry from the front of *list.  1, 0 at the end, ERR_CORRUPT. */
NODISCARD int message_envelope_address(struct span *list, struct message_envelope_address *out);

/* The list that counts: From where Sender or Reply-To are absent or empty (RFC 9051 7.5.2). */
struct span message_envelope_list(const struct message_envelope *e,
                                  enum message_envelope_list which);

/* Appends some of its fields as a header section, an address as "name <mailbox@host>".
 *   which  MESSAGE_ENVELOPE_SUBJECT, and 1 << list for each list
 * 0, ERR_CORRUPT, and what the buf says. */
enum { MESSAGE_ENVELOPE_SUBJECT = 1 << MESSAGE_ENVELOPE_LISTS };
NODISCARD int message_envelope_fields(const struct message_envelope *e, unsigned which,
                                      struct buf *out);

/* Appends "(date subject from sender ...)" as RFC 9051 7.5.2 has it.  utf8: the client takes UTF-8
 * in quoted strings (IMAP4rev2, or RFC 6855); else such text goes as a literal. */
int message_envelope_print(struct buf *out, const struct message_envelope *e, bool utf8);

#endif

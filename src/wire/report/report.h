/* wire/report/report.h - what comes back of a message that was delivered: read.
 *
 * Sources: RFC 3464 2 (delivery status notifications), RFC 6522 3 (multipart/report), RFC 6533 3
 *          (international ones), RFC 5965 3 (complaints), RFC 3834 5 (automatic answers).
 * Also bounces of servers that know none of these, by their text, where it is certain.
 * Pure: no I/O; into the arena given.
 */
#ifndef WIRE_REPORT_REPORT_H
#define WIRE_REPORT_REPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "change/change.h"

enum {
	REPORT_RECIPIENTS_MAX = 100,
	REPORT_BYTES_MAX =
	        256 << 10,     /* of a message that are looked at; the rest is what was sent */
	REPORT_TEXT_MAX = 500, /* octets of words */
};

/* About one recipient.  address: as who reports calls it; original: as the sender did.  Either may
 * be empty: it is not told.  code 0: none was told. */
struct report_about {
	uint8_t kind; /* enum recipient_report */
	struct span address, original;
	uint16_t code;
	struct span enhanced, text;
	uint8_t class; /* enum smtp_class */
};

/* reporter: the server's name, or empty.  Of the message that it is about, each empty where it is
 * not told: message_id, envelope_id (RFC 3461 4.4), mail_from (its return path). */
struct report {
	struct span reporter, message_id, envelope_id, mail_from;
	struct report_about *about;
	size_t n_about;
};

/* text: header section and body, or the front of it.  null_sender: it has no return path.
 * 1: *out says what it tells, of at least one recipient; 0: it is no report; ERR_NO_MEMORY. */
NODISCARD int report_read(struct span text, bool null_sender, struct arena *mem,
                          struct report *out);

#endif

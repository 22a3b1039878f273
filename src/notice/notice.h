/* notice/notice.h - what this server itself writes to people: notifications and letters.
 *
 * Sources: RFC 5321 4.5.5 (the null return path), RFC 3834 5 (Auto-Submitted).
 */
#ifndef NOTICE_NOTICE_H
#define NOTICE_NOTICE_H

#include "calls/records.h"
#include "directory/route.h"

/* Of whom the address leads to, m's recipients.  ERR_NO_MEMORY. */
NODISCARD int notice_address(struct span to, const struct directory_route *route, struct arena *mem,
                             struct record_message *m);
/* The parts of a whole text into m; and, where it leaves, the signature of our own domain, in *out,
 * in front of it.  What is pointed to stays the caller's.  As signing_put. */
NODISCARD WAITS int notice_take(struct span text, struct arena *mem, struct buf *out,
                                struct record_message *m);

/* A letter.  to: an address, or "postmaster".  message_id: without < >; text: lines that end in LF.
 * from_name empty: "Mail System"; reply_to empty: postmaster's. */
struct notice {
	struct span hostname, to, subject, text, message_id;
	struct span from_name, reply_to;
};

/* Hands it to the queue; *id.  ERR_NOT_FOUND, ERR_REFUSED, ERR_SYNTAX, ERR_LIMIT, ERR_TOO_LONG,
 * ERR_QUOTA: it cannot be delivered, for the reason in the words; others are faults of ours, and it
 * is to be tried again. */
NODISCARD WAITS int notice_send(const struct notice *n, uint64_t *id);

#endif

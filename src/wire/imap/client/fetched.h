/* wire/imap/client/fetched.h - what FETCH tells of a message.
 *
 * Source: RFC 3501 and RFC 9051 7.4.2 (7.5.2).  Pure.  Floor of wire/imap/args.
 */
#ifndef WIRE_IMAP_CLIENT_FETCHED_H
#define WIRE_IMAP_CLIENT_FETCHED_H

#include "wire/imap/cursor.h"
#include "wire/imap/date.h"

/* Borrowed.  uid 0, and has_ not set: not told. */
struct imap_fetched {
	uint32_t uid;
	bool has_flags, has_date, has_size, has_body;
	struct span flags; /* words as they came, SP between; without the ( ) */
	struct imap_time date;
	uint64_t size;
	struct span body; /* of whatever BODY[...] was asked; empty for NIL */
};

/* c: behind "* n FETCH ".  What is not known is passed over.  ERR_SYNTAX. */
NODISCARD int imap_fetched_parse(struct imap_cursor *c, struct imap_fetched *out);

#endif

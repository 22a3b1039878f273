/* wire/imap/args/append.h - APPEND, up to each message's octets and behind the last.
 *
 * Sources: RFC 3501 6.3.11; RFC 3502 (MULTIAPPEND); RFC 3516 4.4 (literal8); RFC 6855 4 (UTF8).
 * Pure; errors as cursor.h has them.  The messages themselves come from reader.h:
 * IMAP_READ_MESSAGE's text ends where the literal begins.
 */
#ifndef WIRE_IMAP_ARGS_APPEND_H
#define WIRE_IMAP_ARGS_APPEND_H

#include "wire/imap/date.h"
#include "wire/imap/flags.h"

struct imap_append {
	struct span mailbox; /* UTF-8; the first message's only */
	struct imap_flags flags;
	bool has_time;
	struct imap_time time;
	bool utf8; /* UTF8 (~{: the message may have UTF-8 in its header; NO unless UTF8=ACCEPT is
	              enabled */
};

/* First message: the cursor is imap_command_parse's of the event's text. */
NODISCARD int imap_append_parse(struct imap_cursor *c, struct imap_append *out);
/* A later one: c->rest is the event's text.  before: the last message's, whose UTF8 ( may have to
 * be closed; its mailbox is kept. */
NODISCARD int imap_append_next_parse(struct imap_cursor *c, const struct imap_append *before,
                                     struct imap_append *out);
/* IMAP_READ_APPENDED: c->rest is the event's text. */
NODISCARD int imap_append_end(struct imap_cursor *c, const struct imap_append *last);

#endif

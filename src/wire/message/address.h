/* wire/message/address.h - the mailboxes of From, Sender, To, Cc, ...
 *
 * Sources: RFC 5322 3.2 (tokens), 3.4 (address-list), 4.4 (obsolete forms: white
 *          space around dots, routes, empty elements); RFC 6532 3.2 (UTF-8).
 * One parse decides ownership, display and routing alike; it is strict, since a
 * lenient one would let "victim@x y"@evil stand for two different people.
 * Pure: no I/O, no allocation but into the buf given.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_ADDRESS_H
#define WIRE_MESSAGE_ADDRESS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	MESSAGE_ADDRESSES_MAX = 10000,   /* mailboxes and groups of one list   */
	MESSAGE_COMMENT_DEPTH_MAX = 100, /* comments in comments               */
};

/* One mailbox.  The spans borrow from the parsed value and are raw: quotes,
 * encoded words and, within obsolete forms, comments are as written. */
struct message_mailbox {
	struct span name;   /* display name; empty without one                         */
	struct span local;  /* local part, as written: `a`, `"a b"`, `a . b`           */
	struct span domain; /* domain or [literal], as written                         */
	struct span whole;  /* from the first token to the last                        */
	struct span group;  /* display name of the group it stands in; empty outside   */
	bool utf8;          /* local part or domain hold octets >= 0x80                */
};

/* An iterator; everything in it may be read, nothing written, by a caller. */
struct message_addresses {
	struct span in;
	size_t at;
	size_t n_mailboxes; /* mailboxes given so far          */
	size_t n_groups;    /* groups opened so far            */
	struct span group;  /* name of the group that is open  */
	bool in_group;
};

void message_addresses_begin(struct message_addresses *it, struct span value);
/* Returns 1 with the next mailbox in *out, 0 at the end, or
 *   ERR_SYNTAX  not an address list, a control octet, invalid UTF-8
 *   ERR_LIMIT   a limit above is exceeded
 * A group without members, and an empty element (`a@b,,c@d`), give no mailbox.
 * A mailbox needs a domain; <> is ERR_SYNTAX. */
NODISCARD int message_addresses_next(struct message_addresses *it, struct message_mailbox *out);

/* Parses a value that must hold exactly one mailbox, outside any group.  0,
 * ERR_SYNTAX, ERR_LIMIT. */
NODISCARD int message_mailbox_parse(struct span value, struct message_mailbox *out);

/* True when both name the same mailbox: the local part octet for octet after
 * needless quotes, comments and white space are removed; the domain likewise,
 * ASCII case-insensitive.  Only local and domain are looked at. */
bool message_address_eq(const struct message_mailbox *a, const struct message_mailbox *b);

/* Appends local@domain in its simplest form: comments and white space removed,
 * the local part quoted only where RFC 5322 3.4.1 needs it.  0, ERR_TOO_LONG,
 * ERR_NO_MEMORY. */
int message_address_put(struct buf *out, const struct message_mailbox *m);
/* Appends the display name as text: quotes and comments removed, folds undone;
 * encoded words stay (words.h decodes them).  As above. */
int message_name_put(struct buf *out, const struct message_mailbox *m);

/* Skips comments (nested) and folding white space at *at.  0, ERR_SYNTAX (open
 * comment, control octet), ERR_LIMIT. */
NODISCARD int message_skip_cfws(struct span in, size_t *at);

#endif

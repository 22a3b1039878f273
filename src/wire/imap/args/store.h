/* wire/imap/args/store.h - STORE, COPY, MOVE, EXPUNGE.
 *
 * Sources: RFC 3501 6.4.3, 6.4.6, 6.4.7; RFC 7162 3.1.3 (UNCHANGEDSINCE); RFC 6851 (MOVE); RFC
 * 4315 2.1 (UID EXPUNGE).  Pure; errors as cursor.h has them.  The cursor is imap_command_parse's,
 * and is taken to the end of the command.
 */
#ifndef WIRE_IMAP_ARGS_STORE_H
#define WIRE_IMAP_ARGS_STORE_H

#include "wire/imap/flags.h"
#include "wire/imap/set.h"

enum imap_store_how { IMAP_STORE_REPLACE, IMAP_STORE_ADD, IMAP_STORE_REMOVE };

struct imap_store {
	struct imap_set set;
	enum imap_store_how how;
	bool silent;
	bool has_unchanged_since;
	uint64_t unchanged_since;
	struct imap_flags flags;
};
NODISCARD int imap_store_parse(struct imap_cursor *c, struct imap_store *out);

/* COPY and MOVE. */
struct imap_copy {
	struct imap_set set;
	struct span mailbox; /* UTF-8, not empty */
};
NODISCARD int imap_copy_parse(struct imap_cursor *c, struct imap_copy *out);

/* UID EXPUNGE.  EXPUNGE alone: imap_take_end(). */
NODISCARD int imap_uid_expunge_parse(struct imap_cursor *c, struct imap_set *out);

#endif

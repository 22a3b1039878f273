/* wire/imap/client/listed.h - mailboxes as a server names them.
 *
 * Sources: RFC 3501 and RFC 9051 7.2.2 (LIST), 7.2.3 (LSUB); RFC 2342 (NAMESPACE).  Pure.  Floor of
 *          wire/imap/args.
 */
#ifndef WIRE_IMAP_CLIENT_LISTED_H
#define WIRE_IMAP_CLIENT_LISTED_H

#include "base/buf.h"
#include "wire/imap/cursor.h"

enum { IMAP_NAMESPACES_MAX = 16 };

struct imap_listed {
	struct span name; /* octets to name it by in commands */
	char delimiter;   /* 0: no levels */
	bool selectable;
};
/* c: behind "* LIST ". */
NODISCARD int imap_listed_parse(struct imap_cursor *c, struct imap_listed *out);

/* Prefixes. */
struct imap_namespaces {
	struct span personal;                    /* the first one; "INBOX." at Courier's */
	struct span others[IMAP_NAMESPACES_MAX]; /* of other people's, and shared: not empty ones */
	size_t n_others;
};
/* c: behind "* NAMESPACE ". */
NODISCARD int imap_namespaces_parse(struct imap_cursor *c, struct imap_namespaces *out);

/* The name as a path in UTF-8 with '/' between levels, the personal prefix off; out of modified
 * UTF-7, or as it is when it is none but UTF-8.  A '/' within a level becomes '_'.  Appends.
 * ERR_SYNTAX: it cannot be one.  ERR_REFUSED: it is not among the personal ones. */
NODISCARD int imap_listed_path(const struct imap_listed *l, const struct imap_namespaces *n,
                               struct buf *out);

#endif

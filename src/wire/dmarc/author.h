/* wire/dmarc/author.h - whose domain a message claims to be from.
 *
 * Sources: RFC 9989 5.3.1 (Author Domain), 11.5 (several of them); RFC 5322 3.6.2.
 */
#ifndef WIRE_DMARC_AUTHOR_H
#define WIRE_DMARC_AUTHOR_H

#include "base/buf.h"

enum dmarc_author {
	DMARC_AUTHOR_ONE,
	DMARC_AUTHOR_NONE, /* no From, or no mailbox in it, or one that cannot be read */
	DMARC_AUTHOR_MANY, /* several From, or mailboxes of several domains */
};

/* Looks at each From of a header section.  *domain is appended to with DMARC_AUTHOR_ONE: as written
 * (U-labels stay), comments and white space removed, in lower case where it is ASCII. */
enum dmarc_author dmarc_author(struct span header, struct buf *domain);

#endif

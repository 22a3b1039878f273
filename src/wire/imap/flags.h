/* wire/imap/flags.h - lists of flags, read and written.
 *
 * Sources: RFC 3501 and RFC 9051 2.3.2, 9 (flag-list).  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_IMAP_FLAGS_H
#define WIRE_IMAP_FLAGS_H

#include "base/buf.h"
#include "wire/imap/cursor.h"

enum {
	IMAP_KEYWORDS_MAX = 100, /* in one command              */
	IMAP_KEYWORD_MAX = 255,  /* octets                      */
};

enum imap_flag_at {
#define FLAG(NAME, word) IMAP_FLAG_AT_##NAME,
#include "wire/imap/flags.def"
#undef FLAG
	IMAP_FLAG_COUNT
};

enum imap_flag {
#define FLAG(NAME, word) IMAP_FLAG_##NAME = 1 << IMAP_FLAG_AT_##NAME,
#include "wire/imap/flags.def"
#undef FLAG
};

struct imap_flags {
	unsigned system;             /* OR of imap_flag */
	const struct span *keywords; /* atoms, case as sent, none twice in any case of letters */
	size_t n_keywords;
};

/* "(\Seen $Forwarded)" or "()". ERR_SYNTAX also for \Recent and backslash words that are unknown.
 */
NODISCARD int imap_take_flag_list(struct imap_cursor *c, struct imap_flags *out);
/* The same, or flags without ( ), as STORE has them. */
NODISCARD int imap_take_flags(struct imap_cursor *c, struct imap_flags *out);
/* An atom of at most IMAP_KEYWORD_MAX octets: SEARCH KEYWORD. */
NODISCARD int imap_take_keyword(struct imap_cursor *c, struct span *out);

/* "(\Answered \Seen $Forwarded)"; extra, behind all (PERMANENTFLAGS' "\\*"), may be NULL. */
int imap_put_flags(struct buf *out, const struct imap_flags *flags, const char *extra);

#endif

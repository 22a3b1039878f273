/* wire/imap/capability.h - the words of CAPABILITY and ENABLE.  Rows: capabilities.def.
 *
 * Sources: RFC 3501 and RFC 9051 6.1.1, 7.2.1 (7.2.2); RFC 5161; RFC 7888 5 (one of LITERAL+ and
 * LITERAL- only).  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_IMAP_CAPABILITY_H
#define WIRE_IMAP_CAPABILITY_H

#include "base/buf.h"
#include "wire/imap/command.h"

enum imap_capability {
#define CAPABILITY(NAME, ...) IMAP_CAP_##NAME,
#include "wire/imap/capabilities.def"
#undef CAPABILITY
	IMAP_CAP_COUNT
};
_Static_assert(IMAP_CAP_COUNT <= 64, "a set of them is 64 bits");
#define IMAP_CAP(NAME) (UINT64_C(1) << IMAP_CAP_##NAME)

/* OR of IMAP_CAP(): those that are told in the state. */
uint64_t imap_capabilities(enum imap_state state);
/* Which ENABLE knows; 0 for a word that it does not, which is no error (RFC 5161 3.1). */
uint64_t imap_capability_enable(struct span word);

/* Behind words that end in "=". */
struct imap_capability_values {
	struct span mechanisms; /* "SCRAM-SHA-256 PLAIN": AUTH= for each */
	uint64_t append_limit;  /* APPENDLIMIT=; octets                  */
};
/* "IMAP4rev1 IMAP4rev2 ...", for "* CAPABILITY ..." and "[CAPABILITY ...]". */
int imap_put_capabilities(struct buf *out, uint64_t told, const struct imap_capability_values *v);
/* "CONDSTORE QRESYNC": for "* ENABLED ...". */
int imap_put_enabled(struct buf *out, uint64_t enabled);

#endif

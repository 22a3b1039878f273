/* inspect/virus/known.h - verdicts about files, by their SHA-256, for as long as they may hold.
 *
 * The same file goes to many, and is scanned once.  A verdict is forgotten when the scanner has
 * other signatures than it had, and after VIRUS_KNOWN_MS in any case: lists that an operator adds
 * have no version.  At most VIRUS_KNOWN_MAX are kept; a newer one takes the place of an older.
 */
#ifndef INSPECT_VIRUS_KNOWN_H
#define INSPECT_VIRUS_KNOWN_H

#include <stdint.h>

#include "base/span.h"

enum {
	VIRUS_KNOWN_MAX = 16 << 10,
	VIRUS_KNOWN_MS = 10 * 60 * 1000,
	VIRUS_NAME_BYTES = 64,
	VIRUS_VERSION_BYTES = 128,
};

/* virus: its name, cut; empty for none.  now_at: clock_now_at(). */
void virus_known_put(const unsigned char sha256[], struct span virus, int64_t now_at);
/* False: nothing is known.  *virus lives until the next put. */
bool virus_known_get(const unsigned char sha256[], int64_t now_at, struct span *virus);
/* What the scanner's signatures are now. */
void virus_known_version(struct span version);

#endif

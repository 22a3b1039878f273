/* directory/signer.h - which of a domain's DKIM keys sign.  Floor 3; pure.
 *
 * A key that takes another's place signs once its record was seen in DNS: before that, a signature
 * of it is one that nobody can check.
 */
#ifndef DIRECTORY_SIGNER_H
#define DIRECTORY_SIGNER_H

#include "calls/directory.h"

/* Of each algorithm the newest that is published; where none of the domain's keys is, the oldest,
 * which is checked as soon as it is published. */
bool signer_uses(const struct directory_signer *s, size_t key);

#endif

/* mailfile/name.h - a level of a mailbox's path as the name of a file, and back.
 *
 * '%' is %25, '&' %26; a '.' at the begin and in a ".mbox" or ".eml" at the end is %2E: so no
 * mailbox is named as something else is.  A name of other people's that has a '&' is modified
 * UTF-7, as Dovecot has it, unless it is none.  Pure.
 */
#ifndef MAILFILE_NAME_H
#define MAILFILE_NAME_H

#include "base/buf.h"

enum { MAILFILE_NAME_MAX = 240 }; /* octets of a file's name, so that an ending fits behind it */

/* ERR_TOO_LONG: no file can be named so. */
NODISCARD int mailfile_name_put(struct span level, struct buf *out);
int mailfile_name_get(struct span name, struct buf *out);

#endif

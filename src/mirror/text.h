/* mirror/text.h - our texts as databases take them.  Pure. */
#ifndef MIRROR_TEXT_H
#define MIRROR_TEXT_H

#include <stdint.h>

#include "base/span.h"

enum { MIRROR_TEXT_REPLACEMENT = 0xfffd };

/* UTF-8 as UTF-16: at most `most` units, no pair divided.  What no text may hold (NUL, which
 * PostgreSQL takes nowhere, and octets that are no UTF-8) becomes U+FFFD.  Returns the units. */
size_t mirror_text(struct span utf8, size_t most, uint16_t *out);

#endif

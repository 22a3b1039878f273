/* wire/imap/tag.h - tags of commands (RFC 3501 and RFC 9051 2.2.1, 9).  Pure.  Floor 1 (wire). */
#ifndef WIRE_IMAP_TAG_H
#define WIRE_IMAP_TAG_H

#include "base/span.h"

enum { IMAP_TAG_MAX = 64 }; /* octets */

/* The tag at the front of a line, however it goes on: empty when there is none that is valid. */
struct span imap_tag_of(struct span line);

#endif

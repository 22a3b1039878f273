/* wire/message/write/filetype.h - a media type from a file name's extension.
 *
 * A small table of what people attach; the names are those of IANA's registry
 * (RFC 6838).  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_FILETYPE_H
#define WIRE_MESSAGE_FILETYPE_H

#include "base/span.h"

/* "application/octet-stream" for what is not known. */
struct span message_filetype(struct span file_name);

#endif

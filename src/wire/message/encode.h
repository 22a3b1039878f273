/* wire/message/encode.h - content transfer encodings, outwards.
 *
 * Sources: RFC 2045 6.1-6.2 (choice), 6.7 (quoted-printable), 6.8 (base64).
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_ENCODE_H
#define WIRE_MESSAGE_ENCODE_H

#include "base/buf.h"
#include "base/span.h"

enum message_encoding {
	MESSAGE_ENCODING_7BIT,
	MESSAGE_ENCODING_8BIT,
	MESSAGE_ENCODING_BINARY,
	MESSAGE_ENCODING_QP,
	MESSAGE_ENCODING_BASE64,
	MESSAGE_ENCODING_UNKNOWN, /* read only: RFC 2045 6.4: treat as application/octet-stream */
};

enum { MESSAGE_ENCODED_LINE = 76 }; /* RFC 2045 6.7 (5), 6.8 */

/* "7bit", "quoted-printable", ... */
const char *message_encoding_name(enum message_encoding e);
/* Case-insensitive; UNKNOWN for any other. */
enum message_encoding message_encoding_parse(struct span name);

/* The encoding for text whose lines end in CRLF: 7BIT when it is ASCII without
 * NUL and controls but HTAB, CR and LF only in CRLF, lines <= 998 octets and
 * none beginning with "From " (a mailbox file would change it); else QP while at
 * least half of the octets stay readable, else BASE64. */
enum message_encoding message_encoding_choose(struct span text);

/* Each appends; 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
/* Lines of 76 characters, the last one too ends in CRLF; nothing for no octets. */
int message_base64_put(struct buf *out, struct span in);
/* How many octets that are of n. */
uint64_t message_base64_size(uint64_t n);
/* A CRLF in `in` is a line break; any other CR or LF is encoded, so that decoding
 * gives `in` back, octet for octet. */
int message_qp_put(struct buf *out, struct span in);
/* By the encoding; 7BIT, 8BIT, BINARY append `in` as it is. */
int message_encode_put(struct buf *out, enum message_encoding e, struct span in);

#endif

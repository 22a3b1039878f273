/* wire/message/structure/decoder.h - a content transfer encoding undone in pieces.
 *
 * Sources: RFC 2045 6.7, 6.8; RFC 9051 6.4.5 (BINARY, BINARY.SIZE).
 * Gives, however the pieces are cut, what decode.h gives of the whole.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_STRUCTURE_DECODER_H
#define WIRE_MESSAGE_STRUCTURE_DECODER_H

#include "base/buf.h"
#include "base/span.h"
#include "wire/message/encode.h"

enum {
	MESSAGE_DECODER_SPACE_MAX = 128
}; /* white space before a line's end that is removed; a
      longer run stays (lines of QP have 76 octets) */

struct message_decoder {
	enum message_encoding encoding;
	uint64_t octets; /* decoded so far: BINARY.SIZE */
	/* base64: */
	uint32_t group;
	unsigned n_group;
	/* quoted-printable: what may be the end of a line, or half an =XY */
	unsigned n_held;
	char held[MESSAGE_DECODER_SPACE_MAX + 4];
};

void message_decoder_begin(struct message_decoder *d, enum message_encoding e);
/* Each appends what is known by now; out may be emptied in between.  0, ERR_TOO_LONG,
 * ERR_NO_MEMORY. */
int message_decoder_put(struct message_decoder *d, struct span piece, struct buf *out);
int message_decoder_end(struct message_decoder *d, struct buf *out);

#endif

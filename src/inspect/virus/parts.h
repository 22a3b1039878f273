/* inspect/virus/parts.h - what is looked at for viruses in a message: its files, decoded, and the
 * rest.
 *
 * A file is what a recipient could save: what is no text, or has a name, or is an encoded message.
 * Files of encoded messages within are files of the message.  The rest is the message without the
 * files that can be decoded in one way only: what readers might take in different ways stays in it,
 * as it came, besides being decoded.  Pure.
 */
#ifndef INSPECT_VIRUS_PARTS_H
#define INSPECT_VIRUS_PARTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/message/encode.h"

enum { VIRUS_INNER_MAX = 1000, VIRUS_SHA256_BYTES = 32 };

struct virus_part {
	struct span name;   /* UTF-8; may be empty */
	struct span octets; /* still encoded */
	enum message_encoding encoding;
	bool is_file;
	bool left_out; /* of the rest */
	unsigned char sha256[VIRUS_SHA256_BYTES];
};

struct virus_parts {
	struct span message;
	struct virus_part *v; /* all that is no multipart */
	size_t n;
	bool cut; /* a limit was reached: there is more than is here */
};

/* Lines end in CRLF.  Spans borrow from the message and the arena.  0 or ERR_NO_MEMORY. */
NODISCARD int virus_parts_find(struct span message, struct arena *mem, struct virus_parts *out);
/* Appends what is in it. */
NODISCARD int virus_part_decode(const struct virus_part *p, struct buf *out);
/* The rest of the message in pieces; zeroed at first.  False at the end. */
struct virus_rest {
	size_t at, part;
};
bool virus_rest_next(struct virus_rest *rest, const struct virus_parts *parts, struct span *piece);

#endif

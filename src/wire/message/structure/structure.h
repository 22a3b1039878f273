/* wire/message/structure/structure.h - the parts of a message, as an index keeps them.
 *
 * Sources: RFC 9051 7.5.2 (BODYSTRUCTURE), 6.4.5.1 (numbers of parts); RFC 2045, 2046, 2183, 3282,
 * 1864. walk.h makes the record; here it is read, without allocation: spans borrow from it. Offsets
 * count from the first octet of the header section.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_STRUCTURE_STRUCTURE_H
#define WIRE_MESSAGE_STRUCTURE_STRUCTURE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/message/encode.h"

/* Past a limit the parse is cut, never the message: what is not opened or listed is body of the
 * part that holds it, and the record says so (MESSAGE_STRUCTURE_CUT). */
enum {
	MESSAGE_WALK_DEPTH_MAX = 50,               /* parts in parts                     */
	MESSAGE_WALK_PARTS_MAX = 1000,             /* parts of a message                 */
	MESSAGE_WALK_HEADER_BYTES_MAX = 256 << 10, /* of a part; the message's own: 1 MiB */
	MESSAGE_WALK_FIELDS_BYTES_MAX = 8 << 10,   /* kept of a part's fields            */
	MESSAGE_STRUCTURE_BYTES_MAX = 1 << 20,     /* of a record                        */
};

enum message_structure_flag {
	MESSAGE_STRUCTURE_CUT = 1 << 0,        /* a limit above was reached            */
	MESSAGE_STRUCTURE_ATTACHMENT = 1 << 1, /* holds a part that a reader would list as one: a
	                                          disposition other than inline, or a file name */
};

/* A part.  Texts as written; p NULL where a field is absent. */
struct message_structure_part {
	unsigned depth; /* 0: the message itself; the parts of a multipart, and what a
	                   message/rfc822 holds, are one deeper */
	uint64_t header_at, body_at, body_n; /* the header with the empty line; the body without the
	                                        CRLF of the boundary */
	uint64_t lines;                      /* line ends in the body                  */
	struct span type, subtype;           /* never absent: text/plain by default    */
	struct span params, disposition_params, language; /* message_structure_text() reads them */
	struct span id, description, md5, disposition, location;
	struct span encoding_name; /* as written: "x-uuencode" */
	enum message_encoding encoding;
	struct span envelope; /* of the message in a message/rfc822: envelope.h; p NULL otherwise */
};

/* Walks the parts in the order of their beginnings; everything may be read, nothing written. */
struct message_structure {
	struct span rest;
	size_t n_parts;
	unsigned flags; /* OR of enum message_structure_flag */
};

/* 0, or ERR_CORRUPT. */
NODISCARD int message_structure_begin(struct message_structure *s, struct span record);
/* 1, 0 at the end, ERR_CORRUPT. */
NODISCARD int message_structure_next(struct message_structure *s,
                                     struct message_structure_part *out);

/* Takes a text from the front of a list: of params name and value in turn (without quotes, names as
 * written, so also name*0*), of languages one.  1, 0 at the end, ERR_CORRUPT. */
NODISCARD int message_structure_text(struct span *list, struct span *text);
/* A parameter's value; RFC 2231 forms are not put together here. */
bool message_structure_param(struct span params, struct span name, struct span *value);

bool message_structure_is(const struct message_structure_part *p, const char *type,
                          const char *subtype);

/* Appends BODYSTRUCTURE, or with extended false BODY (RFC 9051 7.5.2).  utf8 as in envelope.h.
 * 0, ERR_CORRUPT, ERR_TOO_LONG, ERR_NO_MEMORY. */
NODISCARD int message_structure_print(struct buf *out, struct span record, bool extended,
                                      bool utf8);

#endif

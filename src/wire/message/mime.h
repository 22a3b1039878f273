/* wire/message/mime.h - the parts of a MIME message.
 *
 * Sources: RFC 2045 5-6, RFC 2046 5.1 (multipart), 5.2.1 (message/rfc822), 5.1.5
 *          (digest's default type); RFC 6532 3.7 (message/global).
 * One pass over the lines with a stack of open boundaries: no recursion, time
 * linear in the octets.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_MIME_H
#define WIRE_MESSAGE_MIME_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/message/encode.h"

enum {
	MESSAGE_MIME_DEPTH_MAX = 100,
	MESSAGE_MIME_PARTS_MAX = 10000,
	MESSAGE_BOUNDARY_MAX = 200, /* RFC 2046 5.1.1 permits 70 */
	MESSAGE_MIME_NO_PARENT = -1,
};

/* What is unusual; a reader may warn, a policy may refuse. */
enum message_mime_fault {
	MESSAGE_MIME_DEPTH = 1 << 0,       /* deeper parts were not opened                     */
	MESSAGE_MIME_PARTS = 1 << 1,       /* later parts were not listed                      */
	MESSAGE_MIME_NOT_CLOSED = 1 << 2,  /* a multipart ended without its closing boundary   */
	MESSAGE_MIME_NO_BOUNDARY = 1 << 3, /* a multipart without (a usable) boundary: not opened */
	MESSAGE_MIME_ENCODED =
	        1 << 4, /* a multipart said base64 or QP: opened all the same, RFC 2045 6.4 */
	MESSAGE_MIME_TYPE = 1 << 5, /* an unreadable Content-Type: text/plain (RFC 2045 5.2) */
	MESSAGE_MIME_DUPLICATE =
	        1 << 6, /* Content-Type or -Transfer-Encoding twice in a part: the first counts */
	MESSAGE_MIME_HEADER = 1 << 7, /* a part's header ended at a malformed line or limit */
};

/* A part.  Spans borrow from the message or live in the arena. */
struct message_part {
	int parent;       /* index into parts, or MESSAGE_MIME_NO_PARENT for the message itself */
	unsigned depth;   /* 0 for the message itself                           */
	struct span type; /* "text"; as written, compare with span_eq_nocase    */
	struct span subtype;     /* "plain"                                            */
	struct span charset;     /* decoded; empty without one                         */
	struct span boundary;    /* decoded; of a multipart                            */
	struct span disposition; /* "attachment", "inline", as written; or empty       */
	struct span name;       /* file name: of Content-Disposition, else of Content-Type; UTF-8 */
	struct span content_id; /* as written, brackets included                      */
	enum message_encoding encoding;
	size_t header_at; /* offsets into the message                   */
	size_t body_at;
	size_t body_n;   /* without the CRLF of the boundary           */
	unsigned faults; /* OR of enum message_mime_fault               */
};

struct message_mime {
	struct message_part *parts; /* in the order of their beginnings: parts[0] is the message */
	size_t n_parts;
	unsigned faults; /* those of all parts together */
};

/* Walks the message; lines end in CRLF (header.h).  0 or ERR_NO_MEMORY. */
NODISCARD int message_mime_parse(struct span message, struct arena *arena,
                                 struct message_mime *out);

/* The part's octets, still encoded: message_decode(body, part->encoding, ...). */
struct span message_part_body(struct span message, const struct message_part *part);
/* Case-insensitive; subtype NULL is any. */
bool message_part_is(const struct message_part *part, const char *type, const char *subtype);

#endif

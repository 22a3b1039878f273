/* wire/http/multipart.h - a form with files, multipart/form-data (RFC 7578), taken as it comes.
 * Pure.
 *
 * Names are as browsers (https://html.spec.whatwg.org/, %22, %0D, %0A) and curl (\" and \\) write
 * them.
 */
#ifndef WIRE_HTTP_MULTIPART_H
#define WIRE_HTTP_MULTIPART_H

#include "base/arena.h"

enum {
	HTTP_BOUNDARY_MAX = 70,       /* octets (RFC 2046 5.1.1) */
	HTTP_PART_HEAD_MAX = 8 << 10, /* of the head of a part */
};

enum http_multipart_event {
	HTTP_PART_MORE,  /* give it what is left with more behind */
	HTTP_PART_BEGIN, /* the part is told */
	HTTP_PART_DATA,  /* octets of it */
	HTTP_PART_END,
	HTTP_PARTS_OVER, /* what follows is of no matter */
};

/* In the arena. */
struct http_part {
	struct span name;
	struct span file_name; /* empty: it has none */
	struct span type;      /* "image/png"; empty: not said */
};

struct http_multipart {
	unsigned state;                        /* multipart.c's */
	char delimiter[HTTP_BOUNDARY_MAX + 4]; /* CRLF, --, the boundary */
	size_t delimiter_n;
};

/* From the value of Content-Type.  ERR_NOT_FOUND, without words: it is another type; ERR_SYNTAX: it
 * has no boundary. */
NODISCARD int http_multipart_begin(struct http_multipart *m, struct span content_type);
/* Takes octets from the front of *in: enum http_multipart_event.  *part is set with BEGIN, *out
 * with DATA.  ERR_SYNTAX, with words; ERR_NO_MEMORY. */
NODISCARD int http_multipart_take(struct http_multipart *m, struct span *in, struct arena *mem,
                                  struct http_part *part, struct span *out);

#endif

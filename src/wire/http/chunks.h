/* wire/http/chunks.h - a body in chunks (RFC 9112 7.1), taken as it comes.  Pure. */
#ifndef WIRE_HTTP_CHUNKS_H
#define WIRE_HTTP_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum { HTTP_CHUNK_LINE_MAX = 1024, HTTP_TRAILERS_MAX = 8 << 10 };

/* Zero at the body's beginning. */
struct http_chunks {
	unsigned state;  /* chunks.c's */
	uint64_t left;   /* octets of the chunk at hand */
	unsigned digits; /* of its size */
	size_t line, trailers;
	bool cr;
};

/* Takes octets from the front of *in: *out, octets of the body among them, which may be none.  1:
 * the body goes on; 0: it is over, and the next request begins with *in.  ERR_SYNTAX: it is no such
 * body, and where the next request begins is not known.  Extensions and trailers are passed over.
 */
NODISCARD int http_chunks_take(struct http_chunks *c, struct span *in, struct span *out);

#endif

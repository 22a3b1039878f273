/* wire/http/query.h - what stands in a target: segments of the path, and names with values of the
 * query (RFC 3986 3.3, 3.4; application/x-www-form-urlencoded of https://url.spec.whatwg.org/).
 * Pure. */
#ifndef WIRE_HTTP_QUERY_H
#define WIRE_HTTP_QUERY_H

#include "base/arena.h"

/* The next segment of a path that begins with "/", decoded: *path is behind it then.  1; 0: there
 * is no other.  ERR_SYNTAX: it is empty, ".", "..", holds a NUL or a "/" that was encoded, or what
 * stands behind a % is no octet. */
NODISCARD int http_segment(struct span *path, struct arena *mem, struct span *out);

/* The next name and value of a query or a form's body, decoded; a + is a space.  1; 0: there is no
 * other.  ERR_SYNTAX: as above. */
NODISCARD int http_parameter(struct span *query, struct arena *mem, struct span *name,
                             struct span *value);

#endif

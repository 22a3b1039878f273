/* wire/http/autodiscover.h - what a mail program asks Microsoft's autodiscover, as plain XML.
 *
 * [MS-OXDSCLI] 2.2.3 (the request).  Pure.  It is read as strictly as it can be: no document type,
 * no entity but the five of XML, nothing twice.
 */
#ifndef WIRE_HTTP_AUTODISCOVER_H
#define WIRE_HTTP_AUTODISCOVER_H

#include "base/arena.h"

enum { HTTP_AUTODISCOVER_MAX = 8 << 10 /* octets */ };

struct http_autodiscover {
	struct span address; /* EMailAddress; not empty, else not looked at */
	struct span schema;  /* AcceptableResponseSchema; empty: none is named */
};

/* ERR_SYNTAX: it is no such request.  The texts live in mem. */
NODISCARD int http_autodiscover_parse(struct span xml, struct arena *mem,
                                      struct http_autodiscover *out);

#endif

/* wire/http/head.h - the head of a request: request line and fields.
 *
 * RFC 9110, RFC 9112 (HTTP/1.1).  Pure.  Strict where two readers could disagree about where a
 * request ends (RFC 9112 11.2): a line ends in CRLF and nothing else, no field is folded, nothing
 * stands between its name and the colon, a length is given once and not beside chunks.
 * Spans borrow from the octets.
 */
#ifndef WIRE_HTTP_HEAD_H
#define WIRE_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum {
	HTTP_HEAD_MAX = 16 << 10, /* octets, with the empty line */
	HTTP_FIELDS_MAX = 100,
	HTTP_TARGET_MAX = 8 << 10,
};

enum http_method {
	HTTP_OTHER, /* a token that is none of these: 501, or 405 where the others are known */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHODS
};
const char *http_method_name(enum http_method m);

enum http_framing { HTTP_NO_BODY, HTTP_LENGTH, HTTP_CHUNKED };

struct http_field {
	struct span name, value; /* value: without the space around it */
};

struct http_head {
	enum http_method method;
	struct span path;  /* begins with "/", or is "*"; as it came, percent-encoded */
	struct span query; /* behind the "?", which is not in it */
	struct span host;  /* as Host has it, or the target's; empty in HTTP/1.0 */
	unsigned minor;    /* of HTTP/1.x */
	enum http_framing framing;
	uint64_t length;      /* of the body; HTTP_LENGTH */
	bool keeps_alive;     /* the connection may stay for another request */
	bool awaits_continue; /* the client sends the body once it is asked for it (100) */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t n_fields;
};

/* What a refusal answers: a status of RFC 9110 15, and err_str's words say why. */
struct http_refusal {
	int status;
};

/* Octets of the head at the front of what has come, its empty line included; an empty line before
 * it (RFC 9112 2.2) counts too.  0: it is not all there.  ERR_SYNTAX (400), ERR_TOO_LONG (431): it
 * never will be. */
NODISCARD int http_head_end(struct span octets, size_t *out, struct http_refusal *no);
/* octets: those of http_head_end.  ERR_SYNTAX, with the status to answer. */
NODISCARD int http_head_parse(struct span octets, struct http_head *out, struct http_refusal *no);
/* The first field of that name; an empty value when there is none. */
struct span http_field(const struct http_head *h, const char *name);
/* How many fields have that name. */
size_t http_field_count(const struct http_head *h, const char *name);

#endif

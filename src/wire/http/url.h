/* wire/http/url.h - an absolute URL that we are to connect to: https://HOST[:PORT][/PATH][?QUERY].
 *
 * RFC 3986 3, RFC 9110 4.2.  Pure.  Strict where two readers could disagree about the host: no
 * userinfo, no fragment, no number that stands for an address other than four of them.
 */
#ifndef WIRE_HTTP_URL_H
#define WIRE_HTTP_URL_H

#include "base/coding/ip.h"

enum { HTTP_URL_MAX = 2000 };

/* Spans borrow from the text. */
struct http_url {
	bool clear;       /* http */
	struct span host; /* a name, or an address without brackets */
	struct ip ip;     /* n 0: it is a name */
	uint16_t port;
	struct span target; /* path and query; may be empty */
};

/* ERR_SYNTAX, ERR_TOO_LONG, with words. */
NODISCARD int http_url_parse(struct span text, struct http_url *out);

#endif

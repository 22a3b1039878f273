/* config/config_route.h - where mail goes: one line of delivery.routes, and which line is meant.
 *
 * Pure.  A line is
 *
 *	[from=PATTERN] [to=]PATTERN ACTION [HOST[:PORT]] [tls=WORD] [login=NAME]
 *
 * PATTERN: `*`, `user@example.org`, `example.org`, or `.example.org` for what is below it; from=<>
 * is the null return path.  ACTION: direct (the servers that DNS names), relay HOST (by SMTP),
 * lmtp HOST or lmtp unix:/PATH (RFC 2033), discard, hold.  tls: none, opportunistic, required,
 * implicit (RFC 8314 3.3); at a socket none.  login: a row of server.credentials.
 */
#ifndef CONFIG_CONFIG_ROUTE_H
#define CONFIG_CONFIG_ROUTE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "config/settings.h"

enum config_route_action {
	ROUTE_DIRECT, /* also when no line fits */
	ROUTE_RELAY,
	ROUTE_LMTP,
	ROUTE_DISCARD,
	ROUTE_HOLD,
};

enum config_route_tls {
	ROUTE_TLS_OPPORTUNISTIC,
	ROUTE_TLS_NONE,
	ROUTE_TLS_REQUIRED,
	ROUTE_TLS_IMPLICIT,
};

/* Spans borrow from the line. */
struct config_route {
	struct span from, to; /* patterns; empty: `*` */
	enum config_route_action action;
	struct span host; /* a name, an address without brackets, or the path of a Unix socket */
	uint16_t port;    /* 0 without a host and of a socket, else never */
	enum config_route_tls tls;
	struct span login; /* empty: none */
};

/* ERR_SYNTAX, ERR_REFUSED (a login that would go in the clear to another machine) with a sentence
 * in the detail. */
NODISCARD int config_route_parse(struct span line, struct config_route *out);
/* All lines of delivery.routes, which the settings have checked; spans borrow from them.
 * ERR_NO_MEMORY. */
NODISCARD int config_routes(const struct settings_list *lines, struct arena *mem,
                            struct config_route **out);
/* The first of n routes that fits goes to *out; its index, or -1 and DIRECT when none does.
 * return_path: local@domain, empty for <>.  address: the recipient's; domain: its, in A-labels.
 * Domains and local parts are compared without regard to case. */
int config_route_find(const struct config_route *routes, size_t n, struct span return_path,
                      struct span address, struct span domain, struct config_route *out);
/* host is the path of a Unix socket: it begins with a slash. */
bool config_route_is_socket(const struct config_route *route);
/* The next hop alone, without patterns, in one spelling: "relay mx.example.net:587 tls=required
 * login=main".  Two routes lead to the same place when this is the same.  config_route_parse
 * takes it with a pattern in front. */
NODISCARD int config_route_print(const struct config_route *route, struct buf *out);

#endif

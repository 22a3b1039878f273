/* queue/hop.c - see hop.h. */
#include "queue/hop.h"

#include "calls/auth.h"

enum { HOP_MAX = 1024 };

int hop_of(const struct hop_routes *routes, struct span return_path, struct span address,
           struct span domain, struct arena *mem, struct hop *out)
{
	struct config_route route;

	config_route_find(routes->v, routes->n, return_path, address, domain, &route);
	*out = (struct hop){ .action = route.action, .name = domain };
	if (route.action != ROUTE_RELAY && route.action != ROUTE_LMTP)
		return 0;
	AUTO_BUF name = BUF(HOP_MAX);
	int r = config_route_print(&route, &name);
	return r < 0 ? r : arena_copy(mem, buf_span(&name), &out->name);
}

bool hop_settles(const struct hop *hop, struct record_change *out)
{
	if (hop->action == ROUTE_HOLD) {
		out->state = RECIPIENT_HELD;
		out->meaning = SPAN("A line of delivery.routes holds it: the message waits here "
		                    "until it is released.");
	} else if (hop->action == ROUTE_DISCARD) {
		out->state = RECIPIENT_CANCELLED;
		out->meaning = SPAN("A line of delivery.routes discards it: it was not sent.");
	} else {
		return false;
	}
	return true;
}

static const uint8_t tls_of[] = {
	[ROUTE_TLS_OPPORTUNISTIC] = COURIER_TLS_OPPORTUNISTIC,
	[ROUTE_TLS_NONE] = COURIER_TLS_NONE,
	[ROUTE_TLS_REQUIRED] = COURIER_TLS_REQUIRED,
	[ROUTE_TLS_IMPLICIT] = COURIER_TLS_IMPLICIT,
};

static WAITS int put_login(struct span name, struct arena *mem, struct courier_attempt_args *out)
{
	struct auth_relay_login_args a = { .name = name };
	struct auth_relay_login_reply got;
	int r = auth_relay_login(&a, mem, &got); /* WAITS */

	if (r < 0)
		return r;
	out->user = got.user;
	out->password = got.password;
	return 0;
}

int hop_put(struct span name, struct arena *mem, struct courier_attempt_args *out)
{
	struct config_route route;
	char *line;

	if (span_find(name, ' ') < 0)
		return 0;
	line = arena_printf(mem, "* %.*s", SPAN_ARG(name));
	if (!line)
		return ERR_NO_MEMORY;
	int r = config_route_parse(span_str(line), &route);
	if (r < 0)
		return r;
	out->route = route.action == ROUTE_LMTP ? COURIER_LMTP : COURIER_RELAY;
	out->domain = out->host = route.host;
	out->port = route.port;
	out->tls = tls_of[route.tls];
	return route.login.n ? put_login(route.login, mem, out) : 0;
}

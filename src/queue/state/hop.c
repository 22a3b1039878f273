/* queue/state/hop.c - see hop.h. */
#include "queue/state/hop.h"

#include "calls/auth.h"

enum { HOP_MAX = 1024 };

static int print(const struct config_route *route, struct arena *mem, struct span *out)
{
	AUTO_BUF name = BUF(HOP_MAX);
	int r = config_route_print(route, &name);

	return r < 0 ? r : arena_copy(mem, buf_span(&name), out);
}

static int parse(struct span hop, struct arena *mem, struct config_route *out)
{
	char *line = arena_printf(mem, "* %.*s", SPAN_ARG(hop));

	return line ? config_route_parse(span_str(line), out) : ERR_NO_MEMORY;
}

int hop_of(const struct hop_routes *routes, const struct hop_rcpt *to, struct arena *mem,
           struct hop *out)
{
	struct config_route route;
	int r = 0;

	if (span_eq(to->route, SPAN(HOP_HERE))) {
		*out = (struct hop){ .action = ROUTE_DIRECT, .name = SPAN(HOP_HERE) };
		return 0;
	}
	if (!to->route.n)
		config_route_find(routes->v, routes->n, to->return_path, to->address, to->domain,
		                  &route);
	else
		r = parse(to->route, mem, &route);
	if (r < 0)
		return r;
	*out = (struct hop){ .action = route.action, .name = to->domain };
	if (route.action != ROUTE_RELAY && route.action != ROUTE_LMTP)
		return 0;
	return print(&route, mem, &out->name);
}

int hop_route(struct span text, struct arena *mem, struct span *out)
{
	struct config_route route;
	int r = parse(text, mem, &route);

	if (r == ERR_SYNTAX)
		return err(r, "%.*s is no next hop such as direct, relay HOST or lmtp HOST: %s",
		           SPAN_ARG(text), err_str(r));
	if (r < 0)
		return r;
	if (route.action == ROUTE_HOLD || route.action == ROUTE_DISCARD)
		return err(ERR_SYNTAX, "%.*s is no next hop: direct, relay HOST or lmtp HOST",
		           SPAN_ARG(text));
	return print(&route, mem, out);
}

bool hop_settles(const struct hop *hop, struct record_change *out)
{
	if (hop->action == ROUTE_HOLD) {
		out->state = RECIPIENT_HELD;
		out->meaning = SPAN("A line of delivery.routes holds it: the message waits here "
		                    "until it is released (postrider queue release).");
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

WAITS int hop_put(struct span name, struct arena *mem, struct courier_attempt_args *out)
{
	struct config_route route;
	int r;

	if (span_find(name, ' ') < 0)
		return 0;
	r = parse(name, mem, &route);
	if (r < 0)
		return r;
	out->route = route.action == ROUTE_LMTP ? COURIER_LMTP : COURIER_RELAY;
	out->domain = out->host = route.host;
	out->port = route.port;
	out->tls = tls_of[route.tls];
	return route.login.n ? put_login(route.login, mem, out) : 0;
}

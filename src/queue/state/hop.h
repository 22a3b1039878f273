/* queue/state/hop.h - where a recipient's mail goes next: what delivery.routes say of it.
 *
 * A destination is named by the domain when its mail goes direct, else by the hop itself, as
 * config_route_print writes it ("relay smtp.example.net:587 tls=required login=main"): so whatever
 * one relay host takes stands in one line, under one limit of connections.  A domain holds no
 * space.
 */
#ifndef QUEUE_STATE_HOP_H
#define QUEUE_STATE_HOP_H

#include "calls/queue.h"
#include "config/config_route.h"

/* Of recipients of ours whose mail waits for its time (RECORD_ITEM_LATER): into their mailboxes. */
#define HOP_HERE "local delivery"

/* delivery.routes, read. */
struct hop_routes {
	struct config_route *v;
	size_t n;
};

struct hop {
	enum config_route_action action;
	struct span name; /* of the destination */
};

/* Whose next hop.  domain: the address's, in lower-case A-labels.  route: the hop that an order
 * gave this recipient, as hop_route prints it; empty: none. */
struct hop_rcpt {
	struct span return_path, address, domain, route;
};
/* Spans borrow from it or live in mem.  ERR_NO_MEMORY. */
NODISCARD int hop_of(const struct hop_routes *routes, const struct hop_rcpt *to, struct arena *mem,
                     struct hop *out);
/* A hop as people write it ("relay MX.example.net"), in one spelling.  ERR_SYNTAX, ERR_REFUSED. */
NODISCARD int hop_route(struct span text, struct arena *mem, struct span *out);
/* What becomes at once of a recipient whose mail is not to be sent: held or cancelled, in words.
 * False: it is to be sent. */
bool hop_settles(const struct hop *hop, struct record_change *out);
/* Fills in the route of an attempt at the destination, with its login, for which the auth role is
 * asked.  ERR_NOT_FOUND: there is no such login; ERR_UNAVAILABLE. */
NODISCARD WAITS int hop_put(struct span name, struct arena *mem, struct courier_attempt_args *out);

#endif

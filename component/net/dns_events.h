/* component/net/dns_events.h - a poller as libunbound's event base. */
#ifndef COMPONENT_NET_DNS_EVENTS_H
#define COMPONENT_NET_DNS_EVENTS_H

#include <unbound-event.h>

#include "component/net/poller.h"

struct dns_events {
	struct ub_event_base base;
	struct ub_event_base_vmt vmt;
	struct poller *poller;
};

void dns_events_init(struct dns_events *e, struct poller *p);

#endif

/* courier/self.c - see self.h. */
#include "courier/self.h"

#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "courier/addr.h"

static int add_listens(struct self *me, struct settings_list list)
{
	for (size_t i = 0; i < list.n; i++) {
		struct address *at = &me->listens[me->n_listens];

		if (me->n_listens == SELF_LISTENS_MAX)
			return err(ERR_LIMIT, "more than %d listeners", SELF_LISTENS_MAX);
		if (address_parse(span_str(list.v[i]), 0, at) < 0)
			return err(ERR_CONFIG, "listener %s is no address", list.v[i]);
		me->n_listens++;
	}
	return 0;
}

static void add_interfaces(struct self *me, const struct ifaddrs *all)
{
	for (const struct ifaddrs *i = all; i && me->n_interfaces < SELF_INTERFACES_MAX;
	     i = i->ifa_next) {
		struct address *a = &me->interfaces[me->n_interfaces];

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			a->len = sizeof a->in;
		else if (i->ifa_addr->sa_family == AF_INET6)
			a->len = sizeof a->in6;
		else
			continue;
		memcpy(&a->sa, i->ifa_addr, a->len);
		me->n_interfaces++;
	}
}

static int read_interfaces(struct self *me)
{
	struct ifaddrs *all;

	me->interfaces = calloc(SELF_INTERFACES_MAX, sizeof *me->interfaces);
	if (!me->interfaces)
		return err(ERR_NO_MEMORY, "no memory for our addresses");
	if (getifaddrs(&all) < 0)
		return err_errno(ERR_NET, "cannot list our addresses");
	add_interfaces(me, all);
	freeifaddrs(all);
	return 0;
}

int self_init(struct self *me, const struct settings *set)
{
	struct span name = span_str(set->server_hostname);
	int r;

	*me = (struct self){ 0 };
	if (name.n >= sizeof me->hostname)
		return err(ERR_CONFIG, "server.hostname is too long");
	if (name.n)
		memcpy(me->hostname, name.p, name.n);
	else if (gethostname(me->hostname, sizeof me->hostname - 1) < 0)
		return err_errno(ERR_CONFIG, "cannot read the machine's name");
	if ((r = add_listens(me, set->listen_smtp)) < 0 ||
	    (r = add_listens(me, set->listen_submission)) < 0 ||
	    (r = add_listens(me, set->listen_submissions)) < 0)
		return r;
	return read_interfaces(me);
}

void self_fini(struct self *me)
{
	free(TAKE(me->interfaces));
}

bool self_is_name(const struct self *me, struct span host)
{
	return span_eq_nocase(host, span_str(me->hostname));
}

static bool on_an_interface(const struct self *me, const struct address *a)
{
	/* 127.0.0.0/8 is ours, though the interface tells only 127.0.0.1. */
	if (address_is_loopback(a) || addr_is_unspecified(a))
		return true;
	for (size_t i = 0; i < me->n_interfaces; i++)
		if (addr_same_host(&me->interfaces[i], a))
			return true;
	return false;
}

bool self_is_address(const struct self *me, const struct address *a)
{
	for (size_t i = 0; i < me->n_listens; i++) {
		const struct address *l = &me->listens[i];

		if (l->sa.sa_family != a->sa.sa_family || addr_port(l) != addr_port(a))
			continue;
		if (addr_is_unspecified(l) ? on_an_interface(me, a) : addr_same_host(l, a))
			return true;
	}
	return false;
}

/* courier/own_addresses.c - see own_addresses.h. */
#include "courier/own_addresses.h"

#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rt/stream/stream.h"

static int add_listens(struct own_addresses *own, struct settings_list list)
{
	for (size_t i = 0; i < list.n; i++) {
		struct address at;

		if (own->n_listens == OWN_LISTENS_MAX)
			return err(ERR_LIMIT, "more than %d listeners", OWN_LISTENS_MAX);
		if (address_parse(span_str(list.v[i]), 0, &at) < 0)
			return err(ERR_CONFIG, "listener %s is no address", list.v[i]);
		address_ip(&at, &own->listens[own->n_listens].ip);
		own->listens[own->n_listens++].port = address_port(&at);
	}
	return 0;
}

static void add_interfaces(struct own_addresses *own, const struct ifaddrs *all)
{
	for (const struct ifaddrs *i = all; i && own->n_interfaces < OWN_INTERFACES_MAX;
	     i = i->ifa_next) {
		struct address a = { 0 };

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			a.len = sizeof a.in;
		else if (i->ifa_addr->sa_family == AF_INET6)
			a.len = sizeof a.in6;
		else
			continue;
		memcpy(&a.sa, i->ifa_addr, a.len);
		address_ip(&a, &own->interfaces[own->n_interfaces++]);
	}
}

static int read_interfaces(struct own_addresses *own)
{
	struct ifaddrs *all;

	own->interfaces = calloc(OWN_INTERFACES_MAX, sizeof *own->interfaces);
	if (!own->interfaces)
		return err(ERR_NO_MEMORY, "no memory for our addresses");
	if (getifaddrs(&all) < 0)
		return err_errno(ERR_NET, "cannot list our addresses");
	add_interfaces(own, all);
	freeifaddrs(all);
	return 0;
}

int own_addresses_init(struct own_addresses *own, const struct settings *set)
{
	struct span name = span_str(set->server_hostname);
	int r;

	*own = (struct own_addresses){ .socket = span_str(set->listen_lmtp_socket) };
	if (name.n >= sizeof own->hostname)
		return err(ERR_CONFIG, "server.hostname is too long");
	if (name.n)
		memcpy(own->hostname, name.p, name.n);
	else if (gethostname(own->hostname, sizeof own->hostname - 1) < 0)
		return err_errno(ERR_CONFIG, "cannot read the machine's name");
	if ((r = add_listens(own, set->listen_smtp)) < 0 ||
	    (r = add_listens(own, set->listen_submission)) < 0 ||
	    (r = add_listens(own, set->listen_submissions)) < 0)
		return r;
	return read_interfaces(own);
}

void own_addresses_fini(struct own_addresses *own)
{
	free(TAKE(own->interfaces));
}

bool own_addresses_has_name(const struct own_addresses *own, struct span host)
{
	return span_eq_nocase(host, span_str(own->hostname)) ||
	       (own->socket.n && span_eq(host, own->socket));
}

static bool on_an_interface(const struct own_addresses *own, const struct ip *ip)
{
	/* 127.0.0.0/8 is ours, though the interface tells only 127.0.0.1. */
	if (ip_is_loopback(ip) || ip_is_unspecified(ip))
		return true;
	for (size_t i = 0; i < own->n_interfaces; i++)
		if (ip_eq(&own->interfaces[i], ip))
			return true;
	return false;
}

bool own_addresses_has(const struct own_addresses *own, const struct ip *ip, uint16_t port)
{
	for (size_t i = 0; i < own->n_listens; i++) {
		const struct ip *l = &own->listens[i].ip;

		if (l->n != ip->n || own->listens[i].port != port)
			continue;
		if (ip_is_unspecified(l) ? on_an_interface(own, ip) : ip_eq(l, ip))
			return true;
	}
	return false;
}

/* courier/rdns.c - the forward-confirmed name of a client's address.
 *
 * RFC 8601 2.7.3 and RFC 1912 2.1: the PTR record's name counts only when that
 * name's own address leads back.
 */
#include "courier/courier.h"

#include <stdio.h>

#include "resolver/resolver.h"
#include "wire/smtp/domain.h"

enum { RDNS_MS = 2000, RDNS_NAMES_MAX = 3 };

/* enum policy_iprev. */
static WAITS uint8_t leads_back(struct span name, const struct address *a, struct arena *mem)
{
	enum resolver_type type = a->sa.sa_family == AF_INET6 ? RESOLVER_AAAA : RESOLVER_A;
	struct resolver_answer answer;
	struct ip want, got;

	address_ip(a, &want);
	if (resolver_ask(name, type, mem, &answer) < 0) /* WAITS */
		return POLICY_IPREV_TEMPERROR;
	if (answer.status != RESOLVER_FOUND)
		return POLICY_IPREV_FAIL;
	for (size_t i = 0; i < answer.n_records; i++) {
		address_ip(&answer.records[i].address, &got);
		if (ip_eq(&got, &want))
			return POLICY_IPREV_PASS;
	}
	return POLICY_IPREV_FAIL;
}

/* DNS may hold any octets: only a host name may go into Received fields and logs. */
static bool is_host_name(struct span name)
{
	bool utf8;

	return smtp_domain_check(name, &utf8) >= 0 && !utf8;
}

/* As address_text prints it, which is IPv6 without brackets. */
static int parse_ip(struct span text, struct address *out)
{
	char bracketed[ADDRESS_TEXT_BYTES];

	if (span_find(text, ':') < 0)
		return address_parse(text, 0, out);
	snprintf(bracketed, sizeof bracketed, "[%.*s]", SPAN_ARG(text));
	return address_parse(span_str(bracketed), 0, out);
}

WAITS int policy_rdns_here(const struct policy_rdns_args *args, struct arena *mem,
                           struct policy_rdns_reply *out)
{
	FIBRE_TIMEOUT(RDNS_MS);
	struct resolver_answer ptr;
	struct address a;
	int r;

	r = parse_ip(args->ip, &a);
	if (r < 0)
		return r;
	*out = (struct policy_rdns_reply){ .iprev = POLICY_IPREV_UNKNOWN };
	if (address_is_special(&a) && !args->special)
		return 0;
	r = resolver_ask_ptr(&a, mem, &ptr); /* WAITS */
	out->iprev = r < 0 ? POLICY_IPREV_TEMPERROR : POLICY_IPREV_NONE;
	for (size_t i = 0;
	     r >= 0 && ptr.status == RESOLVER_FOUND && i < ptr.n_records && i < RDNS_NAMES_MAX;
	     i++) {
		struct span name = ptr.records[i].name;
		uint8_t iprev = is_host_name(name) ? leads_back(name, &a, mem) /* WAITS */
		                                   : POLICY_IPREV_FAIL;

		if (iprev == POLICY_IPREV_PASS)
			out->name = name;
		if (iprev == POLICY_IPREV_PASS || out->iprev != POLICY_IPREV_TEMPERROR)
			out->iprev = iprev;
		if (iprev == POLICY_IPREV_PASS)
			break;
	}
	return 0;
}

/* doctor/host.c - our name, and the names of our addresses.
 *
 * RFC 5321 2.3.5 (a name that resolves), 4.1.1.1; RFC 1912 2.1 (PTR and A agree).
 */
#include "doctor/doctor_impl.h"

#include "wire/dnslist/dnslist.h"

/* Names that no other network knows (RFC 6761, RFC 6762). */
static bool is_private_name(struct span host)
{
	static const char *const ends[] = { ".local", ".localdomain", ".internal", ".lan",
		                            ".localhost" };

	for (size_t i = 0; i < N_ELEMS(ends); i++)
		if (span_ends_nocase(host, span_str(ends[i])))
			return true;
	return span_find(host, '.') < 0;
}

/* How many of a name's addresses mail leaves from; *other: one that it does not. */
static size_t count_ours(const struct doctor *d, const struct doctor_addresses *all,
                         const struct ip **other)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (doctor_is_ours(d, &all->v[i]->ip))
			n++;
		else
			*other = &all->v[i]->ip;
	return n;
}

void doctor_check_host(struct doctor *d)
{
	struct span host = doctor_host(d);
	const struct ip *other = NULL;

	if (is_private_name(host)) {
		doctor_mend(d, host,
		            "server.hostname is %.*s, a name that nobody outside knows: set it to "
		            "one that DNS has, such as mail.example.org",
		            SPAN_ARG(host));
		return;
	}
	struct doctor_addresses all = doctor_addresses_of(d, host);
	size_t n = count_ours(d, &all, &other);
	struct span at = other ? doctor_ip(d, other) : SPAN("");
	if (!n && all.failed)
		doctor_unasked(d, host, "DNS did not say what addresses %.*s has", SPAN_ARG(host));
	else if (!all.n)
		doctor_mend(d, host,
		            "%.*s has no address in DNS: publish an A record (and AAAA) for it, or "
		            "set server.hostname to a name that has one",
		            SPAN_ARG(host));
	else if (!n && d->n_addresses)
		doctor_mend(d, host,
		            "%.*s leads to %.*s, and mail leaves from %.*s: correct its A or AAAA "
		            "record, or tell by --address what your address is",
		            SPAN_ARG(host), SPAN_ARG(at), SPAN_ARG(doctor_ip(d, &d->addresses[0])));
	else if (other)
		doctor_hint(d, host,
		            "%.*s also leads to %.*s, which mail does not leave from: take that "
		            "address out of DNS unless it is meant",
		            SPAN_ARG(host), SPAN_ARG(at));
	else
		doctor_well(d, host, "%.*s leads here", SPAN_ARG(host));
}

static bool leads_back(struct doctor *d, struct span name, const struct ip *ip, bool *failed)
{
	struct dns_answer answer = doctor_ask(d, ip->n == 4 ? DNS_A : DNS_AAAA, name);

	*failed = *failed || answer.status == DNS_FAILED;
	for (size_t i = 0; i < answer.n; i++)
		if (ip_eq(&answer.records[i].ip, ip))
			return true;
	return false;
}

static struct dns_answer ask_names(struct doctor *d, const struct ip *ip)
{
	/* What a list of addresses is asked is what a reverse zone is asked. */
	struct dnslist zone = { .zone = ip->n == 4 ? SPAN("in-addr.arpa") : SPAN("ip6.arpa") };
	struct dns_question q;

	if (!dnslist_question(&zone, ip, DNS_PTR, &q))
		return (struct dns_answer){ .status = DNS_NO_NAME };
	return doctor_ask(d, DNS_PTR, span_str(q.name));
}

static void judge_names(struct doctor *d, const struct ip *ip, const struct dns_answer *names)
{
	struct span at = doctor_ip(d, ip), host = doctor_host(d), first = names->records[0].name;
	struct span back = { 0 };
	bool failed = false;

	for (size_t i = 0; i < names->n; i++) {
		if (!leads_back(d, names->records[i].name, ip, &failed))
			continue;
		back = names->records[i].name;
		if (span_eq_nocase(back, host)) {
			doctor_well(d, at, "%.*s is named %.*s, which leads back", SPAN_ARG(at),
			            SPAN_ARG(host));
			return;
		}
	}
	if (back.n)
		doctor_mend(d, at,
		            "%.*s is named %.*s, and we greet as %.*s: have whoever gave you the "
		            "address set its PTR record to %.*s, or set server.hostname to %.*s",
		            SPAN_ARG(at), SPAN_ARG(back), SPAN_ARG(host), SPAN_ARG(host),
		            SPAN_ARG(back));
	else if (failed)
		doctor_unasked(d, at, "DNS did not say whether %.*s leads to %.*s", SPAN_ARG(first),
		               SPAN_ARG(at));
	else
		doctor_mend(d, at,
		            "%.*s is named %.*s, which does not lead back: publish an address "
		            "record of %.*s for it, or have the PTR record set to %.*s",
		            SPAN_ARG(at), SPAN_ARG(first), SPAN_ARG(at), SPAN_ARG(host));
}

static void check_names(struct doctor *d, const struct ip *ip)
{
	struct span at = doctor_ip(d, ip), host = doctor_host(d);
	struct dns_answer names = ask_names(d, ip);

	if (names.status == DNS_FAILED)
		doctor_unasked(d, at, "DNS did not say what name %.*s has", SPAN_ARG(at));
	else if (!names.n)
		doctor_mend(
		        d, at,
		        "%.*s has no name in DNS: have whoever gave you the address set its PTR "
		        "record to %.*s; many servers take no mail from it without",
		        SPAN_ARG(at), SPAN_ARG(host));
	else
		judge_names(d, ip, &names);
}

void doctor_check_ptr(struct doctor *d)
{
	if (d->relay.n)
		doctor_well(d, d->relay, "mail leaves by %.*s, whose names those are",
		            SPAN_ARG(d->relay));
	else if (!d->n_addresses)
		doctor_unseen(d, doctor_host(d),
		              "it is not known which addresses mail leaves from: tell them by "
		              "--address");
	for (size_t i = 0; i < d->n_addresses && !d->relay.n; i++)
		check_names(d, &d->addresses[i]);
}

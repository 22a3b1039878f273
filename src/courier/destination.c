/* courier/destination.c - see destination.h. */
#include "courier/destination.h"

#include <arpa/inet.h>

#include "courier/addr.h"
#include "wire/smtp/domain.h"

static void fail(struct destination *d, enum smtp_cause cause, const char *why)
{
	if (!d->trouble.done)
		d->trouble = failure_result(SMTP_STAGE_RESOLVE, cause, span_str(why));
}

/* A question about `name` ended with r. */
static void fail_question(struct destination *d, struct span name, int r)
{
	if (r == ERR_DNS)
		fail(d, SMTP_CAUSE_DNS, arena_printf(d->mem, "DNS: %s", err_str(r)));
	else if (r == ERR_TIMEOUT)
		fail(d, SMTP_CAUSE_DNS,
		     arena_printf(d->mem, "DNS: %.*s: no answer in time", SPAN_ARG(name)));
	else
		fail(d, r == ERR_CANCELLED ? SMTP_CAUSE_SHUTDOWN : SMTP_CAUSE_LOCAL, NULL);
}

/* Adds some of a host's addresses; false when one of them all is our own. */
static bool add_addresses(struct destination *d, struct span host,
                          const struct resolver_record *records, size_t n)
{
	const struct destination_rules *rules = d->rules;
	size_t n_added = 0;

	for (size_t i = 0; i < n; i++) {
		struct address a = records[i].address;

		addr_set_port(&a, rules->port);
		if (self_is_address(rules->self, &a))
			return false;
		if (address_is_special(&a) && !rules->private_addresses) {
			d->special = true;
			continue;
		}
		if (n_added == DESTINATION_PER_HOST_MAX ||
		    d->n_candidates + d->n_later == DESTINATION_ADDRESSES_MAX)
			continue;
		d->candidates[d->n_candidates++] = (struct candidate){ host, a };
		n_added++;
	}
	return true;
}

/* Adds a host's addresses of one family.  1 when there are any, 0, ERR_LOOP when one
 * is our own, or what resolver_ask returns. */
static int add_family(struct destination *d, struct span host, enum resolver_type type)
{
	struct resolver_answer answer;
	int r = resolver_ask(host, type, d->mem, &answer); /* WAITS */

	if (r == ERR_SYNTAX)
		return 0; /* an MX record may name anything */
	if (r < 0)
		return r;
	if (answer.status != RESOLVER_FOUND)
		return 0;
	if (!add_addresses(d, host, answer.records, answer.n_records))
		return ERR_LOOP;
	return answer.n_records > 0;
}

static bool has_ipv6(struct destination *d, struct span host)
{
	struct resolver_answer answer;

	return !resolver_ask(host, RESOLVER_AAAA, d->mem, &answer) && /* WAITS */
	       answer.status == RESOLVER_FOUND;
}

/* Adds a host's addresses; false when it is ourselves.  One family's failure
 * counts only where the other gives nothing that we may use. */
static bool add_host(struct destination *d, struct span host)
{
	size_t n_before = d->n_candidates;
	int six = 0, four;

	if (d->rules->ipv6)
		six = add_family(d, host, RESOLVER_AAAA); /* WAITS */
	if (six == ERR_LOOP)
		return false;
	four = add_family(d, host, RESOLVER_A); /* WAITS */
	if (four == ERR_LOOP)
		return false;
	if (four == 0 && !d->rules->ipv6 && has_ipv6(d, host)) /* WAITS */
		d->no_ipv4 = true;
	if (d->n_candidates > n_before)
		return true;
	if (six < 0)
		fail_question(d, host, six);
	if (four < 0)
		fail_question(d, host, four);
	return true;
}

/* The only host, of a domain without MX records: RFC 5321 5.1, the implicit MX. */
static void use_domain(struct destination *d, struct span domain)
{
	d->hosts[0] = (struct destination_host){ .name = domain };
	d->n_hosts = 1;
	d->implicit = true;
}

static void use_literal(struct destination *d, struct span literal)
{
	struct smtp_literal parsed;
	struct resolver_record record = { 0 };

	if (smtp_literal_parse(literal, &parsed) < 0) {
		fail(d, SMTP_CAUSE_DOMAIN, "the domain is no address that we know");
		return;
	}
	if (parsed.family == SMTP_LITERAL_IPV6) {
		record.address.in6.sin6_family = AF_INET6;
		record.address.len = sizeof record.address.in6;
		memcpy(&record.address.in6.sin6_addr, parsed.octets, 16);
	} else {
		record.address.in.sin_family = AF_INET;
		record.address.len = sizeof record.address.in;
		memcpy(&record.address.in.sin_addr, parsed.octets, 4);
	}
	if (!add_addresses(d, literal, &record, 1))
		d->loop = true;
}

static void use_records(struct destination *d, const struct resolver_answer *mx)
{
	const struct resolver_record *ours = NULL;

	if (mx->n_records == 1 && !mx->records[0].name.n) {
		fail(d, SMTP_CAUSE_NULL_MX, NULL);
		return;
	}
	for (size_t i = 0; i < mx->n_records && !ours; i++)
		if (self_is_name(d->rules->self, mx->records[i].name))
			ours = &mx->records[i];
	for (size_t i = 0; i < mx->n_records && d->n_hosts < DESTINATION_HOSTS_MAX; i++) {
		const struct resolver_record *r = &mx->records[i];

		if (ours && r->preference >= ours->preference)
			break;
		if (r->name.n)
			d->hosts[d->n_hosts++] =
			        (struct destination_host){ r->name, r->preference };
	}
	d->loop = ours != NULL;
}

void destination_open(struct destination *d, const struct destination_rules *rules,
                      struct span domain, struct arena *mem)
{
	FIBRE_TIMEOUT(DESTINATION_DNS_MS);
	struct resolver_answer mx;
	int r;

	*d = (struct destination){ .rules = rules, .mem = mem };
	if (domain.n && domain.p[0] == '[') {
		use_literal(d, domain);
		return;
	}
	r = resolver_ask(domain, RESOLVER_MX, mem, &mx); /* WAITS */
	if (r == ERR_SYNTAX)
		fail(d, SMTP_CAUSE_DOMAIN, "the domain is no name that DNS knows");
	else if (r < 0)
		fail_question(d, domain, r);
	else if (mx.status == RESOLVER_NO_NAME)
		fail(d, SMTP_CAUSE_DOMAIN, NULL);
	else if (mx.status == RESOLVER_FOUND && mx.n_records)
		use_records(d, &mx);
	else if (self_is_name(rules->self, domain))
		d->loop = true;
	else
		use_domain(d, domain);
}

/* Sets aside those from `first` on that could not be reached lately. */
static void set_aside(struct destination *d, size_t first)
{
	int64_t now_at = clock_now_at();
	size_t kept = first;

	for (size_t i = first; i < d->n_candidates; i++) {
		struct candidate c = d->candidates[i];

		if (avoid_has(d->rules->avoid, &c.address, now_at))
			d->later[d->n_later++] = c;
		else
			d->candidates[kept++] = c;
	}
	d->n_candidates = kept;
}

/* Looks up the hosts of the next preference. */
static void open_group(struct destination *d)
{
	size_t first = d->n_candidates;
	uint16_t preference = d->hosts[d->next_host].preference;

	while (d->next_host < d->n_hosts && d->hosts[d->next_host].preference == preference)
		if (!add_host(d, d->hosts[d->next_host++].name)) { /* WAITS */
			d->loop = true;
			d->n_candidates = first;
			d->next_host = d->n_hosts;
			return;
		}
	set_aside(d, first);
}

size_t destination_next(struct destination *d, struct candidate **out)
{
	FIBRE_TIMEOUT(DESTINATION_DNS_MS);
	size_t n;

	while (d->n_given == d->n_candidates && d->next_host < d->n_hosts)
		open_group(d); /* WAITS */
	n = d->n_candidates - d->n_given;
	*out = d->candidates + d->n_given;
	d->n_given = d->n_candidates;
	if (!n) {
		*out = d->later;
		n = d->n_later;
		d->n_later = 0;
	}
	d->any = d->any || n;
	return n;
}

const struct smtp_client_result *destination_trouble(struct destination *d)
{
	const struct smtp_enhanced unroutable = { 5, 4, 4 };

	if (d->no_ipv4)
		fail(d, SMTP_CAUSE_CONNECT, "the server has no IPv4 address, and IPv6 is off");
	if (d->trouble.done || d->any)
		return &d->trouble;
	if (d->loop) {
		fail(d, SMTP_CAUSE_LOOP, NULL);
	} else if (d->special) {
		fail(d, SMTP_CAUSE_DOMAIN,
		     "the domain's mail servers have only private or reserved addresses");
		d->trouble.enhanced = unroutable;
	} else if (d->implicit) {
		fail(d, SMTP_CAUSE_DOMAIN, "the domain has neither a mail server nor an address");
	} else {
		fail(d, SMTP_CAUSE_DOMAIN, "no mail server of the domain has an address");
		d->trouble.enhanced = unroutable;
	}
	return &d->trouble;
}

/* httpd/domains.c - GET /v1/domains: the domains that the account's addresses are in, and what they
 * publish in DNS. */
#include "httpd/dns_records.h"

static struct span domain_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return at < 0 ? SPAN("") : span_sub(address, (size_t)at + 1, address.n);
}

static WAITS int ask(struct httpd_request *q, struct directory_own_reply *out)
{
	struct directory_own_args a = { .ticket = httpd_ticket(q) };

	return directory_own(&a, &q->mem, out); /* WAITS */
}

static bool is_first(const struct directory_own_reply *own, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (span_eq(domain_of(own->addresses[i].address),
		            domain_of(own->addresses[at].address)))
			return false;
	return true;
}

/* Name, and the account's addresses there; how many. */
static size_t put_domain(const struct directory_own_reply *own, struct span domain, struct json *j)
{
	size_t n = 0;

	json_member_span(j, "domain", domain);
	json_key(j, "addresses");
	json_begin_array(j);
	for (size_t i = 0; i < own->n_addresses; i++) {
		if (!span_eq(domain_of(own->addresses[i].address), domain))
			continue;
		json_span(j, own->addresses[i].address);
		n++;
	}
	json_end_array(j);
	return n;
}

WAITS int httpd_domains(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct directory_own_reply own;
	int r = ask(q, &own); /* WAITS */

	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	json_key(&j, "domains");
	json_begin_array(&j);
	for (size_t i = 0; i < own.n_addresses; i++) {
		if (!is_first(&own, i))
			continue;
		json_begin_object(&j);
		put_domain(&own, domain_of(own.addresses[i].address), &j);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

WAITS int httpd_domain(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct directory_own_reply own;
	int r = ask(q, &own); /* WAITS */

	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	if (!put_domain(&own, q->segments[2], &j))
		return httpd_problem(q, 404, "not-found",
		                     "the account has no address at %.*s; GET /v1/domains lists "
		                     "where it has",
		                     SPAN_ARG(q->segments[2])); /* WAITS */
	r = httpd_dns_records(q, q->segments[2], &own, &j);     /* WAITS */
	json_end_object(&j);
	return r < 0 ? httpd_problem_of(q, r) : httpd_json(q, 200, &body); /* WAITS */
}

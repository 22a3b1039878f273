/* doctor/mx.c - whether mail for the domain is brought here.
 *
 * RFC 5321 5.1 (MX, and none), RFC 7505 (null MX).
 */
#include "doctor/doctor_impl.h"

enum { HOSTS_MAX = 16 };

/* What is known of one MX host. */
enum mx_host { MX_OURS, MX_OTHER, MX_NOWHERE, MX_UNKNOWN };

static enum mx_host look(struct doctor *d, struct span host)
{
	struct doctor_addresses all = doctor_addresses_of(d, host);

	if (!all.n)
		return all.failed ? MX_UNKNOWN : MX_NOWHERE;
	if (span_eq_nocase(host, doctor_host(d)))
		return MX_OURS;
	for (size_t i = 0; i < all.n; i++)
		if (doctor_is_ours(d, &all.v[i]->ip))
			return MX_OURS;
	return MX_OTHER;
}

static void without_records(struct doctor *d)
{
	enum mx_host where = look(d, d->domain);

	if (where == MX_OURS)
		doctor_hint(d, d->domain,
		            "%.*s has no MX record, only an address that leads here: publish "
		            "\"MX 10 %.*s.\" to say that it takes mail",
		            SPAN_ARG(d->domain), SPAN_ARG(doctor_host(d)));
	else if (where == MX_UNKNOWN)
		doctor_unasked(d, d->domain,
		               "%.*s has no MX record, and DNS did not say whether it has an "
		               "address, which then counts",
		               SPAN_ARG(d->domain));
	else if (where == MX_OTHER)
		doctor_mend(d, d->domain,
		            "%.*s has no MX record, so its mail goes to its address, which is not "
		            "here: publish \"MX 10 %.*s.\"",
		            SPAN_ARG(d->domain), SPAN_ARG(doctor_host(d)));
	else
		doctor_mend(d, d->domain,
		            "%.*s has no MX record, so nobody can send mail to it: publish \"MX 10 "
		            "%.*s.\"",
		            SPAN_ARG(d->domain), SPAN_ARG(doctor_host(d)));
}

static void judge(struct doctor *d, const struct dns_answer *mx)
{
	size_t n = mx->n < HOSTS_MAX ? mx->n : HOSTS_MAX, n_ours = 0, n_unknown = 0;
	uint16_t best = UINT16_MAX, ours = UINT16_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct dns_record *r = &mx->records[i];
		enum mx_host where = look(d, r->name);

		best = r->preference < best ? r->preference : best;
		n_unknown += where == MX_UNKNOWN;
		n_ours += where == MX_OURS;
		if (where == MX_OURS && r->preference < ours)
			ours = r->preference;
		if (where == MX_NOWHERE)
			doctor_mend(
			        d, d->domain,
			        "%.*s, an MX host of %.*s, has no address: publish its A or AAAA "
			        "record, or take it out of the MX records",
			        SPAN_ARG(r->name), SPAN_ARG(d->domain));
	}
	if (!n_ours && n_unknown)
		doctor_unasked(d, d->domain, "DNS did not say where the MX hosts of %.*s are",
		               SPAN_ARG(d->domain));
	else if (!n_ours && d->worst[d->now] < DOCTOR_MEND)
		doctor_mend(d, d->domain,
		            "mail for %.*s goes to %.*s, not here: publish \"MX 10 %.*s.\"",
		            SPAN_ARG(d->domain), SPAN_ARG(mx->records[0].name),
		            SPAN_ARG(doctor_host(d)));
	else if (n_ours && ours > best)
		doctor_hint(d, d->domain,
		            "mail for %.*s comes here only when %.*s is away: give this host the "
		            "lower number in its MX record unless that is meant",
		            SPAN_ARG(d->domain), SPAN_ARG(mx->records[0].name));
	else if (d->worst[d->now] < DOCTOR_MEND)
		doctor_well(d, d->domain, "mail for %.*s comes here", SPAN_ARG(d->domain));
}

void doctor_check_mx(struct doctor *d)
{
	struct dns_answer mx = doctor_ask(d, DNS_MX, d->domain);

	if (mx.status == DNS_FAILED)
		doctor_unasked(d, d->domain, "DNS did not say where mail for %.*s goes",
		               SPAN_ARG(d->domain));
	else if (!mx.n)
		without_records(d);
	else if (!mx.records[0].name.n)
		doctor_mend(d, d->domain,
		            "%.*s says by its MX record (\"0 .\") that it takes no mail: publish "
		            "\"MX 10 %.*s.\" instead",
		            SPAN_ARG(d->domain), SPAN_ARG(doctor_host(d)));
	else
		judge(d, &mx);
}

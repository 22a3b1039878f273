/* doctor/spf.c - whether the domain lets us send.  RFC 7208. */
#include "doctor/doctor_impl.h"

#include "wire/spf/spf.h"

enum { TERM_SHOWN = 100 };

static const struct spf_verdict *check(struct doctor *d, const struct ip *ip)
{
	struct spf_subject subject = { .ip = *ip,
		                       .helo = doctor_host(d),
		                       .receiver = doctor_host(d),
		                       .now_s = d->seen->now_s };
	struct dns_question q;
	struct spf *spf;
	char *sender = arena_printf(d->mem, "postmaster@%.*s", SPAN_ARG(d->domain));

	subject.sender = span_str(sender);
	int r = sender ? spf_start(&subject, d->mem, &spf) : ERR_NO_MEMORY;
	if (r < 0) {
		d->error = r;
		return NULL;
	}
	while (d->error >= 0 && spf_next(spf, &q)) {
		struct dns_answer answer = doctor_ask(d, q.type, span_str(q.name));
		spf_answer(spf, &answer);
	}
	return d->error < 0 ? NULL : spf_verdict(spf);
}

/* A term, as much of it as people read. */
static struct span shown(struct span term)
{
	return span_sub(term, 0, TERM_SHOWN);
}

static void tell_error(struct doctor *d, const struct spf_verdict *v)
{
	bool elsewhere = !span_eq_nocase(v->at, d->domain);

	doctor_mend(
	        d, d->domain,
	        "the SPF record of %.*s cannot be used, because %s%s%.*s%s%s%.*s: correct it, for "
	        "SPF fails at every server until then",
	        SPAN_ARG(d->domain), v->problem, v->term.n ? " (" : "", SPAN_ARG(shown(v->term)),
	        v->term.n ? ")" : "", elsewhere ? " at " : "", elsewhere ? (int)v->at.n : 0,
	        v->at.p);
}

static void tell_unasked(struct doctor *d)
{
	doctor_unasked(d, d->domain,
	               "DNS did not say what SPF record %.*s has, or not all that it refers to",
	               SPAN_ARG(d->domain));
}

/* Whatever our own addresses hide, since a check ends at the first term that matches: somebody's
 * who has no business here (RFC 5737: nobody's). */
static void check_stranger(struct doctor *d)
{
	static const struct ip nobody = { 4, { 198, 51, 100, 1 } };
	const struct spf_verdict *v = check(d, &nobody);

	if (!v)
		return;
	if (v->result == SPF_PERMERROR)
		tell_error(d, v);
	else if (v->result == SPF_TEMPERROR)
		tell_unasked(d);
	else if (v->result == SPF_PASS)
		doctor_mend(d, d->domain,
		            "the SPF record of %.*s lets everybody send (%.*s): end it with -all",
		            SPAN_ARG(d->domain), SPAN_ARG(shown(v->term)));
	else if (v->result == SPF_NEUTRAL)
		doctor_hint(d, d->domain,
		            "the SPF record of %.*s says nothing about strangers: end it with -all "
		            "or ~all",
		            SPAN_ARG(d->domain));
}

/* Where the addresses are not known, none is made up. */
static void tell_none(struct doctor *d, const struct ip *ip)
{
	if (d->relay.n)
		doctor_mend(d, d->domain,
		            "%.*s has no SPF record: publish the one that %.*s, by which mail "
		            "leaves, tells its customers to",
		            SPAN_ARG(d->domain), SPAN_ARG(d->relay));
	else if (!d->n_addresses)
		doctor_mend(d, d->domain,
		            "%.*s has no SPF record: publish TXT \"v=spf1 mx -all\" where mail "
		            "leaves from the servers of its MX records, else name the addresses",
		            SPAN_ARG(d->domain));
	else
		doctor_mend(d, d->domain,
		            "%.*s has no SPF record: publish TXT \"v=spf1 %s:%.*s -all\"",
		            SPAN_ARG(d->domain), ip->n == 4 ? "ip4" : "ip6",
		            SPAN_ARG(doctor_ip(d, ip)));
}

/* False: it holds for every address, and has been told. */
static bool judge(struct doctor *d, const struct spf_verdict *v, const struct ip *ip)
{
	struct span at = doctor_ip(d, ip);

	switch (v->result) {
	case SPF_PASS: return true;
	case SPF_NONE: tell_none(d, ip); return false;
	case SPF_PERMERROR: tell_error(d, v); return false;
	case SPF_TEMPERROR: tell_unasked(d); return false;
	default:
		doctor_mend(d, d->domain,
		            "the SPF record of %.*s says %s for %.*s%s%.*s: add %s:%.*s to it",
		            SPAN_ARG(d->domain), spf_result_name(v->result), SPAN_ARG(at),
		            v->term.n ? " by " : "", SPAN_ARG(shown(v->term)),
		            ip->n == 4 ? "ip4" : "ip6", SPAN_ARG(at));
		return true;
	}
}

void doctor_check_spf(struct doctor *d)
{
	static const struct ip example = { 4, { 192, 0, 2, 1 } };
	bool ours = d->n_addresses && !d->relay.n;
	size_t n = ours ? d->n_addresses : 1;
	const struct spf_verdict *v = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct ip *ip = ours ? &d->addresses[i] : &example;

		v = check(d, ip);
		if (!v || ((ours || v->result == SPF_NONE || v->result == SPF_PERMERROR ||
		            v->result == SPF_TEMPERROR) &&
		           !judge(d, v, ip)))
			return;
	}
	check_stranger(d);
	if (d->relay.n && d->worst[d->now] == DOCTOR_WELL)
		doctor_hint(
		        d, d->domain,
		        "mail leaves by %.*s, whose addresses are not known here: see that the SPF "
		        "record of %.*s includes what its operator tells you",
		        SPAN_ARG(d->relay), SPAN_ARG(d->domain));
	else if (!ours && d->worst[d->now] == DOCTOR_WELL)
		doctor_unseen(d, d->domain,
		              "%.*s has an SPF record; whether it names the addresses that mail "
		              "leaves from is not known: tell them by --address",
		              SPAN_ARG(d->domain));
	else if (d->worst[d->now] == DOCTOR_WELL)
		doctor_well(d, d->domain, "SPF says pass for what we send as %.*s",
		            SPAN_ARG(d->domain));
}

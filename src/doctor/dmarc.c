/* doctor/dmarc.c - what the domain says about mail that is not from it.  RFC 9989. */
#include "doctor/doctor_impl.h"

#include "wire/dmarc/walk.h"

static void walk(struct doctor *d, struct dmarc_walk *w)
{
	struct dns_question q;

	dmarc_walk_begin(w, d->domain);
	while (d->error >= 0 && dmarc_walk_next(w, &q)) {
		struct dns_answer answer = doctor_ask(d, q.type, span_str(q.name));
		dmarc_walk_answer(w, &answer, d->mem);
	}
}

/* Several records count as none (RFC 9989 4.10), and so does one that is none. */
static void tell_none(struct doctor *d)
{
	struct dns_answer answer = doctor_ask_below(d, DNS_TXT, "_dmarc", d->domain);
	struct dmarc_record record;
	size_t n = 0;

	for (size_t i = 0; i < answer.n; i++)
		n += dmarc_record_parse(answer.records[i].text, &record);
	if (answer.status == DNS_FAILED)
		doctor_unasked(d, d->domain, "DNS did not say what DMARC record %.*s has",
		               SPAN_ARG(d->domain));
	else if (n > 1)
		doctor_mend(d, d->domain,
		            "_dmarc.%.*s has %zu DMARC records, so none counts: leave one",
		            SPAN_ARG(d->domain), n);
	else if (answer.n)
		doctor_mend(d, d->domain,
		            "what is at _dmarc.%.*s is no DMARC record (%.*s): publish TXT "
		            "\"v=DMARC1; p=none; rua=mailto:postmaster@%.*s\"",
		            SPAN_ARG(d->domain), SPAN_ARG(span_sub(answer.records[0].text, 0, 80)),
		            SPAN_ARG(d->domain));
	else
		doctor_mend(
		        d, d->domain,
		        "%.*s has no DMARC record, which the large providers ask for: publish TXT "
		        "\"v=DMARC1; p=none; rua=mailto:postmaster@%.*s\" at _dmarc.%.*s",
		        SPAN_ARG(d->domain), SPAN_ARG(d->domain), SPAN_ARG(d->domain));
}

static enum dmarc_policy policy_of(const struct doctor *d, const struct dmarc_walk *w)
{
	return span_eq_nocase(w->policy_domain, d->domain) ? w->policy.p : w->policy.sp;
}

/* Mail from here has the domain in its sender and in d=, so what passes is aligned. */
static const char *aligned_by(const struct doctor *d)
{
	bool spf = d->worst[DOCTOR_AT_spf] == DOCTOR_WELL,
	     dkim = d->worst[DOCTOR_AT_dkim] == DOCTOR_WELL;

	bool unseen = d->worst[DOCTOR_AT_spf] == DOCTOR_UNSEEN ||
	              d->worst[DOCTOR_AT_dkim] == DOCTOR_UNSEEN;

	return spf && dkim ? "SPF and DKIM"
	       : spf       ? "SPF"
	       : dkim      ? "DKIM"
	       : unseen    ? "what was not seen now"
	                   : "nothing yet";
}

static void judge(struct doctor *d, const struct dmarc_walk *w)
{
	struct span at = w->policy_domain;

	if (!w->policy.usable)
		doctor_mend(d, d->domain,
		            "the DMARC record of %.*s has no valid policy: write p=none, "
		            "p=quarantine or p=reject",
		            SPAN_ARG(at));
	else if (w->policy.testing && policy_of(d, w) != DMARC_NONE)
		doctor_hint(
		        d, d->domain,
		        "the DMARC policy of %.*s is being tested: take t=y out once its reports "
		        "are clean",
		        SPAN_ARG(at));
	else if (policy_of(d, w) == DMARC_NONE)
		doctor_hint(
		        d, d->domain,
		        "the DMARC policy for %.*s is none, so forged mail of it is taken: go on "
		        "to quarantine or reject once the reports%s are clean",
		        SPAN_ARG(d->domain), w->policy.rua.n ? "" : " (ask for them by rua=)");
	else
		doctor_well(d, d->domain,
		            "DMARC asks to %s what is not from %.*s; our mail is aligned by %s",
		            dmarc_policy_name(policy_of(d, w)), SPAN_ARG(d->domain), aligned_by(d));
}

void doctor_check_dmarc(struct doctor *d)
{
	struct dmarc_walk w;

	if (!dmarc_name_ok(d->domain)) {
		doctor_mend(
		        d, d->domain,
		        "%.*s is no domain that DNS can have: give it without final dot, in its "
		        "xn-- form",
		        SPAN_ARG(d->domain));
		return;
	}
	walk(d, &w);
	if (w.failed)
		doctor_unasked(d, d->domain, "DNS did not say what DMARC record %.*s has",
		               SPAN_ARG(d->domain));
	else if (!w.policy_domain.n)
		tell_none(d);
	else
		judge(d, &w);
}

/* doctor/tls.c - the certificate, and what DNS says about it.
 *
 * RFC 3207 (STARTTLS), RFC 7672 (DANE), RFC 8461 (MTA-STS).
 */
#include "doctor/doctor_impl.h"

enum { DAY_S = 86400, DAYS_SHORT = 14, DAYS_SOON = 30 };

static void judge_time(struct doctor *d, struct span at, int64_t until_s)
{
	int64_t left_s = until_s - d->seen->now_s, days = left_s / DAY_S;
	const char *todo = d->set->tls_acme && *d->set->tls_acme
	                           ? "postrider acme status says why it is not renewed"
	                           : "renew it";

	if (left_s < 0)
		doctor_mend(d, at, "the certificate %.*s ended %jd days ago: %s", SPAN_ARG(at),
		            (intmax_t)-days, todo);
	else if (days < DAYS_SHORT)
		doctor_mend(d, at, "the certificate %.*s ends in %jd days: %s", SPAN_ARG(at),
		            (intmax_t)days, todo);
	else if (days < DAYS_SOON)
		doctor_hint(d, at,
		            "the certificate %.*s ends in %jd days: see that it is being renewed",
		            SPAN_ARG(at), (intmax_t)days);
}

static void judge_chain(struct doctor *d, struct span at, const struct doctor_certificate *c)
{
	if (c->self_signed)
		doctor_hint(
		        d, at,
		        "the certificate %.*s is signed by itself, which other servers take and "
		        "mail programs warn of: get one from a certificate authority",
		        SPAN_ARG(at));
	else
		doctor_mend(d, at,
		            "the chain of the certificate %.*s cannot be followed (%s): put the "
		            "certificates of its issuers behind it, as in fullchain.pem",
		            SPAN_ARG(at), c->chain_failed);
}

void doctor_check_certificate(struct doctor *d)
{
	const struct doctor_certificate *c = &d->seen->certificate;
	struct span at = span_str(d->set->tls_certificate);

	if (*c->failed) {
		doctor_mend(d, at, "the certificate cannot be used: %s", c->failed);
		return;
	}
	if (!c->key_fits)
		doctor_mend(d, at,
		            "the key %s does not belong to the certificate %.*s: name the pair",
		            d->set->tls_key, SPAN_ARG(at));
	if (!c->names_host)
		doctor_mend(
		        d, at,
		        "the certificate %.*s is not for %.*s: get one that names server.hostname",
		        SPAN_ARG(at), SPAN_ARG(doctor_host(d)));
	if (c->from_s > d->seen->now_s)
		doctor_mend(
		        d, at,
		        "the certificate %.*s is not valid yet: look at the clock, or wait until "
		        "it is",
		        SPAN_ARG(at));
	judge_time(d, at, c->until_s);
	if (*c->chain_failed && d->worst[d->now] < DOCTOR_MEND)
		judge_chain(d, at, c);
	if (d->worst[d->now] == DOCTOR_WELL)
		doctor_well(d, at, "the certificate is good for %.*s, for another %jd days",
		            SPAN_ARG(doctor_host(d)),
		            (intmax_t)((c->until_s - d->seen->now_s) / DAY_S));
}

void doctor_check_starttls(struct doctor *d)
{
	const struct doctor_dialogue *own = &d->seen->own;
	struct span at = span_str(own->at);

	if (!d->seen->running)
		return;
	if (!*own->at)
		doctor_unseen(
		        d, doctor_host(d),
		        "no smtp port is open here, so TLS was not looked at: set listen.smtp");
	else if (*own->failed)
		doctor_mend(
		        d, at,
		        "the smtp port %s cannot be spoken to: %s; see that the server runs and "
		        "nothing else has the port",
		        own->at, own->failed);
	else if (!own->starttls)
		doctor_mend(d, at,
		            "the smtp port %s does not offer STARTTLS: see that nothing stands "
		            "between, and that tls.certificate can be read",
		            own->at);
	else if (!own->encrypted)
		doctor_mend(
		        d, at,
		        "TLS fails at %s: see the server's log, and that tls.certificate is good",
		        own->at);
	else if (!own->same_certificate)
		doctor_mend(d, at,
		            "the server still shows another certificate than tls.certificate: give "
		            "postrider reload, also whenever that is renewed");
	else
		doctor_well(d, at, "the smtp port offers TLS, with that certificate");
}

/* DANE-EE(3) with SHA-256, which is all that RFC 7672 3.1.1 recommends.  1 fits, 0 does not,
 * -1: another kind. */
static int fits(const struct doctor_certificate *c, struct span tlsa)
{
	const uint8_t *digest;

	if (tlsa.n != 3 + DOCTOR_DIGEST_BYTES || tlsa.p[0] != 3 || tlsa.p[2] != 1)
		return -1;
	if (tlsa.p[1] != 0 && tlsa.p[1] != 1)
		return -1;
	digest = tlsa.p[1] ? c->public_key : c->whole;
	return memcmp(tlsa.p + 3, digest, DOCTOR_DIGEST_BYTES) == 0;
}

static void judge_tlsa(struct doctor *d, const struct dns_answer *answer)
{
	bool fit = false, other = false;

	for (size_t i = 0; i < answer->n; i++) {
		int f = fits(&d->seen->certificate, answer->records[i].text);

		fit = fit || f > 0;
		other = other || f < 0;
	}
	if (!answer->secure)
		doctor_hint(
		        d, doctor_host(d),
		        "the TLSA records of %.*s are not signed, so nobody heeds them: sign the "
		        "zone by DNSSEC",
		        SPAN_ARG(doctor_host(d)));
	else if (fit)
		doctor_well(d, doctor_host(d), "a TLSA record names our certificate");
	else if (other)
		doctor_hint(d, doctor_host(d),
		            "the TLSA records of %.*s are of a kind that was not compared: write "
		            "them as 3 1 1",
		            SPAN_ARG(doctor_host(d)));
	else
		doctor_mend(
		        d, doctor_host(d),
		        "no TLSA record of %.*s names our certificate, so servers that heed them "
		        "bring no mail: publish one for it, or take them out",
		        SPAN_ARG(doctor_host(d)));
}

void doctor_check_tlsa(struct doctor *d)
{
	struct dns_answer answer = doctor_ask_below(d, DNS_TLSA, "_25._tcp", doctor_host(d));

	if (answer.n)
		judge_tlsa(d, &answer);
	else if (answer.status == DNS_FAILED)
		doctor_unasked(d, doctor_host(d), "DNS did not say whether %.*s has TLSA records",
		               SPAN_ARG(doctor_host(d)));
	else
		doctor_hint(d, doctor_host(d),
		            "%.*s has no TLSA record: with DNSSEC, publish one (postrider init "
		            "prints it) and nobody can come between you and other servers",
		            SPAN_ARG(doctor_host(d)));
}

void doctor_check_mta_sts(struct doctor *d)
{
	struct dns_answer answer = doctor_ask_below(d, DNS_TXT, "_mta-sts", d->domain);
	const struct doctor_certificate *c = &d->seen->certificate;
	bool there = false;

	for (size_t i = 0; i < answer.n; i++)
		there = there || span_starts(answer.records[i].text, SPAN("v=STSv1;"));
	if (there && (*c->failed || *c->chain_failed || !c->names_host))
		doctor_mend(d, d->domain,
		            "%.*s tells senders by MTA-STS to demand a certificate that can be "
		            "verified, and ours cannot: get one from a certificate authority, or "
		            "take the record at _mta-sts.%.*s out",
		            SPAN_ARG(d->domain), SPAN_ARG(d->domain));
	else if (there)
		doctor_well(d, d->domain, "%.*s tells senders by MTA-STS to demand TLS",
		            SPAN_ARG(d->domain));
	else if (answer.status == DNS_FAILED)
		doctor_unasked(d, d->domain, "DNS did not say whether %.*s has MTA-STS",
		               SPAN_ARG(d->domain));
	else
		doctor_hint(d, d->domain,
		            "%.*s has no MTA-STS: publish it (RFC 8461) and senders that heed it "
		            "demand TLS",
		            SPAN_ARG(d->domain));
}

/* doctor/dkim.c - the keys that the domain publishes.  RFC 6376 3.6, RFC 8301 3.2. */
#include "doctor/doctor_impl.h"

#include "wire/dkim/signature.h"

/* A SubjectPublicKeyInfo of RSA with 1024 and with 2048 bits. */
enum { RSA_1024_OCTETS = 162, RSA_2048_OCTETS = 294 };

static void judge(struct doctor *d, struct span at, const struct dkim_key *key)
{
	if (!key->octets.n)
		doctor_mend(
		        d, at,
		        "the DKIM key at %.*s is revoked (p= is empty): publish one, or sign by "
		        "another selector",
		        SPAN_ARG(at));
	else if (!key->ed25519 && key->octets.n < RSA_1024_OCTETS)
		doctor_mend(
		        d, at,
		        "the DKIM key at %.*s is shorter than 1024 bits, which nobody takes: make "
		        "one of 2048",
		        SPAN_ARG(at));
	else if (!key->ed25519 && key->octets.n < RSA_2048_OCTETS)
		doctor_hint(d, at,
		            "the DKIM key at %.*s is shorter than 2048 bits: make a longer one",
		            SPAN_ARG(at));
	else if (key->testing)
		doctor_hint(
		        d, at,
		        "the DKIM key at %.*s says that it is being tested: take t=y out once it "
		        "works, for signatures count for nothing until then",
		        SPAN_ARG(at));
	else
		doctor_well(d, at, "a DKIM key is published at %.*s", SPAN_ARG(at));
}

static void look(struct doctor *d, const char *selector)
{
	char *name = arena_printf(d->mem, "%s._domainkey.%.*s", selector, SPAN_ARG(d->domain));
	struct span at = span_str(name);
	struct dns_answer answer = doctor_ask(d, DNS_TXT, at);
	struct dkim_key key;

	if (!name) {
		d->error = ERR_NO_MEMORY;
	} else if (answer.status == DNS_FAILED) {
		doctor_unseen(d, at, "DNS did not say what key is at %.*s: try again later",
		              SPAN_ARG(at));
	} else if (!answer.n) {
		doctor_mend(
		        d, at,
		        "there is no DKIM key at %.*s, so what is signed by it fails: publish it",
		        SPAN_ARG(at));
	} else if (answer.n > 1) {
		doctor_mend(d, at, "there are %zu records at %.*s: leave the one that has the key",
		            answer.n, SPAN_ARG(at));
	} else {
		int r = dkim_key_parse(answer.records[0].text, d->mem, &key);
		if (r < 0)
			doctor_mend(d, at,
			            "the DKIM key at %.*s cannot be used, for %s: publish it anew",
			            SPAN_ARG(at), err_str(r));
		else
			judge(d, at, &key);
	}
}

void doctor_check_dkim(struct doctor *d)
{
	for (size_t i = 0; i < d->n_selectors && d->error >= 0; i++)
		look(d, d->selectors[i]);
	if (!d->n_selectors)
		doctor_hint(
		        d, d->domain,
		        "no selector of DKIM is known for %.*s: if something signs its mail, tell "
		        "it by --selector; the large providers ask for signatures",
		        SPAN_ARG(d->domain));
}

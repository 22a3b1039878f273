/* doctor/dkim.c - the keys that the domain publishes.  RFC 6376 3.6, RFC 8301 3.2. */
#include "doctor/doctor_impl.h"

#include "wire/dkim/signature.h"

/* A SubjectPublicKeyInfo of RSA with 1024 and with 2048 bits. */
enum { RSA_1024_OCTETS = 162, RSA_2048_OCTETS = 294 };

static bool is_same(const struct dkim_key *a, const struct dkim_key *b)
{
	return a->ed25519 == b->ed25519 && span_eq(a->octets, b->octets);
}

static void judge(struct doctor *d, struct span at, const struct dkim_key *key,
                  const struct dkim_key *ours)
{
	if (!key->octets.n)
		doctor_mend(
		        d, at,
		        "the DKIM key at %.*s is revoked (p= is empty): publish one, or sign by "
		        "another selector",
		        SPAN_ARG(at));
	else if (ours && !is_same(key, ours))
		doctor_mend(d, at,
		            "the DKIM key at %.*s is not the one that mail is signed with: publish "
		            "what postrider dkim show %.*s prints",
		            SPAN_ARG(at), SPAN_ARG(d->domain));
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

static void compare(struct doctor *d, struct span at, struct span published, struct span record)
{
	struct dkim_key key, ours;
	bool known = record.n && dkim_key_parse(record, d->mem, &ours) >= 0;
	int r = dkim_key_parse(published, d->mem, &key);

	if (r < 0)
		doctor_mend(d, at, "the DKIM key at %.*s cannot be used, for %s: publish it anew",
		            SPAN_ARG(at), err_str(r));
	else
		judge(d, at, &key, known ? &ours : NULL);
}

/* Of one that signs nothing: it waits for its record, or another has taken its place. */
static void look_at_idle(struct doctor *d, struct span at, const struct doctor_key *key,
                         const struct dns_answer *answer)
{
	bool there = answer->n && key->record.n &&
	             dkim_key_same(key->record, answer->records[0].text, d->mem);

	if (key->waits && there)
		doctor_hint(d, at,
		            "the DKIM key at %.*s is published and signs as soon as the server has "
		            "seen that, within hours: postrider dkim show %.*s tells it now",
		            SPAN_ARG(at), SPAN_ARG(d->domain));
	else if (key->waits)
		doctor_hint(d, at,
		            "the DKIM key at %.*s waits to be published, and signs nothing until "
		            "then: publish what postrider dkim show %.*s prints%s",
		            SPAN_ARG(at), SPAN_ARG(d->domain),
		            answer->n ? " instead of the record that is there" : "");
	else if (there)
		doctor_well(d, at,
		            "the DKIM key at %.*s was replaced and signs nothing any more; its "
		            "record stays until mail signed by it is a week old",
		            SPAN_ARG(at));
	else
		doctor_hint(
		        d, at,
		        "the DKIM key at %.*s was replaced, signs nothing any more, and DNS has "
		        "no record of it: postrider dkim remove --selector %.*s %.*s",
		        SPAN_ARG(at), SPAN_ARG(key->selector), SPAN_ARG(d->domain));
}

static void look_at_signing(struct doctor *d, struct span at, const struct doctor_key *key,
                            const struct dns_answer *answer)
{
	if (!answer->n && key->waits)
		doctor_hint(
		        d, at,
		        "the DKIM key at %.*s signs what leaves already, which nobody can check "
		        "before it is published: publish what postrider dkim show %.*s prints",
		        SPAN_ARG(at), SPAN_ARG(d->domain));
	else if (!answer->n)
		doctor_mend(
		        d, at,
		        "there is no DKIM key at %.*s, so what is signed by it fails: publish it",
		        SPAN_ARG(at));
	else if (answer->n > 1)
		doctor_mend(d, at, "there are %zu records at %.*s: leave the one that has the key",
		            answer->n, SPAN_ARG(at));
	else
		compare(d, at, answer->records[0].text, key->record);
}

static void look(struct doctor *d, const struct doctor_key *key)
{
	char *name = arena_printf(d->mem, "%.*s._domainkey.%.*s", SPAN_ARG(key->selector),
	                          SPAN_ARG(d->domain));
	struct span at = span_str(name);
	struct dns_answer answer = doctor_ask(d, DNS_TXT, at);

	if (!name)
		d->error = ERR_NO_MEMORY;
	else if (answer.status == DNS_FAILED)
		doctor_unasked(d, at, "DNS did not say what key is at %.*s", SPAN_ARG(at));
	else
		(key->signs ? look_at_signing : look_at_idle)(d, at, key, &answer);
}

static size_t look_at_each(struct doctor *d, bool signing)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_keys && d->error >= 0; i++) {
		const struct doctor_key *key = &d->keys[i];

		if ((key->domain.n && !span_eq_nocase(key->domain, d->domain)) ||
		    key->signs != signing)
			continue;
		look(d, key);
		n++;
	}
	return n;
}

/* What signs nothing takes nothing from what does. */
void doctor_check_dkim(struct doctor *d)
{
	size_t n = look_at_each(d, true);
	enum doctor_level worst = d->worst[d->now];

	n += look_at_each(d, false);
	d->worst[d->now] = worst;
	if (!n)
		doctor_hint(
		        d, d->domain,
		        "no selector of DKIM is known for %.*s: if something signs its mail, tell "
		        "it by --selector; the large providers ask for signatures",
		        SPAN_ARG(d->domain));
}

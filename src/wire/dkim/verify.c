/* wire/dkim/verify.c - see dkim.h. */
#include <stdio.h>

#include "wire/dkim/dkim.h"

const char *dkim_result_word(enum dkim_result result)
{
	static const char *const words[] = { "none",    "pass",      "fail",     "policy",
		                             "neutral", "temperror", "permerror" };

	return words[result];
}

static void decide(struct dkim_verdict *v, enum dkim_result result, const char *why)
{
	v->result = result;
	snprintf(v->why, sizeof v->why, "%s", why);
}

/* NONE stands for "not decided yet" until the engine's end. */
static bool is_open(const struct dkim_verdict *v)
{
	return v->result == DKIM_NONE;
}

/* What a reader believes he sees once, and what was signed fewer times than it is there. */
static bool has_unsigned(struct dkim_fields *fs)
{
	static const char *const once[] = { "From",
		                            "To",
		                            "Cc",
		                            "Subject",
		                            "Date",
		                            "Sender",
		                            "Reply-To",
		                            "Message-ID",
		                            "MIME-Version",
		                            "Content-Type",
		                            "Content-Transfer-Encoding" };

	for (size_t i = 0; i < N_ELEMS(once); i++) {
		size_t left = dkim_fields_left(fs, span_str(once[i]));

		if (left && left < dkim_fields_count(fs, span_str(once[i])))
			return true;
	}
	return false;
}

/* Takes what h= names, and hashes it when `out` is there. */
static void put_named(struct dkim *d, const struct dkim_signature *s, struct dkim_out *out)
{
	struct span names = s->names, name;

	dkim_fields_rewind(&d->fields);
	while (span_split(&names, ':', &name)) {
		const struct message_field *f = dkim_fields_take(&d->fields, dkim_trim(name));

		if (f && out)
			dkim_field_put(out, s->header_canon, f);
	}
}

static bool names(const struct dkim_signature *s, struct span wanted)
{
	struct span names = s->names, name;

	while (span_split(&names, ':', &name))
		if (span_eq_nocase(dkim_trim(name), wanted))
			return true;
	return false;
}

/* RFC 6376 6.1.1, RFC 8617 4.1.2; what is policy is said only where the rest could be good. */
static void check_form(struct dkim *d, struct dkim_verdict *v, enum dkim_kind kind, uint64_t now)
{
	const struct dkim_signature *s = &v->signature;

	if (!names(s, SPAN("From")))
		return decide(v, DKIM_PERMERROR, "it does not sign From");
	if (kind == DKIM_OF_CHAIN && names(s, SPAN("ARC-Seal")))
		return decide(v, DKIM_PERMERROR, "it signs ARC-Seal, which it must not");
	if (s->algorithm == DKIM_RSA_SHA1)
		return decide(v, DKIM_POLICY, "it is made with SHA-1, which is no longer taken");
	if (s->body_hash.n != DKIM_HASH_BYTES)
		return decide(v, DKIM_PERMERROR, "bh= is no hash of 32 octets");
	if (s->has_expiry && s->expiry < now)
		return decide(v, DKIM_POLICY, "it has expired");
	if (s->has_time && s->time > now + DKIM_CLOCK_SLACK_S)
		return decide(v, DKIM_POLICY, "it is of the future");
	put_named(d, s, NULL);
	if (has_unsigned(&d->fields))
		decide(v, DKIM_POLICY, "a field is there more often than it is signed");
}

static int begin_body(struct dkim *d, struct dkim_verdict *v)
{
	uint64_t limit = v->signature.has_length ? v->signature.length : UINT64_MAX;

	for (size_t i = 0; i < d->n_bodies; i++)
		if (d->bodies[i]->canon == v->signature.body_canon &&
		    d->bodies[i]->out.limit == limit) {
			v->body = d->bodies[i];
			return 0;
		}
	v->body = arena_new(d->mem, struct dkim_body);
	int r = v->body ? dkim_body_begin(v->body, v->signature.body_canon, limit, d->crypto)
	                : ERR_NO_MEMORY;
	if (r >= 0)
		d->bodies[d->n_bodies++] = v->body;
	return r;
}

int dkim_add(struct dkim *d, const struct message_field *f, enum dkim_kind kind, uint64_t now)
{
	struct dkim_verdict *v = &d->v[d->n++];
	int r;

	v->field = *f;
	r = kind == DKIM_OF_CHAIN ? dkim_arc_signature_parse(f->value, d->mem, &v->signature)
	                          : dkim_signature_parse(f->value, d->mem, &v->signature);
	if (r == ERR_NO_MEMORY)
		return r;
	if (r < 0)
		return decide(v, DKIM_PERMERROR, err_str(r)), 0;
	check_form(d, v, kind, now);
	return is_open(v) ? begin_body(d, v) : 0;
}

int dkim_open(struct dkim *d, struct span header, const struct dkim_crypto *crypto,
              struct arena *mem)
{
	*d = (struct dkim){ .crypto = crypto, .mem = mem };
	return dkim_fields_begin(&d->fields, header, mem);
}

int dkim_start(struct dkim *d, struct span header, uint64_t now, const struct dkim_crypto *crypto,
               struct arena *mem)
{
	struct message_header h;
	struct message_field f;
	int r = dkim_open(d, header, crypto, mem);

	message_header_begin(&h, header);
	while (r >= 0 && message_header_next(&h, &f)) {
		if (!span_eq_nocase(f.name, SPAN("DKIM-Signature")))
			continue;
		if (d->n == DKIM_SIGNATURES_MAX)
			d->n_more++;
		else
			r = dkim_add(d, &f, DKIM_OF_AUTHOR, now);
	}
	return r;
}

void dkim_body(struct dkim *d, struct span piece)
{
	for (size_t i = 0; i < d->n_bodies; i++)
		dkim_body_put(d->bodies[i], piece);
}

int dkim_body_done(struct dkim *d)
{
	uint8_t digest[DKIM_SIGNATURES_MAX][DKIM_HASH_BYTES];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < d->n_bodies; i++)
		r = dkim_body_end(d->bodies[i], digest[i]);
	for (size_t i = 0; r >= 0 && i < d->n; i++) {
		struct dkim_verdict *v = &d->v[i];
		size_t at = 0;

		if (!is_open(v))
			continue;
		while (d->bodies[at] != v->body)
			at++;
		if (v->signature.has_length && v->signature.length > v->body->out.n)
			decide(v, DKIM_PERMERROR, "l= is more than the body");
		else if (memcmp(v->signature.body_hash.p, digest[at], DKIM_HASH_BYTES) != 0)
			v->body_changed = true;
	}
	return r;
}

bool dkim_next(struct dkim *d, struct dns_question *out)
{
	for (; d->asked < d->n; d->asked++) {
		struct dkim_verdict *v = &d->v[d->asked];

		if (!is_open(v))
			continue;
		int n = snprintf(out->name, sizeof out->name, "%.*s._domainkey.%.*s",
		                 SPAN_ARG(v->signature.selector), SPAN_ARG(v->signature.domain));
		out->type = DNS_TXT;
		if (n < (int)sizeof out->name)
			return true;
		decide(v, DKIM_PERMERROR, "the name of its key is too long");
	}
	return false;
}

/* RFC 6376 3.6.1: of a domain that tests, it is as if there were no signature. */
static void fail(struct dkim_verdict *v, const char *why)
{
	decide(v, v->testing ? DKIM_NEUTRAL : DKIM_FAIL, why);
	if (v->testing)
		snprintf(v->why, sizeof v->why, "%s, and the domain only tests (t=y)", why);
}

static int check_signature(struct dkim *d, struct dkim_verdict *v, const struct dkim_key *key)
{
	const struct dkim_signature *s = &v->signature;
	uint8_t digest[DKIM_HASH_BYTES];
	struct dkim_out out;
	int r = dkim_out_begin(&out, d->crypto, UINT64_MAX);

	if (r < 0)
		return r;
	put_named(d, s, &out);
	dkim_own_field_put(&out, s->header_canon, &v->field, s->b_raw);
	r = dkim_out_end(&out, digest);
	if (r < 0)
		return r;
	switch (d->crypto->check(key->ed25519, key->octets, digest, s->signature)) {
	case 0:
		if (s->has_length && s->length < v->body->out.n)
			decide(v, DKIM_POLICY, "it leaves the end of the body unsigned (l=)");
		else
			decide(v, DKIM_PASS, "");
		break;
	case ERR_AUTH: fail(v, "the header was changed, or the key is another"); break;
	case ERR_SYNTAX: decide(v, DKIM_PERMERROR, "its key cannot be read"); break;
	case ERR_REFUSED: decide(v, DKIM_POLICY, "its key is under 1024 bits"); break;
	case ERR_TOO_BIG: decide(v, DKIM_PERMERROR, "its key is over 4096 bits"); break;
	default: decide(v, DKIM_TEMPERROR, "it could not be checked now");
	}
	return 0;
}

static int use_key(struct dkim *d, struct dkim_verdict *v, const struct dkim_key *key)
{
	const struct dkim_signature *s = &v->signature;

	v->testing = key->testing;
	if (!key->octets.n)
		return decide(v, DKIM_PERMERROR, "its key was revoked (p= is empty)"), 0;
	if (key->ed25519 != (s->algorithm == DKIM_ED25519_SHA256))
		return decide(v, DKIM_PERMERROR, "its key is of another kind than a="), 0;
	if (key->strict && !span_eq_nocase(s->identity_domain, s->domain))
		return decide(v, DKIM_PERMERROR, "i= is below d=, which the key forbids (t=s)"), 0;
	if (v->body_changed)
		return fail(v, "the body was changed"), 0;
	return check_signature(d, v, key);
}

/* What cannot pass waits for no key.  Of several records, which RFC 6376 3.6.2.2 leaves open, the
 * first that is a key. */
int dkim_answer(struct dkim *d, const struct dns_answer *answer)
{
	struct dkim_verdict *v = &d->v[d->asked++];
	struct dkim_key key;
	int r = ERR_NOT_FOUND;

	if (answer->status == DNS_FAILED && v->body_changed)
		return fail(v, "the body was changed"), 0;
	if (answer->status == DNS_FAILED)
		return decide(v, DKIM_TEMPERROR, "its key could not be looked up now"), 0;
	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n; i++) {
		r = dkim_key_parse(answer->records[i].text, d->mem, &key);
		if (r >= 0)
			return use_key(d, v, &key);
		if (r == ERR_NO_MEMORY)
			return r;
	}
	decide(v, DKIM_PERMERROR, r == ERR_NOT_FOUND ? "its key is not in DNS" : err_str(r));
	return 0;
}

void dkim_fini(struct dkim *d)
{
	for (size_t i = 0; i < d->n_bodies; i++)
		dkim_out_end(&d->bodies[i]->out, NULL);
}

/* wire/arc/validate.c - what a chain is worth.  RFC 8617 5.2. */
#include <stdio.h>

#include "wire/arc/arc.h"

const char *arc_result_word(enum arc_result result)
{
	static const char *const words[] = { "none", "pass", "fail", "temperror" };

	return words[result];
}

static void decide(struct arc *a, enum arc_result result, const char *why)
{
	a->result = result;
	a->decided = true;
	snprintf(a->why, sizeof a->why, "%s", why);
}

static void decide_of(struct arc *a, enum arc_result result, size_t instance, const char *what,
                      const char *why)
{
	a->result = result;
	a->decided = true;
	snprintf(a->why, sizeof a->why, "%s of instance %zu: %.110s", what, instance, why);
}

/* From the newest down: what is older and does not pass says only that it was changed there. */
static int begin_signatures(struct arc *a, struct span header, uint64_t now)
{
	int r = dkim_open(a->signatures, header, a->crypto, a->mem);

	for (size_t i = a->chain.n; r >= 0 && i && a->signatures->n < DKIM_SIGNATURES_MAX; i--)
		r = dkim_add(a->signatures, &a->chain.sets[i - 1].signature, DKIM_OF_CHAIN, now);
	return r;
}

int arc_start(struct arc *a, struct span header, uint64_t now, const struct dkim_crypto *crypto,
              struct arena *mem)
{
	*a = (struct arc){ .crypto = crypto, .mem = mem };
	int r = arc_chain_read(header, mem, &a->chain);

	if (r < 0)
		return r;
	if (a->chain.broken)
		decide(a, ARC_FAIL, a->chain.why);
	else if (!a->chain.n)
		decide(a, ARC_NONE, "");
	if (a->decided)
		return 0;
	a->seal = a->chain.n;
	a->signatures = arena_new(mem, struct dkim);
	return a->signatures ? begin_signatures(a, header, now) : ERR_NO_MEMORY;
}

void arc_body(struct arc *a, struct span piece)
{
	if (a->signatures)
		dkim_body(a->signatures, piece);
}

int arc_body_done(struct arc *a)
{
	return a->signatures ? dkim_body_done(a->signatures) : 0;
}

void arc_fini(struct arc *a)
{
	if (a->signatures)
		dkim_fini(TAKE(a->signatures));
}

/* The newest signature first, without which the rest says nothing. */
static void look_at_newest(struct arc *a)
{
	const struct dkim_verdict *v = &a->signatures->v[0];

	if (v->result == DKIM_NONE || v->result == DKIM_PASS)
		return;
	decide_of(a, v->result == DKIM_TEMPERROR ? ARC_TEMPERROR : ARC_FAIL, a->chain.n,
	          "the signature", v->why);
}

/* 5.2 (5): the oldest of those, from the newest on, that still pass. */
static void find_oldest(struct arc *a)
{
	size_t n = 0;

	while (n < a->signatures->n && a->signatures->v[n].result == DKIM_PASS)
		n++;
	a->oldest_pass = n == a->chain.n ? 0 : a->chain.n - n + 1;
	decide(a, ARC_PASS, "");
}

bool arc_next(struct arc *a, struct dns_question *out)
{
	if (!a->decided)
		look_at_newest(a);
	if (a->decided)
		return false;
	if (a->signatures->v[0].result == DKIM_NONE || !a->seal) {
		bool more = dkim_next(a->signatures, out);

		look_at_newest(a); /* its key's name may have been too long */
		if (!a->decided && !more)
			find_oldest(a);
		if (a->decided || more)
			return !a->decided;
	}
	const struct arc_set *s = &a->chain.sets[a->seal - 1];
	int n = snprintf(out->name, sizeof out->name, "%.*s._domainkey.%.*s", SPAN_ARG(s->selector),
	                 SPAN_ARG(s->domain));
	out->type = DNS_TXT;
	if (n < (int)sizeof out->name)
		return true;
	decide_of(a, ARC_FAIL, a->seal, "the seal", "the name of its key is too long");
	return false;
}

void arc_set_put(struct dkim_out *out, const struct arc_set *s)
{
	dkim_field_put(out, DKIM_RELAXED, &s->results);
	dkim_field_put(out, DKIM_RELAXED, &s->signature);
	dkim_field_put(out, DKIM_RELAXED, &s->seal);
}

static int check_seal(struct arc *a, const struct dkim_key *key, const char **why)
{
	const struct arc_set *s = &a->chain.sets[a->seal - 1];
	uint8_t digest[DKIM_HASH_BYTES];
	struct dkim_out out;
	int r = dkim_out_begin(&out, a->crypto, UINT64_MAX);

	*why = "";
	if (r < 0)
		return r;
	for (size_t i = 0; i + 1 < a->seal; i++)
		arc_set_put(&out, &a->chain.sets[i]);
	dkim_field_put(&out, DKIM_RELAXED, &s->results);
	dkim_field_put(&out, DKIM_RELAXED, &s->signature);
	dkim_own_field_put(&out, DKIM_RELAXED, &s->seal, s->b_raw);
	r = dkim_out_end(&out, digest);
	if (r < 0)
		return r;
	switch (a->crypto->check(key->ed25519, key->octets, digest, s->octets)) {
	case 0: return 0;
	case ERR_AUTH: *why = "a set was changed, or the key is another"; break;
	case ERR_SYNTAX: *why = "its key cannot be read"; break;
	case ERR_REFUSED: *why = "its key is under 1024 bits"; break;
	case ERR_TOO_BIG: *why = "its key is over 4096 bits"; break;
	default: decide_of(a, ARC_TEMPERROR, a->seal, "the seal", "it could not be checked now");
	}
	return 0;
}

static int use_key(struct arc *a, const struct dkim_key *key)
{
	const struct arc_set *s = &a->chain.sets[a->seal - 1];
	const char *why = "";
	int r = 0;

	if (!key->octets.n)
		why = "its key was revoked (p= is empty)";
	else if (key->ed25519 != (s->algorithm == DKIM_ED25519_SHA256))
		why = "its key is of another kind than a=";
	else
		r = check_seal(a, key, &why);
	if (*why)
		decide_of(a, ARC_FAIL, a->seal, "the seal", why);
	a->seal -= !a->decided;
	return r;
}

int arc_answer(struct arc *a, const struct dns_answer *answer)
{
	struct dkim_key key;
	int r = ERR_NOT_FOUND;

	if (a->signatures->v[0].result == DKIM_NONE || !a->seal)
		return dkim_answer(a->signatures, answer);
	if (answer->status == DNS_FAILED) {
		decide_of(a, ARC_TEMPERROR, a->seal, "the seal",
		          "its key could not be looked up now");
		return 0;
	}
	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n; i++) {
		r = dkim_key_parse(answer->records[i].text, a->mem, &key);
		if (r >= 0)
			return use_key(a, &key);
		if (r == ERR_NO_MEMORY)
			return r;
	}
	decide_of(a, ARC_FAIL, a->seal, "the seal",
	          r == ERR_NOT_FOUND ? "its key is not in DNS" : err_str(r));
	return 0;
}

/* ---- who vouches ---- */

/* White space and comments, which nest. */
static void skip(struct span *rest)
{
	size_t depth = 0;

	for (; rest->n; *rest = span_sub(*rest, 1, rest->n)) {
		char c = rest->p[0];

		if (c == '(')
			depth++;
		else if (c == ')' && depth)
			depth--;
		else if (c == '\\' && depth)
			*rest = span_sub(*rest, 1, rest->n);
		else if (!depth && !memchr(" \t\r\n", c, 4))
			break;
	}
}

/* The next word, with quoted strings that are part of it, or ";"; false at the end. */
static bool next_word(struct span *rest, struct span *word)
{
	bool quoted = false;
	size_t n = 0;

	skip(rest);
	for (; n < rest->n && (quoted || !memchr(" \t\r\n(;", rest->p[n], 6)); n++) {
		if (rest->p[n] == '"')
			quoted = !quoted;
		n += rest->p[n] == '\\' && quoted && n + 1 < rest->n;
	}
	n += !n && rest->n;
	*word = span_sub(*rest, 0, n);
	*rest = span_sub(*rest, n, rest->n);
	return n;
}

/* "dmarc=pass (comment) header.from=example.org", RFC 8601 2.2. */
static bool says_pass(struct span says, struct span author)
{
	bool first = true, pass = false;
	struct span word;

	while (next_word(&says, &word)) {
		if (span_eq(word, SPAN(";"))) {
			first = true;
			continue;
		}
		if (first)
			pass = span_eq_nocase(word, SPAN("dmarc=pass"));
		else if (pass && span_eat_nocase(&word, SPAN("header.from=")))
			return span_eq_nocase(word, author);
		first = false;
	}
	return false;
}

const struct arc_set *arc_vouched(const struct arc *a, struct span author,
                                  bool (*trusts)(struct span domain, void *arg), void *arg)
{
	if (a->result != ARC_PASS || !author.n)
		return NULL;
	for (size_t i = a->chain.n; i && trusts(a->chain.sets[i - 1].domain, arg); i--)
		if (says_pass(a->chain.sets[i - 1].says, author))
			return &a->chain.sets[i - 1];
	return NULL;
}

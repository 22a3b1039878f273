/* wire/arc/chain.c - the sets of a header, read.  RFC 8617 4.1, 4.2, 5.2 (steps 1-3). */
#include <stdio.h>

#include "wire/arc/arc.h"

enum which { RESULTS, SIGNATURE, SEAL, OTHER };

static enum which which(struct span name)
{
	return span_eq_nocase(name, SPAN("ARC-Authentication-Results")) ? RESULTS
	       : span_eq_nocase(name, SPAN("ARC-Message-Signature"))    ? SIGNATURE
	       : span_eq_nocase(name, SPAN("ARC-Seal"))                 ? SEAL
	                                                                : OTHER;
}

static void break_it(struct arc_chain *c, const char *why)
{
	if (!c->broken)
		snprintf(c->why, sizeof c->why, "%s", why);
	c->broken = true;
}

static int parse_instance(struct span value, size_t *out)
{
	uint64_t n;

	if (span_to_u64(value, ARC_SETS_MAX, &n) < 0 || !n)
		return err(ERR_SYNTAX, "i= is no number from 1 to %d", ARC_SETS_MAX);
	*out = (size_t)n;
	return 0;
}

/* 4.1.1: the instance, then what Authentication-Results has. */
static int parse_results(const struct message_field *f, struct arc_set *s, size_t *instance)
{
	struct span rest = f->value, first, tag;

	if (!span_split(&rest, ';', &first))
		return err(ERR_SYNTAX, "ARC-Authentication-Results has no i=");
	s->says = rest;
	if (!span_split(&first, '=', &tag) || !span_eq(dkim_trim(tag), SPAN("i")))
		return err(ERR_SYNTAX, "ARC-Authentication-Results has no i=");
	return parse_instance(dkim_trim(first), instance);
}

/* Of a signature no more than its instance: what else it says is judged by wire/dkim. */
static int parse_signature(const struct message_field *f, struct arena *mem, size_t *instance)
{
	struct dkim_tags *tags = arena_new(mem, struct dkim_tags);
	int r = tags ? dkim_tags_parse(f->value, tags) : ERR_NO_MEMORY;

	return r < 0 ? r : parse_instance(dkim_tags_value(tags, "i", ""), instance);
}

static int read_seal(const struct dkim_tags *tags, struct arena *mem, struct arc_set *s)
{
	s->domain = dkim_tags_value(tags, "d", "");
	s->selector = dkim_tags_value(tags, "s", "");
	s->cv = dkim_tags_value(tags, "cv", "");
	if (!dkim_is_domain(s->domain) || !dkim_is_domain(s->selector))
		return err(ERR_SYNTAX, "d= or s= of a seal is no domain name");
	if (dkim_tags_find(tags, "h"))
		return err(ERR_SYNTAX, "a seal has h=, which it must not"); /* 4.1.3 */
	const struct dkim_tag *b = dkim_tags_find(tags, "b");
	if (!b || !b->value.n)
		return err(ERR_SYNTAX, "a seal has no b=");
	s->b_raw = b->raw;
	int r = dkim_algorithm_parse(dkim_tags_value(tags, "a", ""), &s->algorithm);
	if (r >= 0 && s->algorithm == DKIM_RSA_SHA1)
		r = err(ERR_UNKNOWN, "a seal is made with SHA-1, which is no longer taken");
	return r < 0 ? r : dkim_base64(b->value, mem, &s->octets);
}

static int parse_seal(const struct message_field *f, struct arena *mem, struct arc_set *s,
                      size_t *instance)
{
	struct dkim_tags *tags = arena_new(mem, struct dkim_tags);
	int r = !tags                             ? ERR_NO_MEMORY
	        : f->value.n > ARC_SEAL_BYTES_MAX ? err(ERR_TOO_LONG, "a seal is too long")
	                                          : dkim_tags_parse(f->value, tags);

	if (r >= 0)
		r = parse_instance(dkim_tags_value(tags, "i", ""), instance);
	return r < 0 ? r : read_seal(tags, mem, s);
}

/* A field's own members of the set. */
static void keep(struct arc_set *to, const struct arc_set *got, enum which w)
{
	if (w == RESULTS) {
		to->results = got->results;
		to->says = got->says;
	} else if (w == SIGNATURE) {
		to->signature = got->signature;
	} else {
		struct message_field results = to->results, signature = to->signature;
		struct span says = to->says;

		*to = *got;
		to->results = results;
		to->signature = signature;
		to->says = says;
	}
}

static int take(struct arc_chain *c, const struct message_field *f, enum which w, struct arena *mem)
{
	struct arc_set got = { 0 };
	size_t i = 0;
	int r;

	*(w == RESULTS ? &got.results : w == SIGNATURE ? &got.signature : &got.seal) = *f;
	r = w == RESULTS     ? parse_results(f, &got, &i)
	    : w == SIGNATURE ? parse_signature(f, mem, &i)
	                     : parse_seal(f, mem, &got, &i);
	if (r == ERR_NO_MEMORY)
		return r;
	c->highest = i > c->highest ? i : c->highest;
	if (r < 0)
		return break_it(c, err_str(r)), 0;
	struct arc_set *s = &c->sets[i - 1];
	const struct message_field *had = w == RESULTS     ? &s->results
	                                  : w == SIGNATURE ? &s->signature
	                                                   : &s->seal;
	if (had->whole.p)
		break_it(c, "an instance has a field twice");
	else
		keep(s, &got, w);
	return 0;
}

/* 5.2 (3): each set whole, without a gap; the first says none, the others pass. */
static void check(struct arc_chain *c)
{
	for (size_t i = 0; i < c->highest; i++) {
		const struct arc_set *s = &c->sets[i];

		if (!s->results.whole.p || !s->signature.whole.p || !s->seal.whole.p)
			break_it(c, "an instance is not whole");
		else if (span_eq_nocase(s->cv, SPAN("fail")))
			break_it(c, "a seal says that it was broken before (cv=fail)");
		else if (!span_eq_nocase(s->cv, i ? SPAN("pass") : SPAN("none")))
			break_it(c, "cv= of a seal is not what it must be");
	}
	c->n = c->broken ? 0 : c->highest;
}

int arc_chain_read(struct span header, struct arena *mem, struct arc_chain *out)
{
	struct message_header h;
	struct message_field f;
	size_t n = 0;
	int r = 0;

	*out = (struct arc_chain){ 0 };
	message_header_begin(&h, header);
	while (r >= 0 && message_header_next(&h, &f)) {
		enum which w = which(f.name);

		if (w == OTHER)
			continue;
		if (!out->sets && !(out->sets = arena_array(mem, struct arc_set, ARC_SETS_MAX)))
			return ERR_NO_MEMORY;
		if (n++ == 3 * ARC_SETS_MAX) {
			break_it(out, "it has more than 50 sets");
			break;
		}
		r = take(out, &f, w, mem);
	}
	check(out);
	return r;
}

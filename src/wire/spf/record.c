/* wire/spf/record.c - see record.h. */
#include "wire/spf/record.h"

#include "wire/spf/macro.h"

/* What may stand behind a mechanism's name. */
enum {
	TAKES_NOTHING = 0,
	TAKES_DOMAIN = 1 << 0, /* ":" domain-spec */
	NEEDS_DOMAIN = 1 << 1,
	TAKES_BITS = 1 << 2, /* dual-cidr-length */
	TAKES_NETWORK = 1 << 3,
};

static const struct mechanism {
	struct span name;
	enum spf_kind kind;
	unsigned takes;
} mechanisms[] = {
	{ { "all", 3 }, SPF_ALL, TAKES_NOTHING },
	{ { "include", 7 }, SPF_INCLUDE, TAKES_DOMAIN | NEEDS_DOMAIN },
	{ { "a", 1 }, SPF_A, TAKES_DOMAIN | TAKES_BITS },
	{ { "mx", 2 }, SPF_MX, TAKES_DOMAIN | TAKES_BITS },
	{ { "ptr", 3 }, SPF_PTR, TAKES_DOMAIN },
	{ { "ip4", 3 }, SPF_IP4, TAKES_NETWORK },
	{ { "ip6", 3 }, SPF_IP6, TAKES_NETWORK },
	{ { "exists", 6 }, SPF_EXISTS, TAKES_DOMAIN | NEEDS_DOMAIN },
};

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool spf_record_is(struct span text, struct span *terms)
{
	if (!span_eat_nocase(&text, SPAN("v=spf1")) || (text.n && text.p[0] != ' '))
		return false;
	*terms = text;
	return true;
}

/* Cuts slashes and a number off the end: "/24", "//64".  False: there was none, *s is as it was.
 * A number with a leading zero, or over max, is ERR_SYNTAX by *bad. */
static bool cut_bits(struct span *s, struct span slashes, uint8_t max, uint8_t *bits, bool *bad)
{
	size_t at = s->n;
	uint64_t n;

	while (at && is_digit(s->p[at - 1]))
		at--;
	if (at == s->n || at < slashes.n ||
	    !span_eq(span_sub(*s, at - slashes.n, slashes.n), slashes))
		return false;
	struct span digits = span_sub(*s, at, s->n);
	if ((digits.n > 1 && digits.p[0] == '0') || span_to_u64(digits, max, &n) < 0) {
		*bad = true;
		return false;
	}
	*bits = (uint8_t)n;
	*s = span_sub(*s, 0, at - slashes.n);
	return true;
}

/* ":" domain-spec, dual-cidr-length. */
static int parse_domain(const struct mechanism *m, struct span rest, struct spf_term *out)
{
	bool bad = false;

	if (m->takes & TAKES_BITS) {
		cut_bits(&rest, SPAN("//"), 128, &out->bits6, &bad);
		if (!bad)
			cut_bits(&rest, SPAN("/"), 32, &out->bits4, &bad);
		if (bad)
			return ERR_SYNTAX;
	}
	if (rest.n == 0)
		return m->takes & NEEDS_DOMAIN ? ERR_SYNTAX : 0;
	if (!span_eat(&rest, SPAN(":")))
		return ERR_SYNTAX;
	out->domain = rest;
	return spf_macro_check(rest, SPF_DOMAIN_SPEC);
}

static int parse_network(struct span rest, struct spf_term *out)
{
	bool four = out->kind == SPF_IP4, bad = false;

	if (!span_eat(&rest, SPAN(":")))
		return ERR_SYNTAX;
	cut_bits(&rest, SPAN("/"), four ? 32 : 128, four ? &out->bits4 : &out->bits6, &bad);
	if (bad || ip_parse(rest, &out->network) < 0 || out->network.n != (four ? 4 : 16))
		return ERR_SYNTAX;
	return 0;
}

static int parse_mechanism(struct span term, struct spf_term *out)
{
	size_t n = 0;

	if (memchr("+-~?", term.p[0], 4)) {
		out->qualifier = term.p[0];
		term = span_sub(term, 1, term.n);
	}
	while (n < term.n && term.p[n] != ':' && term.p[n] != '/')
		n++;
	for (size_t i = 0; i < N_ELEMS(mechanisms); i++) {
		const struct mechanism *m = &mechanisms[i];
		struct span rest = span_sub(term, n, term.n);

		if (!span_eq_nocase(m->name, span_sub(term, 0, n)))
			continue;
		out->kind = m->kind;
		if (m->takes & TAKES_NETWORK)
			return parse_network(rest, out);
		if (m->takes & TAKES_DOMAIN)
			return parse_domain(m, rest, out);
		return rest.n ? ERR_SYNTAX : 0;
	}
	return ERR_SYNTAX;
}

/* name "=" at the front; false when the term is no modifier. */
static bool split_modifier(struct span term, struct span *name, struct span *value)
{
	size_t n = 0;

	if (!is_alpha(term.p[0]))
		return false;
	while (n < term.n &&
	       (is_alpha(term.p[n]) || is_digit(term.p[n]) || memchr("-_.", term.p[n], 3)))
		n++;
	if (n == term.n || term.p[n] != '=')
		return false;
	*name = span_sub(term, 0, n);
	*value = span_sub(term, n + 1, term.n);
	return true;
}

static int parse_modifier(struct span name, struct span value, struct spf_term *out)
{
	out->domain = value;
	if (span_eq_nocase(name, SPAN("redirect")))
		out->kind = SPF_REDIRECT;
	else if (span_eq_nocase(name, SPAN("exp")))
		out->kind = SPF_EXP;
	else
		out->kind = SPF_UNKNOWN_MODIFIER;
	return spf_macro_check(value, out->kind == SPF_UNKNOWN_MODIFIER ? SPF_MACRO_TEXT
	                                                                : SPF_DOMAIN_SPEC);
}

int spf_term_next(struct span *terms, struct spf_term *out)
{
	struct span name, value;
	size_t n = 0;

	while (terms->n && terms->p[0] == ' ')
		*terms = span_sub(*terms, 1, terms->n);
	while (n < terms->n && terms->p[n] != ' ')
		n++;
	if (n == 0)
		return 0;
	*out = (struct spf_term){ .qualifier = '+', .bits4 = 32, .bits6 = 128 };
	out->text = span_sub(*terms, 0, n);
	*terms = span_sub(*terms, n, terms->n);
	int r = split_modifier(out->text, &name, &value) ? parse_modifier(name, value, out)
	                                                 : parse_mechanism(out->text, out);
	return r < 0 ? r : 1;
}

int spf_record_check(struct span terms, struct span *redirect, struct span *exp, struct span *bad)
{
	struct span found[2] = { 0 };
	struct spf_term term;
	int r;

	while ((r = spf_term_next(&terms, &term)) > 0) {
		if (term.kind != SPF_REDIRECT && term.kind != SPF_EXP)
			continue;
		if (found[term.kind == SPF_EXP].n) {
			*bad = (struct span){ 0 };
			return ERR_SYNTAX;
		}
		found[term.kind == SPF_EXP] = term.domain;
	}
	if (r < 0) {
		*bad = term.text;
		return r;
	}
	*redirect = found[0];
	*exp = found[1];
	return 0;
}

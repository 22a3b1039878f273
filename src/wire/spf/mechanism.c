/* wire/spf/mechanism.c - whether a term matches the client's address.  RFC 7208 5. */
#include "wire/spf/spf_impl.h"

enum { LABEL_MAX = 63, TAIL = 2 * DNS_NAME_BYTES, EXPANDED_MAX = 16384 };

bool spf_name_ok(struct span *name)
{
	struct span rest, label;

	if (name->n && name->p[name->n - 1] == '.')
		name->n--;
	if (name->n == 0 || name->n >= DNS_NAME_BYTES || name->p[name->n - 1] == '.' ||
	    memchr(name->p, 0, name->n))
		return false;
	for (rest = *name; span_split(&rest, '.', &label);)
		if (label.n == 0 || label.n > LABEL_MAX)
			return false;
	return true;
}

/* RFC 7208 7.3: labels go from the left until the rest fits. */
static struct span cut_left(struct span name)
{
	struct span label;

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n >= DNS_NAME_BYTES && span_split(&name, '.', &label))
		;
	return name;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

int spf_target(struct spf *s, struct span spec, struct span *out)
{
	AUTO_BUF name = BUF(EXPANDED_MAX);
	struct span cut;

	if (spec.n == 0) {
		*out = spf_top(s)->domain;
		return 0;
	}
	*out = (struct span){ 0 };
	/* RFC 8616 4: these never match. */
	if (!is_ascii(s->values.local) && (spf_macro_uses(spec, 's') || spf_macro_uses(spec, 'l')))
		return 0;
	s->values.domain = spf_top(s)->domain;
	s->values.validated = spf_ptr_best(s, s->values.domain);
	int r = spf_macro_expand_tail(spec, &s->values, TAIL, &name);
	if (r < 0)
		return r == ERR_NO_MEMORY ? r : 0;
	cut = cut_left(buf_span(&name));
	return spf_name_ok(&cut) ? arena_copy(s->mem, cut, out) : 0;
}

static bool same_bits(const struct ip *a, const struct ip *b, uint8_t bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a->octets, b->octets, whole) == 0 &&
	       (rest == 0 || ((a->octets[whole] ^ b->octets[whole]) >> (8 - rest)) == 0);
}

bool spf_in_network(const struct ip *a, const struct ip *network, const struct spf_term *term)
{
	return a->n == network->n && same_bits(a, network, a->n == 4 ? term->bits4 : term->bits6);
}

static enum dns_type address_type(const struct spf *s)
{
	return s->values.ip.n == 4 ? DNS_A : DNS_AAAA;
}

/* RFC 7208 5.2: one frame more. */
static void begin_include(struct spf *s, struct span target)
{
	if (s->n_frames == SPF_FRAMES_MAX) {
		spf_finish(s, SPF_PERMERROR, "it takes more than ten look-ups");
		return;
	}
	s->frames[s->n_frames++] = (struct spf_frame){ .domain = target };
	s->phase = SPF_PHASE_RECORD;
}

/* RFC 7208 6.1: the same frame, with another's record; the term under way tells that it was. */
static void begin_redirect(struct spf *s, struct span target)
{
	struct spf_frame *f = spf_top(s);

	*f = (struct spf_frame){ .domain = target, .term = { .kind = SPF_REDIRECT } };
	s->phase = SPF_PHASE_RECORD;
}

/* A name that is not well-formed is not there. */
static void ask_or_not(struct spf *s, enum spf_want want, enum dns_type type, struct span name)
{
	if (!spf_ask(s, want, type, name))
		spf_match(s, false);
}

void spf_begin_term(struct spf *s, struct span target)
{
	switch (spf_top(s)->term.kind) {
	case SPF_INCLUDE: begin_include(s, target); break;
	case SPF_REDIRECT: begin_redirect(s, target); break;
	case SPF_A: ask_or_not(s, SPF_WANT_ADDRESSES, address_type(s), target); break;
	case SPF_EXISTS: ask_or_not(s, SPF_WANT_ADDRESSES, DNS_A, target); break;
	case SPF_MX: ask_or_not(s, SPF_WANT_MX, DNS_MX, target); break;
	default: spf_match(s, target.n && spf_ptr_matches(s, target));
	}
}

static bool one_matches(const struct spf *s, const struct dns_answer *answer,
                        const struct spf_term *term)
{
	if (term->kind == SPF_EXISTS)
		return answer->n > 0;
	for (size_t i = 0; i < answer->n; i++)
		if (spf_in_network(&s->values.ip, &answer->records[i].ip, term))
			return true;
	return false;
}

void spf_answer_addresses(struct spf *s, const struct dns_answer *answer)
{
	const struct spf_term *term = &spf_top(s)->term;

	if (answer->status == DNS_FAILED) {
		spf_finish(s, SPF_TEMPERROR, "a name in its record could not be looked up now");
		return;
	}
	if (answer->status == DNS_FOUND && one_matches(s, answer, term))
		spf_match(s, true);
	else if (answer->status != DNS_FOUND && !spf_void(s))
		return;
	else if (term->kind == SPF_MX)
		s->phase = SPF_PHASE_NEXT_MX;
	else
		spf_match(s, false);
}

void spf_answer_mx(struct spf *s, const struct dns_answer *answer)
{
	s->mx = (struct spf_names){ 0 };
	if (answer->status == DNS_FAILED) {
		spf_finish(s, SPF_TEMPERROR, "a name in its record could not be looked up now");
		return;
	}
	if (answer->status != DNS_FOUND) {
		if (spf_void(s))
			spf_match(s, false);
		return;
	}
	/* Which ones come first is chance, so this is no matter of the first ten. */
	if (answer->n > SPF_NAMES_MAX) {
		spf_finish(s, SPF_PERMERROR, "an mx in its record has more than ten servers");
		return;
	}
	for (; s->mx.n < answer->n; s->mx.n++)
		if (arena_copy(s->mem, answer->records[s->mx.n].name, &s->mx.name[s->mx.n]) < 0) {
			spf_finish(s, SPF_TEMPERROR, "memory ran out here");
			return;
		}
	s->phase = SPF_PHASE_NEXT_MX;
}

/* A null MX, or another name that cannot be, is passed over. */
void spf_next_mx(struct spf *s)
{
	while (s->mx.at < s->mx.n)
		if (spf_ask(s, SPF_WANT_ADDRESSES, address_type(s), s->mx.name[s->mx.at++]))
			return;
	spf_match(s, false);
}

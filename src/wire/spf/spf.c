/* wire/spf/spf.c - see spf.h.
 *
 * RFC 7208 4: from question to question.  Each phase either opens a question or sets the next
 * phase.
 */
#include "wire/spf/spf_impl.h"

const char *spf_result_name(enum spf_result result)
{
	static const char *const names[] = {
		[SPF_NONE] = "none",           [SPF_NEUTRAL] = "neutral",
		[SPF_PASS] = "pass",           [SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail",   [SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};

	return names[result];
}

void spf_finish(struct spf *s, enum spf_result result, const char *problem)
{
	const struct spf_frame *f = spf_top(s);

	s->verdict.result = result;
	s->verdict.problem = problem;
	s->verdict.at = f->domain;
	s->verdict.term = f->term.text;
	s->want = SPF_WANT_NOTHING;
	s->phase = SPF_PHASE_DONE;
}

bool spf_ask(struct spf *s, enum spf_want want, enum dns_type type, struct span name)
{
	if (!spf_name_ok(&name))
		return false;
	memcpy(s->question.name, name.p, name.n);
	s->question.name[name.n] = 0;
	s->question.type = type;
	s->want = want;
	s->verdict.n_questions++;
	return true;
}

bool spf_void(struct spf *s)
{
	if (s->phase == SPF_PHASE_EXP || s->phase == SPF_PHASE_TEXT || s->term_is_void)
		return true;
	s->term_is_void = true;
	if (++s->verdict.n_voids <= SPF_VOIDS_MAX)
		return true;
	spf_finish(s, SPF_PERMERROR, "more than two of its terms name what DNS does not have");
	return false;
}

static enum spf_result result_of(char qualifier)
{
	switch (qualifier) {
	case '+': return SPF_PASS;
	case '-': return SPF_FAIL;
	case '~': return SPF_SOFTFAIL;
	default: return SPF_NEUTRAL;
	}
}

static void finish_first(struct spf *s, enum spf_result result)
{
	spf_finish(s, result, NULL);
	if (result == SPF_FAIL && spf_top(s)->exp.n)
		s->phase = SPF_PHASE_EXP;
}

/* RFC 7208 5.2: an include whose own check passes matches, and may end the next one. */
void spf_match(struct spf *s, bool matched)
{
	s->phase = SPF_PHASE_TERM;
	while (matched) {
		enum spf_result result = result_of(spf_top(s)->term.qualifier);

		if (s->n_frames == 1) {
			finish_first(s, result);
			return;
		}
		s->n_frames--;
		matched = result == SPF_PASS;
	}
}

/* RFC 7208 4.6.4: false, and the check has ended, when it is one too many. */
static bool count_term(struct spf *s)
{
	s->term_is_void = false;
	if (++s->verdict.n_terms <= SPF_TERMS_MAX)
		return true;
	spf_finish(s, SPF_PERMERROR, "it takes more than ten look-ups");
	return false;
}

/* RFC 7208 6.1: no mechanism matched. */
static void end_terms(struct spf *s)
{
	struct spf_frame *f = spf_top(s);

	f->term = (struct spf_term){ .kind = SPF_REDIRECT, .domain = f->redirect };
	if (f->redirect.n) {
		if (count_term(s))
			s->phase = SPF_PHASE_TARGET;
	} else if (s->n_frames == 1) {
		finish_first(s, SPF_NEUTRAL);
	} else {
		s->n_frames--;
		spf_match(s, false);
	}
}

static void take_term(struct spf *s)
{
	struct spf_frame *f = spf_top(s);
	struct span rest = f->terms;

	/* The record was checked as a whole, so this is a term or the end. */
	if (spf_term_next(&rest, &f->term) <= 0) {
		end_terms(s);
		return;
	}
	f->terms = rest;
	switch (f->term.kind) {
	case SPF_ALL: spf_match(s, true); break;
	case SPF_IP4:
	case SPF_IP6:
		spf_match(s, spf_in_network(&s->values.ip, &f->term.network, &f->term));
		break;
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_UNKNOWN_MODIFIER: break;
	default:
		if (count_term(s))
			s->phase = SPF_PHASE_TARGET;
	}
}

static void begin_target(struct spf *s)
{
	struct span target;
	const struct spf_term *term = &spf_top(s)->term;

	if (term->kind == SPF_PTR || spf_macro_uses(term->domain, 'p')) {
		if (spf_validate_names(s) || (s->ptr.is_void && !spf_void(s)))
			return;
	}
	int r = spf_target(s, term->domain, &target);
	if (r < 0)
		spf_finish(s, SPF_TEMPERROR, "memory ran out here");
	else
		spf_begin_term(s, target);
}

static void no_record(struct spf *s)
{
	if (spf_top(s)->term.kind == SPF_REDIRECT) {
		spf_finish(s, SPF_PERMERROR, "it redirects to a domain that has no SPF record");
	} else if (s->n_frames == 1) {
		spf_finish(s, SPF_NONE, NULL);
	} else {
		s->n_frames--;
		spf_finish(s, SPF_PERMERROR, "it includes a domain that has no SPF record");
	}
}

static void take_record(struct spf *s, struct span terms)
{
	struct spf_frame *f = spf_top(s);
	struct span bad;

	if (arena_copy(s->mem, terms, &f->terms) < 0) {
		spf_finish(s, SPF_TEMPERROR, "memory ran out here");
	} else if (spf_record_check(f->terms, &f->redirect, &f->exp, &bad) < 0) {
		f->term.text = bad;
		spf_finish(s, SPF_PERMERROR,
		           bad.n ? "its record has a term that is no term of SPF"
		                 : "its record has redirect= or exp= twice");
	} else {
		s->phase = SPF_PHASE_TERM;
	}
}

/* RFC 7208 4.5: exactly one record, among whatever else the TXT records are. */
static void answer_record(struct spf *s, const struct dns_answer *answer)
{
	struct span terms, found = { 0 };
	size_t n = 0;

	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n; i++)
		if (spf_record_is(answer->records[i].text, &terms)) {
			found = terms;
			n++;
		}
	if (answer->status == DNS_FAILED)
		spf_finish(s, SPF_TEMPERROR, "its record could not be looked up now");
	else if (n == 0)
		no_record(s);
	else if (n > 1)
		spf_finish(s, SPF_PERMERROR, "it has more than one SPF record");
	else
		take_record(s, found);
}

static void step(struct spf *s)
{
	switch (s->phase) {
	case SPF_PHASE_RECORD:
		if (!spf_ask(s, SPF_WANT_RECORD, DNS_TXT, spf_top(s)->domain))
			answer_record(s, &(struct dns_answer){ .status = DNS_NO_NAME });
		break;
	case SPF_PHASE_TERM: take_term(s); break;
	case SPF_PHASE_TARGET: begin_target(s); break;
	case SPF_PHASE_NEXT_MX: spf_next_mx(s); break;
	case SPF_PHASE_EXP: spf_ask_explanation(s); break;
	case SPF_PHASE_TEXT: spf_expand_explanation(s); break;
	case SPF_PHASE_DONE: break;
	}
}

bool spf_next(struct spf *s, struct dns_question *out)
{
	while (s->want == SPF_WANT_NOTHING && s->phase != SPF_PHASE_DONE)
		step(s);
	if (s->phase == SPF_PHASE_DONE)
		return false;
	*out = s->question;
	return true;
}

void spf_answer(struct spf *s, const struct dns_answer *answer)
{
	static void (*const takers[])(struct spf *, const struct dns_answer *) = {
		[SPF_WANT_RECORD] = answer_record,
		[SPF_WANT_ADDRESSES] = spf_answer_addresses,
		[SPF_WANT_MX] = spf_answer_mx,
		[SPF_WANT_PTR] = spf_answer_ptr,
		[SPF_WANT_PTR_ADDRESSES] = spf_answer_ptr_addresses,
		[SPF_WANT_EXP] = spf_answer_explanation,
	};
	enum spf_want want = s->want;

	s->want = SPF_WANT_NOTHING;
	if (want != SPF_WANT_NOTHING)
		takers[want](s, answer);
}

const struct spf_verdict *spf_verdict(const struct spf *s)
{
	return &s->verdict;
}

/* ::ffff:192.0.2.1 is 192.0.2.1 (5). */
static struct ip unmapped(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip four = { .n = 4 };

	if (ip->n != 16 || memcmp(ip->octets, mapped, sizeof mapped) != 0)
		return *ip;
	memcpy(four.octets, ip->octets + 12, 4);
	return four;
}

int spf_start(const struct spf_subject *subject, struct arena *mem, struct spf **out)
{
	struct spf *s = arena_new(mem, struct spf);

	if (!s)
		return ERR_NO_MEMORY;
	ptrdiff_t at = span_find_last(subject->sender, '@');
	struct span local = span_sub(subject->sender, 0, at < 0 ? 0 : (size_t)at);
	struct span domain = span_sub(subject->sender, (size_t)(at + 1), subject->sender.n);
	if (subject->sender.n == 0)
		domain = subject->helo;
	s->mem = mem;
	s->values = (struct spf_values){
		.local = local.n ? local : SPAN("postmaster"),
		.sender_domain = domain,
		.helo = subject->helo,
		.receiver = subject->receiver,
		.ip = unmapped(&subject->ip),
		.now_s = subject->now_s,
	};
	s->n_frames = 1;
	/* RFC 7208 4.3: a name that no domain has, or of one label, has no policy. */
	bool ok = spf_name_ok(&domain) && span_find(domain, '.') >= 0;
	s->frames[0].domain = domain;
	s->verdict.domain = domain;
	if (!ok)
		spf_finish(s, SPF_NONE, NULL);
	*out = s;
	return 0;
}

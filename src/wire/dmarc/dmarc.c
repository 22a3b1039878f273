/* wire/dmarc/dmarc.c - see dmarc.h. */
#include "wire/dmarc/dmarc.h"

#include "wire/dmarc/walk.h"

enum phase {
	PHASE_OWN,      /* the author's own record */
	PHASE_WALK,     /* the rest of the author's walk */
	PHASE_IDENTITY, /* the walk of one identity */
	PHASE_EXISTS,   /* whether the author's domain exists: A, AAAA, MX */
	PHASE_DONE,
};

static const enum dns_type existence[] = { DNS_A, DNS_AAAA, DNS_MX };

struct dmarc {
	struct dmarc_subject subject;
	struct arena *mem;
	struct dmarc_verdict verdict;
	enum phase phase;
	struct dmarc_walk author, other;
	size_t identity; /* that is looked at */
	size_t asked;    /* of existence[] */
	bool failed;     /* an identity's walk did */
};

const char *dmarc_result_name(enum dmarc_result result)
{
	static const char *const names[] = {
		[DMARC_RESULT_NONE] = "none",           [DMARC_RESULT_PASS] = "pass",
		[DMARC_RESULT_FAIL] = "fail",           [DMARC_RESULT_TEMPERROR] = "temperror",
		[DMARC_RESULT_PERMERROR] = "permerror",
	};

	return names[result];
}

static void finish(struct dmarc *d, enum dmarc_result result)
{
	d->verdict.result = result;
	d->phase = PHASE_DONE;
}

/* t=y asks for one step less (4.7). */
static enum dmarc_policy tested(const struct dmarc_record *r, enum dmarc_policy policy)
{
	return r->testing && policy != DMARC_NONE ? (enum dmarc_policy)(policy - 1) : policy;
}

static void fail(struct dmarc *d, bool nonexistent)
{
	const struct dmarc_record *r = &d->verdict.record;
	bool own = d->verdict.policy_domain.n == d->subject.author.n;

	d->verdict.nonexistent = nonexistent;
	d->verdict.policy = tested(r, own ? r->p : nonexistent ? r->np : r->sp);
	finish(d, d->failed ? DMARC_RESULT_TEMPERROR : DMARC_RESULT_FAIL);
}

/* Nothing is aligned: which of the record's policies it is may depend on whether the domain exists.
 */
static void not_aligned(struct dmarc *d)
{
	const struct dmarc_record *r = &d->verdict.record;
	bool own = d->verdict.policy_domain.n == d->subject.author.n;

	if (!own && r->has_np && r->np != r->sp && !d->failed)
		d->phase = PHASE_EXISTS;
	else
		fail(d, false);
}

static void pass(struct dmarc *d, const struct dmarc_identity *identity)
{
	d->verdict.aligned = identity;
	finish(d, DMARC_RESULT_PASS);
}

static bool is_strict(const struct dmarc *d, const struct dmarc_identity *i)
{
	return i->spf ? d->verdict.record.strict_spf : d->verdict.record.strict_dkim;
}

static bool is_at_or_below(struct span name, struct span domain)
{
	return span_eq_nocase(name, domain) ||
	       (name.n > domain.n && span_ends_nocase(name, domain) &&
	        name.p[name.n - domain.n - 1] == '.');
}

/* The next identity whose organization could be the author's (4.10.2). */
static void next_identity(struct dmarc *d)
{
	for (; d->identity < d->subject.n; d->identity++) {
		const struct dmarc_identity *i = &d->subject.identities[d->identity];

		if (is_strict(d, i) || !dmarc_name_ok(i->domain) ||
		    !is_at_or_below(i->domain, d->author.organization))
			continue;
		dmarc_walk_begin(&d->other, i->domain);
		d->phase = PHASE_IDENTITY;
		return;
	}
	not_aligned(d);
}

/* The record that holds is known: look at the identities, without a look-up where one is the
 * author. */
static void have_policy(struct dmarc *d)
{
	bool relaxed = false;

	d->verdict.found = d->author.policy_domain.n > 0;
	d->verdict.record = d->author.policy;
	d->verdict.policy_domain = d->author.policy_domain;
	if (!d->verdict.found || !d->verdict.record.usable) {
		finish(d, DMARC_RESULT_NONE);
		return;
	}
	for (size_t k = 0; k < d->subject.n; k++) {
		const struct dmarc_identity *i = &d->subject.identities[k];

		if (span_eq_nocase(i->domain, d->subject.author)) {
			pass(d, i);
			return;
		}
		relaxed |= !is_strict(d, i);
	}
	if (!relaxed)
		not_aligned(d);
	else if (d->author.target.n)
		d->phase = PHASE_WALK;
	else
		next_identity(d);
}

static void answer_author(struct dmarc *d, const struct dns_answer *answer)
{
	bool knew = d->author.own;

	dmarc_walk_answer(&d->author, answer, d->mem);
	if (d->author.failed) {
		finish(d, DMARC_RESULT_TEMPERROR);
		return;
	}
	d->phase = PHASE_WALK;
	if (d->author.own && !knew) {
		have_policy(d);
	} else if (d->author.target.n == 0) {
		if (knew)
			next_identity(d);
		else
			have_policy(d);
	}
	if (d->author.target.n == 0)
		d->verdict.organization = d->author.organization;
}

static void answer_identity(struct dmarc *d, const struct dns_answer *answer)
{
	dmarc_walk_answer(&d->other, answer, d->mem);
	if (d->other.target.n)
		return;
	if (d->other.failed)
		d->failed = true;
	else if (span_eq_nocase(d->other.organization, d->author.organization)) {
		pass(d, &d->subject.identities[d->identity]);
		return;
	}
	d->identity++;
	next_identity(d);
}

/* RFC 9989 3.2.13: neither A, AAAA nor MX.  Where DNS fails, the domain is taken to exist. */
static void answer_existence(struct dmarc *d, const struct dns_answer *answer)
{
	d->asked++;
	if (answer->status == DNS_FOUND || answer->status == DNS_FAILED)
		fail(d, false);
	else if (answer->status == DNS_NO_NAME || d->asked == N_ELEMS(existence))
		fail(d, true);
}

bool dmarc_next(struct dmarc *d, struct dns_question *out)
{
	switch (d->phase) {
	case PHASE_OWN:
	case PHASE_WALK: return dmarc_walk_next(&d->author, out);
	case PHASE_IDENTITY: return dmarc_walk_next(&d->other, out);
	case PHASE_EXISTS:
		memcpy(out->name, d->subject.author.p, d->subject.author.n);
		out->name[d->subject.author.n] = 0;
		out->type = existence[d->asked];
		return true;
	default: return false;
	}
}

void dmarc_answer(struct dmarc *d, const struct dns_answer *answer)
{
	if (d->phase == PHASE_DONE)
		return;
	d->verdict.n_questions++;
	if (d->phase == PHASE_IDENTITY)
		answer_identity(d, answer);
	else if (d->phase == PHASE_EXISTS)
		answer_existence(d, answer);
	else
		answer_author(d, answer);
}

const struct dmarc_verdict *dmarc_verdict(const struct dmarc *d)
{
	return &d->verdict;
}

int dmarc_start(const struct dmarc_subject *subject, struct arena *mem, struct dmarc **out)
{
	struct dmarc *d = arena_new(mem, struct dmarc);

	if (!d)
		return ERR_NO_MEMORY;
	d->subject = *subject;
	d->mem = mem;
	if (d->subject.n > DMARC_IDENTITIES_MAX)
		d->subject.n = DMARC_IDENTITIES_MAX;
	dmarc_walk_begin(&d->author, subject->author);
	if (!dmarc_name_ok(subject->author))
		finish(d, DMARC_RESULT_PERMERROR);
	*out = d;
	return 0;
}

int dmarc_print(const struct dmarc_verdict *v, const struct dmarc_subject *subject, struct buf *out)
{
	static const char *const before[] = {
		[DMARC_RESULT_NONE] = "there is no DMARC policy for ",
		[DMARC_RESULT_PASS] = "the message is from ",
		[DMARC_RESULT_FAIL] = "neither SPF nor DKIM shows that the message is from ",
		[DMARC_RESULT_TEMPERROR] = "DMARC could not be checked now for ",
		[DMARC_RESULT_PERMERROR] = "From names no domain that can be looked up: ",
	};

	(void)buf_puts(out, before[v->result]);
	(void)buf_put_escaped(out, subject->author);
	if (v->result == DMARC_RESULT_PASS && v->aligned) {
		(void)buf_printf(out, ", as %s shows for ", v->aligned->spf ? "SPF" : "DKIM");
		(void)buf_put_escaped(out, v->aligned->domain);
	}
	if (v->result == DMARC_RESULT_TEMPERROR)
		(void)buf_puts(out, "; try again later");
	if (v->result != DMARC_RESULT_FAIL)
		return out->err;
	(void)buf_printf(out, ", and the DMARC policy of ");
	(void)buf_put_escaped(out, v->policy_domain);
	(void)buf_printf(out,
	                 " asks for \"%s\"; send it through that domain's own server, or sign it "
	                 "with DKIM for that domain",
	                 dmarc_policy_name(v->policy));
	return out->err;
}

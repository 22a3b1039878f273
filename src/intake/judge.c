/* intake/judge.c - looks for loops, asks whoever judges, and turns his answers into what the commit
 * does.
 *
 * SMTP has one reply for all recipients: it is a refusal only when each of them refuses.
 */
#include "intake/judge.h"

#include <stdio.h>

#include "inspect/steps/steps.h"
#include "intake/intake_impl.h"

static struct {
	intake_judge_fn *fn;
	void *arg;
} judge;

void intake_judge_set(intake_judge_fn *fn, void *arg)
{
	judge.fn = fn;
	judge.arg = arg;
}

/* The reply, when nobody is left who takes it; else NULL. */
static const struct intake_no *refusal(const struct intake *in, const struct intake_judgement *all)
{
	const struct intake_no *no = NULL;

	for (uint32_t i = 0; i < in->n_rcpts; i++) {
		if (intake_taken_out(in, i))
			continue;
		if (all[i].decision != INTAKE_REFUSE)
			return NULL;
		no = no ? no : &all[i].no;
	}
	return no;
}

static bool had(const struct intake *in, struct span account)
{
	for (size_t i = 0; account.n && i < in->facts.n_had; i++)
		if (span_eq_nocase(in->facts.had[i], account))
			return true;
	return false;
}

/* What a mailbox had, and comes back to it, would do so for ever (RFC 5321 6.3). */
static void refuse_loops(const struct intake *in, struct intake_judgement *all)
{
	for (size_t i = 0; i < in->n_rcpts; i++) {
		struct intake_no *no = &all[i].no;

		if (!had(in, in->rcpts[i].account))
			continue;
		all[i] = (struct intake_judgement){ .decision = INTAKE_REFUSE };
		no->code = 554;
		no->enhanced = "5.4.6";
		snprintf(no->text, sizeof no->text,
		         "Mail loop: its Delivered-To says that %.*s had it before; to send it "
		         "again, take that field out",
		         SPAN_ARG(in->rcpts[i].account));
	}
}

/* A recipient whose refusal cannot be told: elsewhere it is held, here it goes to the mailbox that
 * the judge names. */
static int apply(struct intake *in, uint32_t i, const struct intake_judgement *j)
{
	bool local = in->rcpts[i].account.n > 0;
	int r = 0;

	if (intake_has_verdict(in, i))
		return 0;
	if (j->decision == INTAKE_REFUSE && in->from.answers_each)
		return intake_refuse_one(in, i, &j->no);
	in->rcpts[i].prefix = j->prefix;
	if (local && j->mailbox)
		r = intake_put_aside(in, i, j->mailbox);
	if (r >= 0 && j->followed)
		r = intake_followed(in, i, step_name(j->by), step_action_name(j->followed));
	if (r >= 0 && !local && j->decision != INTAKE_ACCEPT)
		r = intake_verdict(in, i, RECIPIENT_HELD, &j->no);
	return r;
}

static WAITS int judge_all(struct intake *in, struct intake_judgement **out)
{
	struct intake_case c = {
		.message = in,
		.header = intake_header(in),
		.body = in->spool.blob ? SPAN("") : intake_body(in),
		.file = in->spool.fd,
		.body_bytes = in->spool.blob ? in->spool.size_bytes : intake_body(in).n,
	};
	struct intake_judged of_all = { &in->prefix, &in->found };
	struct intake_judgement *all = arena_array(&in->mem, struct intake_judgement, in->n_rcpts);
	int r = all ? 0 : err(ERR_NO_MEMORY, "no memory for %zu judgements", in->n_rcpts);

	if (r >= 0 && judge.fn)
		r = judge.fn(&c, &all, &of_all, judge.arg); /* WAITS */
	if (r < 0)
		return r;
	refuse_loops(in, all);
	*out = all;
	return 0;
}

WAITS int intake_try(struct intake *in, struct intake_judgement **out)
{
	in->trial = true;
	int r = intake_content_end(in, (size_t)in->set->store_blob_threshold); /* WAITS */
	return r < 0 ? r : judge_all(in, out);                                 /* WAITS */
}

WAITS int intake_judge(struct intake *in)
{
	struct intake_judgement *all;
	int r = judge.fn || in->facts.n_had ? judge_all(in, &all) : 1; /* WAITS */

	if (r)
		return r < 0 ? r : 0;
	const struct intake_no *none = refusal(in, all);
	if (none)
		in->no = *none;
	for (uint32_t i = 0; r >= 0 && i < in->n_rcpts && (!none || in->from.answers_each); i++)
		r = apply(in, i, &all[i]);
	return r < 0 || !none ? r : ERR_REFUSED;
}

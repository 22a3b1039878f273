/* deliver/told.c - see told.h. */
#include "deliver/told.h"

struct smtp_client_result deliver_result(enum smtp_stage stage, enum smtp_cause cause,
                                         struct span why)
{
	struct smtp_outcome o = { .stage = stage, .cause = cause };

	return (struct smtp_client_result){
		.done = true,
		.stage = stage,
		.cause = cause,
		.enhanced = smtp_cause_enhanced(cause),
		.text = why.n ? why : span_str(smtp_cause_text(cause)),
		.verdict = smtp_verdict(&o),
	};
}

static int how_telling(const struct smtp_client_result *r)
{
	if (r->code)
		return 4;
	if (r->stage > SMTP_STAGE_CONNECT)
		return 3;
	return r->stage == SMTP_STAGE_CONNECT ? 2 : 1;
}

bool deliver_told_add(struct deliver_told *told, const struct deliver_failure *f)
{
	bool first = !told->n;

	told->n++;
	if (!f->result.verdict.permanent)
		told->n_temporary++;
	if (!first && how_telling(&f->result) <= how_telling(&told->failure.result))
		return false;
	told->failure = *f;
	return true;
}

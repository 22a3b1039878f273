/* courier/failure.c - see failure.h. */
#include "courier/failure.h"

struct smtp_client_result failure_result(enum smtp_stage stage, enum smtp_cause cause,
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

void failures_add(struct failures *all, const struct failure *f)
{
	if (!all->n || how_telling(&f->result) > how_telling(&all->told.result))
		all->told = *f;
	all->n++;
	if (!f->result.verdict.permanent)
		all->n_temporary++;
}

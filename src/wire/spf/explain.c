/* wire/spf/explain.c - what a domain wants to have told to whom it refuses.  RFC 7208 6.2.
 *
 * Its words come from whoever runs the zone, and from the command MAIL: they are told as quoted,
 * cut, and of printable US-ASCII alone.  An error here is no error of the check.
 */
#include "wire/spf/spf_impl.h"

void spf_ask_explanation(struct spf *s)
{
	struct span spec = spf_top(s)->exp, target;

	if (spf_macro_uses(spec, 'p') && spf_validate_names(s))
		return;
	s->phase = SPF_PHASE_DONE;
	if (spf_target(s, spec, &target) == 0 && target.n &&
	    spf_ask(s, SPF_WANT_EXP, DNS_TXT, target))
		s->phase = SPF_PHASE_EXP;
}

void spf_answer_explanation(struct spf *s, const struct dns_answer *answer)
{
	s->phase = SPF_PHASE_DONE;
	if (answer->status != DNS_FOUND || answer->n != 1 ||
	    spf_macro_check(answer->records[0].text, SPF_EXPLANATION) < 0 ||
	    arena_copy(s->mem, answer->records[0].text, &s->text) < 0)
		return;
	s->phase = SPF_PHASE_TEXT;
}

void spf_expand_explanation(struct spf *s)
{
	AUTO_BUF text = BUF(SPF_EXPLANATION_MAX);
	struct span domain = spf_top(s)->domain;

	if (spf_macro_uses(s->text, 'p') && spf_validate_names(s))
		return;
	s->phase = SPF_PHASE_DONE;
	s->values.domain = domain;
	s->values.validated = spf_ptr_best(s, domain);
	if (spf_macro_expand(s->text, &s->values, &text) < 0)
		return;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			text.p[i] = '?';
	(void)!arena_copy(s->mem, buf_span(&text), &s->verdict.explanation);
}

/* intake/suppressed.c - whom who sends does not send to any more (calls/suppressions.h).
 *
 * Asked where the account has any: at RCPT; where each recipient is told apart, once for all.
 */
#include <stdio.h>

#include "base/clock.h"
#include "calls/suppressions.h"
#include "intake/intake_impl.h"

enum { DAY_LETTERS = 10 };

static void refusal(const struct suppression *s, struct intake_no *no)
{
	AUTO_BUF since = BUF(64);
	struct span day;

	clock_put_rfc3339(&since, s->since_ms);
	day = span_sub(buf_span(&since), 0, DAY_LETTERS);
	*no = (struct intake_no){ .code = 550, .enhanced = "5.7.1" };
	snprintf(no->text, sizeof no->text,
	         "%.*s is suppressed since %.*s%s%.*s (%s%s%.*s): to send to it again, postrider "
	         "suppression remove%s%.*s, or DELETE /v1/suppressions",
	         (int)span_sub(s->address, 0, 200).n, s->address.p, SPAN_ARG(day),
	         s->list.n ? " for the list " : "", SPAN_ARG(s->list), suppression_why_name(s->why),
	         s->words.n ? ": " : "", (int)span_sub(s->words, 0, 60).n, s->words.p,
	         s->list.n ? " --list " : "", SPAN_ARG(s->list));
}

/* Words that came with a bounce may not be ASCII, and a reply is (RFC 5321 4.2). */
static void clean(struct intake_no *no)
{
	for (char *c = no->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static WAITS int ask(struct intake *in, struct directory_address *addresses, size_t n,
                     struct suppressions_ask_reply *got)
{
	struct suppressions_ask_args a = { .ticket = in->from.kind == INTAKE_OPERATOR
		                                             ? in->from.suppressor
		                                             : in->from.ticket,
		                           .list = in->list,
		                           .addresses = addresses,
		                           .n_addresses = n };

	for (size_t i = 0; i < n; i++) {
		char *low = arena_str(&in->mem, addresses[i].address);

		if (!low)
			return ERR_NO_MEMORY;
		for (char *c = low; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 32);
		addresses[i].address.p = low;
	}
	return suppressions_ask(&a, &in->mem, got); /* WAITS */
}

WAITS int intake_suppressed(struct intake *in, struct span address, struct intake_no *no)
{
	struct directory_address one = { address };
	struct suppressions_ask_reply got;

	if (!in->suppresses || in->from.answers_each)
		return 0;
	int r = ask(in, &one, 1, &got); /* WAITS */
	if (r < 0 || !got.n_found)
		return r;
	refusal(&got.found[0], no);
	clean(no);
	return ERR_REFUSED;
}

WAITS int intake_recipients_end(struct intake *in)
{
	struct directory_address *all =
	        arena_array(&in->mem, struct directory_address, in->n_rcpts);
	struct suppressions_ask_reply got;
	struct intake_no no;
	size_t n = 0;

	if (!in->suppresses && !in->from.suppressor.n)
		return 0;
	if (in->n_rcpts && !all)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < in->n_rcpts; i++)
		if (!intake_has_verdict(in, i))
			all[n++].address = in->rcpts[i].address;
	int r = n ? ask(in, all, n, &got) : 1; /* WAITS */
	if (r)
		return r < 0 ? r : 0;
	/* What was found stands in the order of the question. */
	for (uint32_t i = 0, k = 0; r >= 0 && i < in->n_rcpts && k < got.n_found; i++) {
		if (intake_has_verdict(in, i) ||
		    !span_eq_nocase(in->rcpts[i].address, got.found[k].address))
			continue;
		refusal(&got.found[k++], &no);
		r = intake_refuse_one(in, i, &no);
	}
	return r;
}

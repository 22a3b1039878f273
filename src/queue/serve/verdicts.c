/* queue/serve/verdicts.c - see verdicts.h. */
#include "queue/serve/verdicts.h"

#include "base/map.h"
#include "queue/state/check.h"
#include "wire/smtp/verdict/verdict.h"

static struct record_change change_of(const struct record_message *m, uint32_t i, uint8_t state)
{
	return (struct record_change){
		.recipient = i,
		.return_path = m->return_path,
		.address = m->recipients[i].address,
		.state = state,
	};
}

static int refused(const struct record_message *m, const struct queue_verdict *v, struct arena *mem,
                   struct record_change *out)
{
	struct smtp_outcome o = { .stage = SMTP_STAGE_RCPT, .code = v->code };
	struct span enhanced = v->enhanced;

	if (v->code < 400 || v->code > 599 || smtp_enhanced_parse(&enhanced, &o.enhanced) < 0 ||
	    enhanced.n)
		return err(ERR_SYNTAX, "a refusal with the code %u", v->code);
	*out = change_of(m, v->recipient, RECIPIENT_REFUSED);
	out->text = check_line(v->text, CHECK_TEXT_MAX, mem);
	o.text = out->text;
	struct smtp_verdict verdict = smtp_verdict(&o);
	verdict.permanent = true; /* who sent it may try again; nobody here does */
	out->code = v->code;
	out->enhanced = v->enhanced;
	out->class = (uint8_t)verdict.class;
	out->meaning = span_str(smtp_verdict_sentence(verdict));
	return 0;
}

static int read_verdict(const struct record_message *m, const struct queue_verdict *v,
                        struct arena *mem, struct record_change *out)
{
	if (v->recipient >= m->n_recipients || m->recipients[v->recipient].account.n)
		return err(ERR_SYNTAX, "a verdict on recipient %u", v->recipient);
	if (v->state == RECIPIENT_REFUSED)
		return refused(m, v, mem, out);
	if (v->state != RECIPIENT_HELD && v->state != RECIPIENT_CANCELLED)
		return err(ERR_SYNTAX, "a verdict of state %u", v->state);
	*out = change_of(m, v->recipient, v->state);
	out->text = check_line(v->text, CHECK_TEXT_MAX, mem);
	out->meaning =
	        v->state == RECIPIENT_HELD
	                ? SPAN("The message waits here until it is released (postrider queue "
	                       "release).")
	                : SPAN("The message was accepted, and goes to others instead.");
	return 0;
}

static struct record_change copy_of(const struct record_message *m, uint32_t i,
                                    const struct record_recipient *first, struct arena *mem)
{
	struct record_change c = change_of(m, i, RECIPIENT_DELIVERED);

	c.attempt = 1;
	c.text = span_str(arena_printf(mem, "delivered into the mailbox, with the copy for %.*s",
	                               SPAN_ARG(first->address)));
	c.meaning = SPAN("The message is in the recipient's mailbox, once.");
	return c;
}

/* Recipients of ours whose mailbox an earlier one has. */
static int settle_copies(struct record_message *m, struct arena *mem, struct record_change *all,
                         size_t *n)
{
	struct map seen = { 0 };
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < m->n_recipients; i++) {
		struct record_recipient *to = &m->recipients[i];
		const struct record_recipient *first =
		        to->account.n ? map_get(&seen, to->account) : NULL;
		if (first) {
			all[(*n)++] = copy_of(m, i, first, mem);
			to->account = SPAN("");
			to->prefix = SPAN("");
		} else if (to->account.n) {
			r = map_put(&seen, to->account, to, NULL);
		}
	}
	map_fini(&seen);
	return r;
}

int verdicts_settle(struct record_message *m, const struct queue_verdict *verdicts,
                    size_t n_verdicts, struct arena *mem, struct record_change **out, size_t *n)
{
	struct record_change *all = NULL;
	size_t n_all = 0;
	int r = 0;

	if (m->n_recipients > 1 || n_verdicts) {
		all = arena_array(mem, struct record_change, m->n_recipients + n_verdicts);
		if (!all)
			return err(ERR_NO_MEMORY, "no memory for the states of a message");
		for (; r >= 0 && n_all < n_verdicts; n_all++)
			r = read_verdict(m, &verdicts[n_all], mem, &all[n_all]);
		if (r >= 0)
			r = settle_copies(m, mem, all, &n_all);
	}
	if (r < 0)
		return r;
	*out = all;
	*n = n_all;
	return 0;
}

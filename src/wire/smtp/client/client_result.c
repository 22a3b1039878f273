/* wire/smtp/client/client_result.c - outcomes; see client.h.
 *
 * A recipient is decided once: by a reply to its RCPT or to the message, by a
 * reply that ends the transaction or the session, or by a cause of our own.
 */
#include <assert.h>

#include "wire/smtp/client/client_state.h"

/* The server's words for a record, in the transaction's memory; empty when there is none left. */
static struct span flat_text(struct smtp_client *c, struct span text)
{
	AUTO_BUF flat = BUF(SMTP_CLIENT_TEXT_MAX);
	struct span kept = { 0 };

	if (smtp_reply_put_flat(text, SMTP_CLIENT_TEXT_MAX, &flat) < 0 ||
	    arena_copy(&c->mem, buf_span(&flat), &kept) < 0)
		return (struct span){ 0 };
	return kept;
}

struct smtp_client_result client_reply_result(struct smtp_client *c, enum smtp_stage stage,
                                              const struct smtp_reply *r)
{
	struct smtp_outcome o = {
		.stage = stage,
		.code = r->code,
		.enhanced = r->enhanced,
		.text = flat_text(c, buf_span(&r->text)),
	};

	return (struct smtp_client_result){
		.done = true,
		.stage = stage,
		.code = o.code,
		.enhanced = o.enhanced,
		.text = o.text,
		.verdict = smtp_verdict(&o),
	};
}

struct smtp_client_result client_cause_result(enum smtp_stage stage, enum smtp_cause cause)
{
	struct smtp_outcome o = { .stage = stage, .cause = cause };

	return (struct smtp_client_result){
		.done = true,
		.stage = stage,
		.cause = cause,
		.enhanced = smtp_cause_enhanced(cause),
		.text = span_str(smtp_cause_text(cause)),
		.verdict = smtp_verdict(&o),
	};
}

int client_results_new(struct smtp_client *c, size_t n)
{
	c->n_results = 0;
	arena_reset(&c->mem);
	c->results = arena_array(&c->mem, struct smtp_client_result, n);
	c->accepted = arena_array(&c->mem, bool, n);
	if (!c->results || !c->accepted)
		return ERR_NO_MEMORY;
	c->n_results = n;
	c->n_done = c->n_accepted = 0;
	return 0;
}

void client_decide(struct smtp_client *c, size_t rcpt, const struct smtp_client_result *result)
{
	assert(rcpt < c->n_results && !c->results[rcpt].done);
	c->results[rcpt] = *result;
	c->n_done++;
}

void client_decide_rest(struct smtp_client *c, const struct smtp_client_result *result)
{
	for (size_t i = 0; c->n_done < c->n_results && i < c->n_results; i++)
		if (!c->results[i].done)
			client_decide(c, i, result);
}

void client_end_with(struct smtp_client *c, const struct smtp_client_result *result)
{
	client_decide_rest(c, result);
	c->has_tx = false;
	c->end = *result;
	/* The transaction's memory goes with the next one; this stays. */
	c->end.text = span_sub(result->text, 0, SMTP_CLIENT_TEXT_MAX);
	if (c->end.text.n) {
		memcpy(c->end_text, c->end.text.p, c->end.text.n);
		c->end.text.p = c->end_text;
	}
}

void client_fail(struct smtp_client *c, enum smtp_cause cause)
{
	client_fail_saying(c, cause, (struct span){ 0 });
}

/* RFC 5321 4.5.3.2.6: the server has all of the message, and the reply to its end is missing. */
static bool is_at_end(const struct smtp_client *c)
{
	return c->state == CLIENT_DOT && client_n_queued(c) == 0;
}

/* Without memory as it was. */
static struct span may_have_arrived(struct smtp_client *c, struct span text)
{
	const char *made = arena_printf(&c->mem, "%.*s%s", SPAN_ARG(text), SMTP_MAY_HAVE_ARRIVED);

	return made ? span_str(made) : text;
}

void client_fail_saying(struct smtp_client *c, enum smtp_cause cause, struct span text)
{
	enum smtp_stage stage = is_at_end(c) ? SMTP_STAGE_END : smtp_client_stage(c);
	struct smtp_client_result result = client_cause_result(stage, cause);

	if (text.n)
		result.text = text;
	if (stage == SMTP_STAGE_END)
		result.text = may_have_arrived(c, result.text);
	client_end_with(c, &result);
	client_close(c);
}

/* intake/sign.c - what leaves is signed for its author's domain, when that is one of ours; what an
 * address of ours sends on for others is sealed (RFC 8617 5.1). */
#include "intake/intake_impl.h"

#include "base/event.h"
#include "signing/signing.h"

static bool is_refused(const struct intake *in, uint32_t recipient)
{
	for (size_t i = 0; i < in->n_verdicts; i++)
		if (in->verdicts[i].recipient == recipient)
			return in->verdicts[i].state == RECIPIENT_REFUSED;
	return false;
}

/* Whoever wrote From was asked who he is, or may relay; from others it would be a signature under
 * a forgery. */
static bool may_be_signed(const struct intake *in)
{
	return in->from.kind == INTAKE_TRANSFER ? in->from.may_relay : in->from.kind != INTAKE_KEPT;
}

static bool leaves(const struct intake *in)
{
	for (uint32_t i = 0; i < in->n_rcpts; i++)
		if (!in->rcpts[i].account.n && !is_refused(in, i))
			return true;
	return false;
}

/* Better without a seal than not: who gets it may believe it all the same. */
static WAITS int seal(struct intake *in, const struct signing_text *text)
{
	struct span results = span_sub(buf_span(&in->prefix), in->results_at, in->results_n);
	struct signing_passed passed = { .domain = in->forwarder, .chain = in->chain };

	if (!in->forwarder.n || !in->chain.n ||
	    !span_eat(&results, SPAN("Authentication-Results:")))
		return 0;
	int r = arena_copy(&in->mem, results, &passed.results);
	if (r >= 0)
		r = signing_seal(text, &passed, &in->mem, &in->prefix); /* WAITS */
	if (r < 0 && r != ERR_CANCELLED)
		event_log(EVENT_internal_error, "what=%s reason=%s", "a message was not sealed",
		          err_str(r));
	return r == ERR_CANCELLED ? r : 0;
}

WAITS int intake_sign(struct intake *in)
{
	struct signing_text text = { .header = intake_header(in),
		                     .body = in->spool.blob ? SPAN("") : intake_body(in),
		                     .file = in->spool.fd };

	if (!leaves(in))
		return 0;
	if (!may_be_signed(in))
		return seal(in, &text);                                    /* WAITS */
	int r = signing_put(&text, &in->mem, &in->prefix, &in->signed_by); /* WAITS */
	if (r >= 0 || r == ERR_CANCELLED)
		return r;
	event_log(EVENT_internal_error, "what=%s reason=%s",
	          "a message could not be signed, and was put off", err_str(r));
	intake_refuse(in, 451, "4.7.5",
	              "It could not be signed for its author's domain now; try again later");
	return ERR_REFUSED;
}

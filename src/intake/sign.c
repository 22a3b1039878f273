/* intake/sign.c - what leaves is signed for its author's domain, when that is one of ours. */
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

WAITS int intake_sign(struct intake *in)
{
	struct signing_text text = { .header = intake_header(in),
		                     .body = in->blob ? SPAN("") : intake_body(in),
		                     .file = in->file };

	if (!may_be_signed(in) || !leaves(in))
		return 0;
	int r = signing_put(&text, &in->mem, &in->prefix, &in->signed_by); /* WAITS */
	if (r >= 0 || r == ERR_CANCELLED)
		return r;
	event_log(EVENT_internal_error, "what=%s reason=%s",
	          "a message could not be signed, and was put off", err_str(r));
	intake_refuse(in, 451, "4.7.5",
	              "It could not be signed for its author's domain now; try again later");
	return ERR_REFUSED;
}

/* intake/rewrite.c - what mail filters (milters) make of the envelope and of the body: checked, for
 * who says so has read what strangers have packed, then done.
 *
 * A recipient that a filter adds is one as any: of ours, or elsewhere where the client may send
 * to.  One that it takes out stays in the message's record, with the state that tells so.
 */
#include "intake/intake_impl.h"

#include "base/event.h"

bool intake_taken_out(const struct intake *in, uint32_t recipient)
{
	for (size_t i = 0; i < in->n_verdicts; i++)
		if (in->verdicts[i].recipient == recipient)
			return in->verdicts[i].state == RECIPIENT_CANCELLED;
	return false;
}

static void tell(const struct intake *in, struct span address, const char *why)
{
	if (!in->trial)
		event_log(EVENT_filter_ignored, "return_path=%.*s recipient=%.*s reason=%s",
		          SPAN_ARG(in->return_path), SPAN_ARG(address), why);
}

/* What is not taken is told, and is no fault of the message. */
static WAITS int add(struct intake *in, struct span address)
{
	struct smtp_path path;
	struct intake_no no = { 0 };

	if (smtp_address_split(address, SMTP_PATH_POSTMASTER, &path) < 0)
		return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	int r = intake_recipient(in, &path, &no); /* WAITS */
	if (r == ERR_REFUSED)
		tell(in, address, no.text);
	else if (r == ERR_LIMIT)
		tell(in, address, "it has as many recipients as a message may have");
	return r == ERR_REFUSED || r == ERR_LIMIT ? 0 : r;
}

static int take_out(struct intake *in, uint32_t i)
{
	const struct intake_no why = {
		.enhanced = "2.0.0", .text = "a mail filter of this server took this recipient out"
	};

	if (intake_taken_out(in, i))
		return 0;
	in->rcpts[i].account = SPAN("");
	in->rcpts[i].n_items = 0;
	return intake_verdict(in, i, RECIPIENT_CANCELLED, &why);
}

static int set_sender(struct intake *in, struct span address)
{
	struct smtp_path path;

	if (smtp_address_split(address, SMTP_PATH_NULL, &path) < 0)
		return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	return arena_copy(&in->mem, address, &in->return_path);
}

WAITS int intake_envelope_rewrite(struct intake *in, const struct inspect_judge_reply *found)
{
	bool greylisted = in->from.greylisted;
	size_t n_before = in->n_rcpts;
	int r = found->n_sender ? set_sender(in, found->sender[0].address) : 0;

	in->from.greylisted = false;
	for (size_t i = 0; r >= 0 && i < found->n_added; i++)
		r = add(in, found->added[i].address); /* WAITS */
	in->from.greylisted = greylisted;
	if (r >= 0 && found->n_removed >= n_before && in->n_rcpts == n_before)
		return 0; /* nobody would have it */
	for (size_t i = 0; r >= 0 && i < found->n_removed; i++)
		r = take_out(in, found->removed[i].recipient);
	return r < 0 ? r : 1;
}

/* ---- the body ---- */

/* Lines that end in CRLF; *last: the octet before. */
static bool are_lines(struct span piece, char *last)
{
	for (size_t i = 0; i < piece.n; i++) {
		if ((*last == '\r') != (piece.p[i] == '\n'))
			return false;
		*last = piece.p[i];
	}
	return true;
}

static WAITS int take_piece(struct intake *in, uint64_t at, char *last)
{
	AUTO_ARENA mem = { 0 };
	const uint64_t left = in->new_body.n_bytes - at;
	struct inspect_body_args a = { in->new_body.token, at };
	struct inspect_body_reply got;
	int r = inspect_body(&a, &mem, &got); /* WAITS */

	if (r < 0)
		return err(ERR_UNAVAILABLE, "the body that a mail filter made is lost: %s",
		           err_str(r));
	if (got.octets.n != (left < INSPECT_PIECE_BYTES ? left : INSPECT_PIECE_BYTES) ||
	    !are_lines(got.octets, last) || (left == got.octets.n && *last != '\n'))
		return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	intake_put(in, got.octets);
	return intake_settle(in); /* WAITS */
}

WAITS int intake_body_rewrite(struct intake *in)
{
	char last = '\n';

	if (!in->new_body.token || !in->filters_act)
		return 0;
	int r = intake_body_begin(in); /* WAITS */
	for (uint64_t at = 0; r >= 0 && at < in->new_body.n_bytes; at += INSPECT_PIECE_BYTES)
		r = take_piece(in, at, &last); /* WAITS */
	if (r >= 0)
		r = intake_content_end(in, (size_t)in->set->store_blob_threshold); /* WAITS */
	if (r >= 0 && in->new_body.n_bytes)
		in->new_body.token = 0;
	return r;
}

WAITS void intake_body_forget(struct intake *in)
{
	AUTO_ARENA mem = { 0 };
	struct inspect_body_args a = { in->new_body.token, UINT64_MAX };
	struct inspect_body_reply got;

	if (in->new_body.token)
		(void)!inspect_body(&a, &mem, &got); /* WAITS */
	in->new_body.token = 0;
}

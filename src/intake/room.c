/* intake/room.c - who may not send now is told so before the text comes: at MAIL, and at the
 * recipient that is one too many.  What counts is the commit (sending/). */
#include "intake/intake_impl.h"

#include <stdio.h>

static bool sends(const struct intake *in)
{
	return in->from.kind == INTAKE_SUBMISSION ||
	       (in->from.kind == INTAKE_TRANSFER && in->from.may_relay);
}

static WAITS int ask(struct intake *in, bool tells, bool unknown)
{
	const struct queue_room_args a = { .login = in->from.login,
		                           .return_path = in->return_path,
		                           .client_address = in->from.client_address,
		                           .ticket = in->from.ticket,
		                           .n_recipients = (uint32_t)in->n_rcpts + 1,
		                           .tells = tells,
		                           .unknown = unknown };
	struct queue_room_reply got;
	int r = queue_room(&a, &in->mem, &got); /* WAITS */

	if (r < 0)
		return r;
	in->room = got.room;
	in->suppresses = got.suppresses && in->from.kind == INTAKE_SUBMISSION;
	return 0;
}

WAITS int intake_room(struct intake *in, struct intake_no *no)
{
	if (!sends(in) || in->n_rcpts < in->room)
		return 0;
	int r = ask(in, !in->room_told && !in->trial, false); /* WAITS */
	if (r != ERR_LIMIT)
		return r == ERR_CANCELLED ? r : 0; /* the commit asks again */
	in->room_told = true;
	*no = (struct intake_no){ .code = 450, .enhanced = "4.7.1" };
	snprintf(no->text, sizeof no->text, "%s", err_str(r));
	return ERR_REFUSED;
}

/* Where the account is held for it, the next recipient hears so, and so does the commit. */
WAITS void intake_unknown(struct intake *in)
{
	if (sends(in) && !in->trial && in->from.login.n &&
	    ask(in, false, true) == ERR_LIMIT) /* WAITS */
		in->room = 0;
}

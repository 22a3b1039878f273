/* intake/room.c - who may not send now is told so before the text comes: at MAIL, and at the
 * recipient that is one too many.  What counts is the commit (sending/). */
#include "intake/intake_impl.h"

#include <stdio.h>

static bool sends(const struct intake *in)
{
	return in->from.kind == INTAKE_SUBMISSION ||
	       (in->from.kind == INTAKE_TRANSFER && in->from.may_relay);
}

WAITS int intake_room(struct intake *in, struct intake_no *no)
{
	const struct queue_room_args a = { .login = in->from.login,
		                           .return_path = in->return_path,
		                           .client_address = in->from.client_address,
		                           .ticket = in->from.ticket,
		                           .n_recipients = (uint32_t)in->n_rcpts + 1,
		                           .tells = !in->room_told };
	struct queue_room_reply got;

	if (!sends(in) || in->n_rcpts < in->room)
		return 0;
	int r = queue_room(&a, &in->mem, &got); /* WAITS */
	if (r >= 0)
		in->room = got.room;
	if (r != ERR_LIMIT)
		return r == ERR_CANCELLED ? r : 0; /* the commit asks again */
	in->room_told = true;
	*no = (struct intake_no){ .code = 450, .enhanced = "4.7.1" };
	snprintf(no->text, sizeof no->text, "%s", err_str(r));
	return ERR_REFUSED;
}

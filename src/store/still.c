/* store/still.c - for a moment no message comes and no mailbox changes. */
#include "store/store_impl.h"

WAITS int store_move(struct store *sp)
{
	int r = 0;
	while (sp->still && r >= 0)
		r = cond_wait(&sp->moved, "mailboxes that are rebuilt");
	if (r >= 0)
		sp->n_moving++;
	return r;
}

void store_moved(struct store *sp)
{
	if (!--sp->n_moving)
		cond_broadcast(&sp->moved);
}

WAITS int store_still(struct store *sp)
{
	int r = 0;
	while (sp->still && r >= 0)
		r = cond_wait(&sp->moved, "mailboxes that are rebuilt");
	if (r < 0)
		return r;
	sp->still = true;
	while (sp->n_moving && r >= 0)
		r = cond_wait(&sp->moved, "changes of mailboxes");
	if (r < 0)
		store_move_on(sp);
	return r;
}

void store_move_on(struct store *sp)
{
	sp->still = false;
	cond_broadcast(&sp->moved);
}

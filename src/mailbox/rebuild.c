/* mailbox/rebuild.c - mailbox_rebuild: an account's damaged mailboxes. */
#include "mailbox/mailbox_impl.h"

WAITS int answer_rebuild(const struct mailbox_rebuild_args *a, struct arena *mem,
                         struct mailbox_rebuild_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct store_rebuilding x;
	int r = visit(&v, a->ticket, mem); /* WAITS */

	if (r >= 0)
		r = store_mail_rebuild(office.store, v.account, mem, &x); /* WAITS */
	if (r < 0)
		return r;
	struct mailbox_rebuilt *boxes = arena_array(mem, struct mailbox_rebuilt, x.n);
	if (x.n && !boxes)
		return err(ERR_NO_MEMORY, "no memory for what was rebuilt");
	for (size_t i = 0; i < x.n; i++)
		boxes[i] = (struct mailbox_rebuilt){ x.boxes[i].path, x.boxes[i].messages,
			                             x.boxes[i].doubtful, x.boxes[i].plain,
			                             x.boxes[i].uid_validity };
	*out = (struct mailbox_rebuild_reply){ boxes, x.n, x.missing };
	return 0;
}

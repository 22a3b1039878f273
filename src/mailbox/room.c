/* mailbox/room.c - is there room in somebody's mailboxes? */
#include "mailbox/mailbox_impl.h"

WAITS int answer_room(const struct mailbox_room_args *a, UNUSED struct arena *mem,
                      struct mailbox_room_reply *out)
{
	if (office.closing)
		return err(ERR_UNAVAILABLE, "the store is closing");
	int r = store_room(office.store, a->account, a->octets ? a->octets : 1);

	*out = (struct mailbox_room_reply){ .full = r == ERR_QUOTA };
	return r == ERR_QUOTA ? 0 : r;
}

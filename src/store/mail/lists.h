/* store/mail/lists.h - lists that grow in an arena.  Pure. */
#ifndef STORE_MAIL_LISTS_H
#define STORE_MAIL_LISTS_H

#include "calls/mailbox.h"

/* Room for one more of `size` octets behind n in *v, of which *room are there.  ERR_NO_MEMORY. */
NODISCARD int list_room(void **v, size_t n, size_t *room, size_t size, struct arena *mem);

/* UIDs in rising order. */
struct runs {
	struct mailbox_run *v;
	size_t n, room;
};
NODISCARD int runs_add(struct runs *runs, uint32_t uid, struct arena *mem);

#endif

/* store/mail/lists.c - see lists.h. */
#include "store/mail/lists.h"

int list_room(void **v, size_t n, size_t *room, size_t size, struct arena *mem)
{
	if (n < *room)
		return 0;
	size_t more = *room ? 2 * *room : 16;
	void *bigger = arena_alloc_array(mem, more, size);
	if (!bigger)
		return err(ERR_NO_MEMORY, "no memory for a list");
	if (n)
		memcpy(bigger, *v, n * size);
	*v = bigger;
	*room = more;
	return 0;
}

int runs_add(struct runs *runs, uint32_t uid, struct arena *mem)
{
	struct mailbox_run *last = runs->n ? &runs->v[runs->n - 1] : NULL;
	if (last && last->first + last->count == uid) {
		last->count++;
		return 0;
	}
	int r = list_room((void **)&runs->v, runs->n, &runs->room, sizeof *runs->v, mem);
	if (r >= 0)
		runs->v[runs->n++] = (struct mailbox_run){ uid, 1 };
	return r;
}

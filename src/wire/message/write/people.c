/* wire/message/write/people.c - see people.h. */
#include "wire/message/write/people.h"

#include "wire/message/address.h"

enum { ADDRESS_ROOM = 4096 };

static int take(const struct message_mailbox *m, struct arena *mem, struct message_person *out)
{
	AUTO_BUF name = BUF(ADDRESS_ROOM), address = BUF(ADDRESS_ROOM);
	int r = message_name_put(&name, m);

	if (r >= 0)
		r = message_address_put(&address, m);
	if (r >= 0)
		r = arena_copy(mem, buf_span(&name), &out->name);
	return r < 0 ? r : arena_copy(mem, buf_span(&address), &out->address);
}

/* Room doubles at each power of two. */
static int grow(struct message_people *p, struct arena *mem)
{
	if (p->n & (p->n - 1))
		return 0;
	struct message_person *more = arena_array(mem, struct message_person, p->n ? 2 * p->n : 1);
	if (!more)
		return ERR_NO_MEMORY;
	if (p->n)
		memcpy(more, p->v, p->n * sizeof *more);
	p->v = more;
	return 0;
}

int message_person_read(struct span text, struct arena *mem, struct message_person *out)
{
	struct message_mailbox m;
	int r = message_mailbox_parse(text, &m);

	return r < 0 ? r : take(&m, mem, out);
}

int message_people_add(struct message_people *p, struct span text, struct arena *mem)
{
	struct message_addresses it;
	struct message_mailbox m;
	int r;

	message_addresses_begin(&it, text);
	while ((r = message_addresses_next(&it, &m)) > 0) {
		r = grow(p, mem);
		if (r >= 0)
			r = take(&m, mem, &p->v[p->n]);
		if (r < 0)
			return r;
		p->n++;
	}
	return r;
}

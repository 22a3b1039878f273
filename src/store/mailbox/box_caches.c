/* store/mailbox/box_caches.c - envelopes and structures of entries. */
#include <errno.h>
#include <fcntl.h>

#include "store/mailbox/box_impl.h"
#include "store/mailbox/env_file.h"

struct reading {
	int dir;
	uint32_t account;
	struct box_entry *entries;
	size_t n;
	size_t octets_max, used; /* no limit when 0 */
	size_t got;              /* entries that were looked at */
	struct arena *mem;
};

static bool full(const struct reading *r, size_t more)
{
	return r->octets_max && r->got && r->used + more > r->octets_max;
}

static int read_one(struct reading *r, struct env_reader *from, struct box_entry *e, uint64_t until)
{
	struct span cache = e->cache;
	int result = 0;
	bool in_file = !cache.n && e->row.cache;
	if (in_file)
		result = env_reader_get(from, e->row.cache, e->row.message, until, &cache);
	if (result < 0)
		return result;
	if (full(r, cache.n))
		return 1;
	if (in_file)
		result = arena_copy(r->mem, cache, &e->cache);
	r->used += cache.n;
	r->got++;
	return result;
}

static int take_all(struct reading *r, struct env_reader *from, uint64_t until)
{
	int e = 0;
	for (size_t i = 0; e == 0 && i < r->n; i++)
		e = read_one(r, from, &r->entries[i], until);
	return e < 0 ? e : 0;
}

/* On a pool thread; the fibre that waits owns the arena and the entries. */
static int read_all(void *arg)
{
	struct reading *r = arg;
	struct env_reader from;
	char name[IDX_PATH_BYTES];
	idx_dir_name(r->account, name);
	AUTO_FD int dir = openat(r->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno != ENOENT)
		return err_errno(ERR_IO, "cannot open mail/%s", name);
	int e = env_reader_init(&from, dir, r->account);
	if (e < 0)
		return e;
	uint64_t until = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->entries[i].row.cache > until)
			until = r->entries[i].row.cache;
	e = take_all(r, &from, until);
	env_reader_fini(&from);
	return e;
}

static bool in_files(const struct reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->entries[i].cache.n && r->entries[i].row.cache)
			return true;
	return false;
}

/* Those that wait for a fold: it may end, and free them, while files are read. */
static int copy_pending(struct box *b, struct box_entry *entries, size_t n, struct arena *mem)
{
	const struct list *folding = box_folding_ops(b);
	int r = 0;
	for (size_t i = 0; i < n; i++)
		entries[i].cache = (struct span){ 0 };
	if (folding)
		box_op_caches(folding, entries, n);
	box_op_caches(&b->ops, entries, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = arena_copy(mem, entries[i].cache, &entries[i].cache);
	return r;
}

WAITS int box_caches_some(struct box *b, struct box_entry *entries, size_t n, size_t octets,
                          struct arena *mem, size_t *got)
{
	struct reading r = {
		.dir = b->set->c.dir,
		.account = b->account->account,
		.entries = entries,
		.n = n,
		.octets_max = octets,
		.mem = mem,
	};
	int e = copy_pending(b, entries, n, mem);
	if (e == 0 && in_files(&r))
		e = offload(read_all, &r, "envelopes of a mailbox"); /* WAITS */
	else if (e == 0)
		e = take_all(&r, NULL, 0);
	if (e == 0)
		*got = r.got;
	return e;
}

WAITS int box_caches(struct box *b, struct box_entry *entries, size_t n, struct arena *mem)
{
	size_t got;
	return n ? box_caches_some(b, entries, n, 0, mem, &got) : 0;
}

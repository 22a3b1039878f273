/* learned/learned.c - see learned.h: the tables in memory, and when they are written. */
#include "learned/learned_impl.h"

#include <stdlib.h>

#include "base/event.h"
#include "base/map.h"
#include "calls/learn.h"

enum {
	SERVER_BITS = CLASSIFY_BITS_MAX,
	SERVER_MEMORY = 65536, /* messages */
	OWN_BITS = 16,
	OWN_MEMORY = 4096,
	LOADED_MAX = 32, /* some 300 KiB each */
	TABLE_BYTES_MAX = 32 << 20,
	AGAIN_MS = 60 * 1000,
};

static struct {
	struct map by_account; /* of each that is in the file, or soon will be */
	struct learned *server;
	size_t n_loaded;
	uint64_t n_used;
	bool writing, stopping;
} self;

struct learned *learned_server(void)
{
	return self.server;
}

static int add(struct span account, struct learned **out)
{
	struct learned *l = calloc(1, sizeof *l);
	int r = l && (l->account = strndup(account.n ? account.p : "", account.n))
	                ? map_put(&self.by_account, span_str(l->account), l, NULL)
	                : ERR_NO_MEMORY;

	if (r >= 0) {
		*out = l;
		return 0;
	}
	if (l)
		free(l->account);
	free(l);
	return err(ERR_NO_MEMORY, "no memory for what an account has told of its mail");
}

static int heard_of(struct span account)
{
	struct learned *l;

	return add(account, &l);
}

static void unload(struct learned *l)
{
	if (!l->loaded)
		return;
	classify_table_fini(&l->table);
	l->loaded = false;
	self.n_loaded--;
}

/* The one that was asked for longest ago; one that is not written yet stays. */
static void make_room(void)
{
	while (self.n_loaded >= LOADED_MAX) {
		struct learned *oldest = NULL, *l;
		MAP_EACH(l, &self.by_account)
			if (l->loaded && !l->dirty && l != self.server &&
			    (!oldest || l->used < oldest->used))
				oldest = l;
		if (!oldest)
			return;
		unload(oldest);
	}
}

static int init(struct learned *l)
{
	bool server = !*l->account;
	int r = classify_table_init(&l->table, server ? SERVER_BITS : OWN_BITS,
	                            server ? SERVER_MEMORY : OWN_MEMORY);

	if (r < 0)
		return r;
	l->loaded = true;
	self.n_loaded++;
	return 0;
}

/* What cannot be understood is begun anew. */
static int load(struct learned *l, struct span octets)
{
	int r = init(l);

	if (r < 0 || !octets.n)
		return r;
	r = classify_table_unpack(octets, &l->table);
	if (r == ERR_NO_MEMORY) {
		unload(l);
		return r;
	}
	if (r < 0)
		event_log(EVENT_learned_failed, "account=%s reason=%s", l->account, err_str(r));
	return 0;
}

/* Meanwhile another may have loaded it, or forgotten it. */
static WAITS int fetch(struct span account, struct learned **out)
{
	AUTO_BUF octets = BUF(TABLE_BYTES_MAX);
	struct learned *l;
	int r = learned_file_get(account, &octets); /* WAITS */

	if (r < 0)
		return r;
	*out = l = map_get(&self.by_account, account);
	if (!l || l->loaded)
		return 0;
	make_room();
	return load(l, buf_span(&octets));
}

WAITS int learned_get(struct span account, bool make, struct learned **out)
{
	struct learned *l = map_get(&self.by_account, account);
	int r = 0;

	if (l && !l->loaded)
		r = fetch(account, &l); /* WAITS */
	if (r >= 0 && !l && make) {
		make_room();
		r = add(account, &l);
		if (r >= 0)
			r = init(l);
	}
	if (r < 0)
		return r;
	if (l)
		l->used = ++self.n_used;
	*out = l;
	return 0;
}

/* ---- written ---- */

static struct learned *next_dirty(void)
{
	struct learned *l;

	MAP_EACH(l, &self.by_account)
		if (l->dirty)
			return l;
	return NULL;
}

static WAITS int write_one(struct learned *l)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF octets = BUF(TABLE_BYTES_MAX);
	struct span account;
	int r = arena_copy(&mem, span_str(l->account), &account);

	if (r >= 0)
		r = classify_table_pack(&l->table, &octets);
	if (r < 0)
		return r;
	l->dirty = false;
	r = learned_file_put(account, buf_span(&octets)); /* WAITS */
	l = map_get(&self.by_account, account);
	if (r < 0 && l && l->loaded)
		l->dirty = true;
	return r;
}

static WAITS int write_all(void)
{
	struct learned *l;
	int r = 0;

	while (r >= 0 && (l = next_dirty()))
		r = write_one(l); /* WAITS */
	return r;
}

static void write_behind(UNUSED void *arg)
{
	int r = fibre_sleep(LEARN_KEPT_MS); /* WAITS */

	while (r >= 0 && !self.stopping && next_dirty()) {
		r = write_all(); /* WAITS */
		if (r < 0 && r != ERR_CANCELLED) {
			event_log(EVENT_learned_failed, "reason=%s", err_str(r));
			r = fibre_sleep(AGAIN_MS); /* WAITS */
		}
	}
	self.writing = false;
}

void learned_changed(struct learned *l)
{
	l->dirty = true;
	if (!self.writing && !self.stopping)
		self.writing = fibre_spawn("learned", write_behind, NULL) >= 0;
}

/* ---- begin and end ---- */

static void drop(struct learned *l)
{
	unload(l);
	free(l->account);
	free(l);
}

WAITS int learned_forget(struct span account)
{
	struct learned *l = map_get(&self.by_account, account);

	if (l == self.server) {
		unload(l);
		int r = init(l);
		l->dirty = false;
		return r < 0 ? r : learned_file_remove(account); /* WAITS */
	}
	if (!l)
		return 0;
	map_remove(&self.by_account, account);
	drop(l);
	return learned_file_remove(account); /* WAITS */
}

static WAITS int begin(const char *data_dir)
{
	int r = learned_file_open(data_dir);

	if (r >= 0)
		r = learned_file_names(heard_of);
	if (r >= 0)
		r = learned_get(SPAN(""), true, &self.server); /* WAITS */
	return r;
}

WAITS int learned_start(const struct settings *set, const char *data_dir)
{
	int r = begin(data_dir); /* WAITS */

	if (r < 0) {
		learned_stop(); /* WAITS */
		return r;
	}
	learned_serve(set);
	return 0;
}

WAITS void learned_stop(void)
{
	struct learned *l;

	learned_serve_end();
	self.stopping = true;
	int r = next_dirty() ? write_all() : 0; /* WAITS */
	if (r < 0)
		event_log(EVENT_learned_failed, "reason=%s", err_str(r));
	MAP_EACH(l, &self.by_account)
		drop(l);
	map_fini(&self.by_account);
	learned_file_close();
}

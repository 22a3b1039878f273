/* fulltext/fulltext.c - see fulltext.h: who has an index, and the thread with the files. */
#include "fulltext/fulltext_impl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/event.h"

enum { FILES_MAX = 8 }; /* open at once, a few MiB of memory each */

struct fulltext fulltext;

/* The thread's alone. */
static struct held {
	uint32_t number;
	struct fulltext_file *file;
	uint64_t used;
} held[FILES_MAX];
static uint64_t n_used;

static void path_of(uint32_t number, char *to, size_t room)
{
	snprintf(to, room, "%s/%08x.db", fulltext.dir, number);
}

static struct held *held_find(uint32_t number)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (held[i].file && held[i].number == number)
			return &held[i];
	return NULL;
}

static void let_go(struct held *h)
{
	fulltext_file_close(TAKE(h->file));
}

static struct held *held_room(void)
{
	struct held *oldest = &held[0];

	for (size_t i = 0; i < FILES_MAX; i++) {
		if (!held[i].file)
			return &held[i];
		if (held[i].used < oldest->used)
			oldest = &held[i];
	}
	let_go(oldest);
	return oldest;
}

static bool is_damage(int r)
{
	return r == ERR_CORRUPT || r == ERR_BUG;
}

static int file_get(uint32_t number, struct held **out)
{
	char path[1024];
	struct held *h = held_find(number);
	int r = 0;

	if (!h) {
		h = held_room();
		path_of(number, path, sizeof path);
		r = fulltext_file_open(path, &h->file);
		if (is_damage(r)) {
			fulltext_file_remove(path);
			r = fulltext_file_open(path, &h->file);
		}
		h->number = number;
	}
	h->used = ++n_used;
	if (r >= 0)
		*out = h;
	return r;
}

struct job {
	uint32_t number;
	fulltext_job *fn;
	void *arg;
};

static int job_run(void *arg)
{
	const struct job *j = arg;
	char path[1024];
	struct held *h;
	int r = file_get(j->number, &h);

	if (r < 0)
		return r;
	r = j->fn(h->file, j->arg);
	if (!is_damage(r))
		return r;
	let_go(h);
	path_of(j->number, path, sizeof path);
	fulltext_file_remove(path);
	return ERR_CORRUPT;
}

WAITS int fulltext_run(struct fulltext_account *a, fulltext_job *fn, void *arg)
{
	struct job j = { a->number, fn, arg };
	int r = worker_run(fulltext.thread, job_run, &j, "text index"); /* WAITS */

	a->failed |= r < 0;
	if (r == ERR_CORRUPT) {
		event_log(EVENT_index_damaged, "account=%.*s reason=%s", SPAN_ARG(a->name),
		          err_str(r));
		fulltext_wake(a);
	}
	return r;
}

static int drop_run(void *arg)
{
	const struct fulltext_account *a = arg;
	struct held *h = held_find(a->number);
	char path[1024];

	if (h)
		let_go(h);
	path_of(a->number, path, sizeof path);
	fulltext_file_remove(path);
	return 0;
}

WAITS int fulltext_drop(struct fulltext_account *a)
{
	return worker_run(fulltext.thread, drop_run, a, "text index"); /* WAITS */
}

/* ---- accounts ---- */

void fulltext_wake(struct fulltext_account *a)
{
	if (!a->dirty)
		list_push_back(&fulltext.dirty, &a->link);
	a->dirty = true;
	cond_broadcast(&fulltext.work);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Whether the account has a file from before, though it wants none. */
static bool is_left(struct span name)
{
	struct account *account;

	return store_account_known(fulltext.store, name, &account) >= 0 && fulltext.n_files &&
	       bsearch(&account->number, fulltext.files, fulltext.n_files, sizeof *fulltext.files,
	               by_number);
}

static struct fulltext_account *account_new(struct span name)
{
	struct fulltext_account *a = calloc(1, sizeof *a + name.n);

	if (!a)
		return NULL;
	memcpy(a + 1, name.p, name.n);
	a->name = span_make((char *)(a + 1), name.n);
	if (map_put(&fulltext.accounts, a->name, a, NULL) < 0) {
		free(a);
		return NULL;
	}
	return a;
}

int fulltext_account(struct span name, bool on)
{
	struct fulltext_account *a = map_get(&fulltext.accounts, name);

	if (a ? a->on == on : !on && !is_left(name))
		return 0;
	if (!a && !(a = account_new(name)))
		return err(ERR_NO_MEMORY, "no memory for an account's index");
	a->on = on;
	a->wait_ms = 0;
	a->retry_at = 0;
	fulltext_wake(a);
	return 0;
}

WAITS int fulltext_forget_account(struct span name)
{
	struct account *known;
	int r = fulltext_account(name, false);
	struct fulltext_account *a = map_get(&fulltext.accounts, name);

	if (r < 0 || !a) /* it has none */
		return r;
	while (r >= 0 && fulltext.busy == a)
		r = cond_wait(&fulltext.settled, "an index under way"); /* WAITS */
	if (r >= 0 && !a->number && store_account_known(fulltext.store, name, &known) >= 0)
		a->number = known->number;
	return r < 0 || !a->number ? r : fulltext_drop(a); /* WAITS */
}

void fulltext_news(const struct store_mail_event *e)
{
	struct fulltext_account *a = map_get(&fulltext.accounts, e->mailbox->account->name);

	if (a && a->on)
		fulltext_wake(a);
}

/* ---- asked ---- */

struct ask {
	uint32_t mailbox, first, last;
	size_t max;
	const struct span *needles;
	size_t n_needles;
	struct arena *mem;
	struct fulltext_found *out;
};

static int ask_run(struct fulltext_file *f, void *arg)
{
	const struct ask *q = arg;

	return fulltext_find(f, q->mailbox, q->first, q->last, q->max, q->needles, q->n_needles,
	                     q->mem, q->out);
}

WAITS int fulltext_ask(struct span account, uint32_t mailbox, uint32_t first, uint32_t last,
                       size_t max, const struct span *needles, size_t n_needles, struct arena *mem,
                       struct fulltext_found *out)
{
	struct fulltext_account *a = map_get(&fulltext.accounts, account);
	struct ask q = { mailbox, first, last, max, needles, n_needles, mem, out };

	if (!a || !a->on || !a->number)
		return 0;
	int r = fulltext_run(a, ask_run, &q); /* WAITS */
	return r < 0 ? r : 1;
}

/* ---- start and end ---- */

static int note_file(const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 16);

	if (end != name + 8 || *end != '.')
		return 0;
	if ((fulltext.n_files & (fulltext.n_files - 1)) ==
	    0) { /* full: there is room for powers of two */
		size_t room = fulltext.n_files ? 2 * fulltext.n_files : 1;
		uint32_t *more = reallocarray(fulltext.files, room, sizeof *more);
		if (!more)
			return err(ERR_NO_MEMORY, "no memory for a list of indexes");
		fulltext.files = more;
	}
	fulltext.files[fulltext.n_files++] = (uint32_t)number;
	return 0;
}

static int note_files(void)
{
	DIR *d = opendir(fulltext.dir);
	const struct dirent *e;
	int r = 0;

	if (!d)
		return err_errno(ERR_IO, "cannot read %s", fulltext.dir);
	while (r >= 0 && (e = readdir(d)))
		r = note_file(e->d_name);
	closedir(d);
	if (fulltext.n_files)
		qsort(fulltext.files, fulltext.n_files, sizeof *fulltext.files, by_number);
	return r;
}

static int prepare(void *arg)
{
	(void)arg;
	return mkdir(fulltext.dir, 0700) < 0 && errno != EEXIST
	               ? err_errno(ERR_IO, "cannot make %s", fulltext.dir)
	               : note_files();
}

WAITS int fulltext_start(struct store *store, const char *data_dir)
{
	fulltext = (struct fulltext){ .store = store };
	list_init(&fulltext.dirty);
	cond_init(&fulltext.work);
	cond_init(&fulltext.settled);
	nursery_init(&fulltext.fibres);
	if (asprintf(&fulltext.dir, "%s/index", data_dir) < 0) {
		fulltext.dir = NULL;
		return err(ERR_NO_MEMORY, "no memory for the text index");
	}
	int r = worker_start("text index", &fulltext.thread);
	if (r >= 0)
		r = worker_run(fulltext.thread, prepare, NULL, "text index"); /* WAITS */
	return r < 0 ? r : nursery_spawn(&fulltext.fibres, "text index", fulltext_build, NULL);
}

static int close_all(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < FILES_MAX; i++)
		if (held[i].file)
			let_go(&held[i]);
	return 0;
}

WAITS void fulltext_stop(void)
{
	struct fulltext_account *a;

	if (!fulltext.thread)
		return;
	fulltext.stopping = true;
	cond_broadcast(&fulltext.work);
	(void)!nursery_wait(&fulltext.fibres);                            /* WAITS */
	(void)worker_run(fulltext.thread, close_all, NULL, "text index"); /* WAITS */
	worker_stop(TAKE(fulltext.thread));
	MAP_EACH(a, &fulltext.accounts)
		free(map_remove(&fulltext.accounts, a->name));
	map_fini(&fulltext.accounts);
	free(TAKE(fulltext.files));
	free(TAKE(fulltext.dir));
}

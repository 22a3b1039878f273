/* store/mailbox/fold_run.c - the part of a fold that blocks: envelopes, then index files, then one
 * sync of the file system. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/mailbox/fold.h"

static int dir_make(int dir, const char *name)
{
	return mkdirat(dir, name, 0700) == 0 || errno == EEXIST
	               ? 0
	               : err_errno(ERR_IO, "cannot make directory mail/%s", name);
}

/* The account's directory, made when missing; the sync at the end makes its name durable too. */
static int account_dir(int dir, uint32_t account, int *out)
{
	char name[IDX_PATH_BYTES], above[3] = { 0 };
	idx_dir_name(account, name);
	memcpy(above, name, 2);
	*out = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out >= 0 || errno != ENOENT)
		return *out >= 0 ? 0 : err_errno(ERR_IO, "cannot open directory mail/%s", name);
	int r = dir_make(dir, above);
	if (r == 0)
		r = dir_make(dir, name);
	if (r < 0)
		return r;
	*out = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out >= 0 ? 0 : err_errno(ERR_IO, "cannot open directory mail/%s", name);
}

static int choose_generation(int dir, struct fold_account *a)
{
	int r = a->generation ? 0 : env_generation(dir, 0, &a->generation);
	if (r == 0 && !a->generation)
		a->generation = 1;
	if (r == 0 && a->renew)
		a->generation++;
	return r;
}

static int fold_items(struct fold_writing *w, const struct fold_account *a)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < a->n; i++)
		r = fold_item(w, &w->f->items[a->first + i]);
	return r == 0 ? env_writer_flush(&w->env) : r;
}

/* After mailboxes were rewritten or removed is when it is worth looking. */
static int look_for_dead(int dir, struct fold_account *a, const struct box_item *items)
{
	uint64_t records, octets;
	bool rewritten = false;
	for (size_t i = 0; i < a->n; i++)
		rewritten |= items[a->first + i].outcome == FOLD_REWRITTEN;
	if (!rewritten || a->renew)
		return 0;
	int r = env_count(dir, a->number, a->generation, &records, &octets);
	if (r == 0)
		a->half_dead = octets > FOLD_RENEW_BYTES && records > 2 * a->live;
	return r;
}

static int fold_account(struct box_fold *f, struct fold_account *a)
{
	struct fold_writing w = { .f = f, .mem.cap = SIZE_MAX / 2 };
	AUTO_FD int dir = -1;
	int r = account_dir(f->dir, a->number, &dir);
	if (r == 0)
		r = choose_generation(dir, a);
	if (r < 0)
		return r;
	w.dir = dir;
	r = env_reader_init(&w.old, dir, a->number);
	if (r < 0)
		return r;
	env_writer_init(&w.env, dir, a->number, a->generation);
	r = fold_items(&w, a);
	if (r == 0)
		r = look_for_dead(dir, a, f->items);
	env_writer_fini(&w.env);
	env_reader_fini(&w.old);
	arena_fini(&w.mem);
	return r;
}

static void remove_one(const struct box_fold *f, const struct box_doomed *d)
{
	char above[IDX_PATH_BYTES], name[IDX_PATH_BYTES];
	uint32_t highest;
	idx_dir_name(d->account, above);
	AUTO_FD int dir = openat(f->dir, above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	idx_name(d->mailbox, "idx", name);
	if (!d->generation) {
		unlinkat(dir, name, 0);
		idx_name(d->mailbox, "damaged", name);
		unlinkat(dir, name, 0);
	} else if (env_generation(dir, d->generation, &highest) < 0)
		err_clear();
	if (d->generation == BOX_DOOM_ALL)
		unlinkat(f->dir, above, AT_REMOVEDIR);
}

/* What does not go stays for a sweep. */
static void remove_doomed(const struct box_fold *f)
{
	const struct box_doomed *d;
	LIST_EACH(d, &f->doomed, link)
		remove_one(f, d);
}

int box_fold_run(struct box_fold *f)
{
	int r = 0;
	remove_doomed(f);
	for (size_t i = 0; r == 0 && i < f->n_accounts; i++)
		r = fold_account(f, &f->accounts[i]);
	if (r == 0 && f->n_items && syncfs(f->dir) < 0)
		r = err_errno(ERR_IO, "cannot sync the file system of the mailboxes");
	return r;
}

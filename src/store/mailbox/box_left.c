/* store/mailbox/box_left.c - a damaged mailbox: is it, and what is left of it? */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/mailbox/box_impl.h"
#include "store/mailbox/left.h"

/* ---- a file that is read anew ---- */

struct checking {
	int dir;
	struct idx_expect expect;
	box_row_fn *fn;
	void *arg;
};

static int check_run(void *arg)
{
	const struct checking *c = arg;
	struct box_array a = { 0 };
	struct idx_file file;
	int r = idx_load(c->dir, &c->expect, &a, &file);
	for (size_t i = 0; i < a.n && r >= 0; i++)
		if (!(a.rows[i].flags & MAILBOX_GONE))
			c->fn(&a.rows[i], c->arg);
	box_array_fini(&a);
	return r;
}

WAITS int box_check(struct box *b, box_row_fn *fn, void *arg)
{
	struct checking c = { b->set->c.dir, box_expect(b), fn, arg };
	b->refs++;
	int r = offload(check_run, &c, "the rows of a mailbox");
	box_unref(b);
	return r == ERR_CORRUPT ? ERR_DAMAGED : r;
}

/* ---- what is left ---- */

struct leaving {
	int dir;
	struct idx_expect expect;
	struct left left;
};

/* Pieces that the disk does not give are zeros. */
static int read_file(int fd, size_t n, struct span *out)
{
	enum { PIECE = 4096 };
	char *octets = calloc(n + 1, 1);
	struct span got;
	if (!octets)
		return err(ERR_NO_MEMORY, "no memory for a damaged index file");
	for (size_t at = 0; at < n; at += PIECE)
		if (file_read_at(fd, octets + at, n - at < PIECE ? n - at : PIECE, at, &got) < 0)
			err_clear();
	*out = span_make(octets, n);
	return 0;
}

static int scan_file(struct leaving *x, const char *suffix, uint32_t serial, uint64_t octets)
{
	char folder[IDX_PATH_BYTES], name[IDX_PATH_BYTES];
	struct span file;
	struct stat st;
	idx_dir_name(x->expect.account, folder);
	idx_name(x->expect.mailbox, suffix, name);
	AUTO_FD int dir = openat(x->dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(ERR_IO, "cannot open mail/%s/%s", folder, name);
	if (!S_ISREG(st.st_mode))
		return 0;
	int r = read_file(fd, (size_t)st.st_size, &file);
	if (r < 0)
		return r;
	r = left_scan(&x->left, file, serial, octets);
	free((char *)file.p);
	return r;
}

/* What was set aside is the older one. */
static int left_run(void *arg)
{
	struct leaving *x = arg;
	int r = scan_file(x, "damaged", x->expect.serial - 1, UINT64_MAX);
	if (r >= 0)
		r = scan_file(x, "idx", x->expect.serial, x->expect.octets);
	if (r >= 0)
		left_end(&x->left);
	return r;
}

/* Rows that are in memory are all there are. */
static int from_memory(const struct box *b, struct box_left *out)
{
	const struct box_array *a = &b->loaded->array;
	struct box_left_row *rows = calloc(a->n + 1, sizeof *rows);
	size_t n = 0;
	if (!rows)
		return err(ERR_NO_MEMORY, "no memory for the rows of a damaged mailbox");
	for (size_t i = 0; i < a->n; i++)
		if (!(a->rows[i].flags & MAILBOX_GONE))
			rows[n++] = (struct box_left_row){ a->rows[i], true };
	*out = (struct box_left){ rows, n, true };
	return 0;
}

WAITS int box_left(struct box *b, box_knows_fn *knows, void *arg, struct box_left *out)
{
	struct leaving x = { .dir = b->set->c.dir,
		             .expect = box_expect(b),
		             .left = { .mailbox = b->mailbox,
		                       .uid_next = b->numbers.uid_next,
		                       .knows = knows,
		                       .arg = arg,
		                       .out.whole = true } };
	if (b->loaded)
		return from_memory(b, out);
	b->refs++;
	int r = offload(left_run, &x, "what is left of a mailbox");
	box_unref(b);
	left_fini(&x.left);
	if (r < 0)
		free(x.left.out.rows);
	else
		*out = x.left.out;
	return r;
}

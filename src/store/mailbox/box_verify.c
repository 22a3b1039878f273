/* store/mailbox/box_verify.c - is all as it was written? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/mailbox/box.h"
#include "store/mailbox/env_file.h"
#include "store/mailbox/idx_file.h"
#include "store/mailbox/mail_walk.h"

enum { LINE_BYTES = 1500 };

struct verify {
	int dir;
	const struct box_known *known;
	size_t n;
	void (*tell)(const char *line, void *arg);
	void *arg;
	uint64_t faults;
};

PRINTF(2, 3) static void fault(struct verify *v, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	v->faults++;
	v->tell(line, v->arg);
}

/* What cannot be read is a fault too; the rest is looked at all the same. */
static int told(struct verify *v, int r)
{
	if (r == ERR_NO_MEMORY || r == ERR_LIMIT)
		return r;
	if (r < 0)
		fault(v, "%s", err_str(r));
	return 0;
}

/* Each row's envelope. */
static int verify_caches(struct verify *v, const struct box_known *k, int dir,
                         const struct box_array *a)
{
	struct env_reader r;
	struct span cache;
	int e = env_reader_init(&r, dir, k->account);
	for (size_t i = 0; e == 0 && i < a->n; i++) {
		const struct box_row *row = &a->rows[i];
		if (!row->cache || (row->flags & MAILBOX_GONE))
			continue;
		e = told(v,
		         env_reader_get(&r, row->cache, row->message, row->cache + 4096, &cache));
		if (e == 0 && !cache.n)
			fault(v,
			      "mailbox %u, UID %u: its envelope, octet %ju of mail/%02u/%u/%u.env, "
			      "does "
			      "not check; it is made again when it is asked for",
			      k->mailbox, row->uid, (uintmax_t)env_place_offset(row->cache),
			      k->account % 100, k->account, env_place_generation(row->cache));
	}
	env_reader_fini(&r);
	return e;
}

static int verify_box(struct verify *v, const struct box_known *k)
{
	struct idx_expect expect = {
		.account = k->account,
		.mailbox = k->mailbox,
		.uid_validity = k->uid_validity,
		.serial = k->numbers.serial,
		.octets = k->numbers.file_octets,
	};
	struct box_array a = { 0 };
	struct idx_file file = { 0 };
	char name[IDX_PATH_BYTES];
	int e = idx_load(v->dir, &expect, &a, &file);
	if (e == ERR_CORRUPT) {
		fault(v, "%s (mail/%02u/%u/%u.idx, %.*s of %.*s); give: " BOX_REBUILD " %.*s",
		      err_str(e), k->account % 100, k->account, k->mailbox, SPAN_ARG(k->path),
		      SPAN_ARG(k->account_name), SPAN_ARG(k->account_name));
		return 0;
	}
	if (e < 0)
		return told(v, e);
	if (file.header.serial == expect.serial &&
	    (a.sums.exists != k->numbers.exists || a.sums.octets != k->numbers.octets))
		fault(v,
		      "mailbox %u: its index file has %u messages, %ju octets; the ledger says %u, "
		      "%ju",
		      k->mailbox, a.sums.exists, (uintmax_t)a.sums.octets, k->numbers.exists,
		      (uintmax_t)k->numbers.octets);
	idx_dir_name(k->account, name);
	AUTO_FD int dir = openat(v->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 || errno == ENOENT)
		e = verify_caches(v, k, dir, &a);
	else
		e = told(v, err_errno(ERR_IO, "cannot open mail/%s", name));
	box_array_fini(&a);
	return e;
}

static int by_mailbox(const void *key, const void *each)
{
	const uint32_t *number = key;
	const struct box_known *k = each;
	return *number < k->mailbox ? -1 : *number > k->mailbox;
}

/* Files that are not as they should be for a mailbox there is; of others the next start's sweep
 * takes care. */
static int verify_name(const struct mail_name *f, void *arg)
{
	struct verify *v = arg;
	const struct box_known *k =
	        v->n ? bsearch(&f->number, v->known, v->n, sizeof *k, by_mailbox) : NULL;
	if (!k)
		return 0;
	if (span_eq(f->suffix, SPAN("damaged")))
		fault(v,
		      "mail/%02u/%u/%s: was damaged, and set aside: messages of mailbox %u are "
		      "missing",
		      f->account % 100, f->account, f->name, f->number);
	if (span_eq(f->suffix, SPAN("idx")) && k->account != f->account)
		fault(v, "mail/%02u/%u/%s: the mailbox is of account %u", f->account % 100,
		      f->account, f->name, k->account);
	return 0;
}

int box_verify(int dir, const struct box_known *known, size_t n,
               void (*tell)(const char *line, void *arg), void *arg, uint64_t *faults)
{
	struct verify v = { .dir = dir, .known = known, .n = n, .tell = tell, .arg = arg };
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = verify_box(&v, &known[i]);
	if (r == 0)
		r = told(&v, mail_walk(dir, verify_name, &v));
	if (r == 0)
		*faults = v.faults;
	return r;
}

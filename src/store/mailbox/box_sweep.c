/* store/mailbox/box_sweep.c - files that a crash left of what was removed. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "rt/worker.h"
#include "store/mailbox/box_impl.h"
#include "store/mailbox/mail_walk.h"

/* As it was when it began: what is added later has higher numbers than the last ones then. */
struct sweep {
	int dir;
	uint32_t last_account, last_mailbox;
	uint32_t *boxes, *accounts; /* rising */
	size_t n_boxes, n_accounts;
};

static int rising(const void *a_, const void *b_)
{
	const uint32_t *a = a_, *b = b_;
	return *a < *b ? -1 : *a > *b;
}

/* It was there once, and is not any more. */
static bool removed(const uint32_t *all, size_t n, uint32_t last, uint32_t number)
{
	return number <= last && !bsearch(&number, all, n, sizeof number, rising);
}

/* On the folds' thread, so no fold is writing. */
static int sweep_file(const struct mail_name *f, void *arg)
{
	const struct sweep *s = arg;
	bool account = removed(s->accounts, s->n_accounts, s->last_account, f->account);
	if (!f->suffix.n) {
		if (account)
			unlinkat(s->dir, f->name, AT_REMOVEDIR);
		return 0;
	}
	bool idx = span_eq(f->suffix, SPAN("idx")) || span_eq(f->suffix, SPAN("damaged"));
	bool dead = span_eq(f->suffix, SPAN("new")) ||
	            (idx && removed(s->boxes, s->n_boxes, s->last_mailbox, f->number)) ||
	            (span_eq(f->suffix, SPAN("env")) && account);
	if (dead)
		unlinkat(f->dir, f->name, 0); /* or the next one does */
	return 0;
}

static int sweep_run(void *arg)
{
	struct sweep *s = arg;
	return mail_walk(s->dir, sweep_file, s);
}

static int sweep_make(struct box_set *set, struct sweep *s)
{
	const struct box *b;
	const struct box_account *a;
	s->dir = set->c.dir;
	s->boxes = calloc(set->boxes.n + 1, sizeof *s->boxes);
	s->accounts = calloc(set->accounts.n + 1, sizeof *s->accounts);
	if (!s->boxes || !s->accounts)
		return err(ERR_NO_MEMORY, "no memory to look for files of removed mailboxes");
	MAP_EACH(b, &set->boxes)
		s->boxes[s->n_boxes++] = b->mailbox;
	MAP_EACH(a, &set->accounts)
		if (!list_empty(&a->boxes))
			s->accounts[s->n_accounts++] = a->account;
	qsort(s->boxes, s->n_boxes, sizeof *s->boxes, rising);
	qsort(s->accounts, s->n_accounts, sizeof *s->accounts, rising);
	return 0;
}

WAITS int box_sweep(struct box_set *set, uint32_t last_account, uint32_t last_mailbox)
{
	struct sweep s = { .last_account = last_account, .last_mailbox = last_mailbox };
	int r = box_thread(set);
	if (r == 0)
		r = sweep_make(set, &s);
	if (r == 0)
		r = worker_run(set->thread, sweep_run, &s, "files of removed mailboxes");
	free(s.boxes);
	free(s.accounts);
	return r;
}

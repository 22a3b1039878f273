/* imapd/fronts.c - see fronts.h. */
#include "imapd/fronts.h"

void imapd_fronts_fini(struct imapd_fronts *f)
{
	arena_fini(&f->mem);
}

static WAITS int ask(struct imapd_fronts *f, const uint32_t *uids, size_t n)
{
	struct mailbox_run *runs;
	struct mailbox_fronts_args a = { .ticket = imapd_ticket(f->session),
		                         .mailbox = f->session->box->mailbox,
		                         .max = f->max,
		                         .header = f->header };

	arena_fini(&f->mem);
	f->got = (struct mailbox_fronts_reply){ 0 };
	f->taken = 0;
	f->asked_to = 0;
	if (n > MAILBOX_FRONTS_MAX)
		n = MAILBOX_FRONTS_MAX;
	runs = arena_array(&f->mem, struct mailbox_run, n);
	if (!runs)
		return err(ERR_NO_MEMORY, "no memory for the UIDs of %zu messages", n);
	a.uids = runs;
	for (size_t i = 0; i < n; i++) {
		if (a.n_uids && runs[a.n_uids - 1].first + runs[a.n_uids - 1].count == uids[i])
			runs[a.n_uids - 1].count++;
		else
			runs[a.n_uids++] = (struct mailbox_run){ uids[i], 1 };
	}
	int r = mailbox_fronts(&a, &f->mem, &f->got); /* WAITS */
	if (r >= 0)
		f->asked_to = f->got.next ? f->got.next - 1 : uids[n - 1];
	return r;
}

WAITS int imapd_fronts_get(struct imapd_fronts *f, const uint32_t *uids, size_t n,
                           const struct mailbox_front **out)
{
	int r = uids[0] > f->asked_to ? ask(f, uids, n) : 0; /* WAITS */

	if (r < 0)
		return r;
	while (f->taken < f->got.n_fronts && f->got.fronts[f->taken].uid < uids[0])
		f->taken++;
	bool there = f->taken < f->got.n_fronts && f->got.fronts[f->taken].uid == uids[0];
	*out = there ? &f->got.fronts[f->taken] : NULL;
	return 0;
}

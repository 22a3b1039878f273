/* imapd/box.c - see box.h. */
#include "imapd/flags.h"
#include "imapd/session.h"

#include <stdlib.h>

static WAITS int load(struct imapd_session *s, struct imapd_box *box)
{
	uint32_t first = 1;

	for (bool done = false; !done;) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_uids_args a = { imapd_ticket(s), box->mailbox, first };
		struct mailbox_uids_reply got;
		int r = mailbox_uids(&a, &mem, &got); /* WAITS */
		if (r < 0)
			return r;
		if (first == 1)
			box->told = box->gone = got.at;
		for (size_t i = 0; r >= 0 && i < got.n_runs; i++)
			r = view_append(&box->view, got.runs[i].first, got.runs[i].count);
		if (r < 0)
			return r;
		first = view_last_uid(&box->view) + 1;
		done = got.done || !got.n_runs;
	}
	if (box->uid_next < view_last_uid(&box->view) + 1)
		box->uid_next = view_last_uid(&box->view) + 1;
	return 0;
}

WAITS void imapd_box_close(struct imapd_session *s)
{
	struct imapd_box *box = TAKE(s->box);

	if (!box)
		return;
	imapd_unwatch(box); /* WAITS */
	view_fini(&box->view);
	free(box->saved);
	free(box);
}

WAITS int imapd_box_open(struct imapd_session *s, const struct mailbox_info *info,
                         struct arena *mem)
{
	struct imapd_box *box = calloc(1, sizeof *box);

	if (!box)
		return ERR_NO_MEMORY;
	box->session = s;
	box->mailbox = info->mailbox;
	box->uid_validity = info->uid_validity;
	box->uid_next = info->uid_next;
	s->box = box;
	int r = imapd_watch(box); /* WAITS */
	if (r >= 0)
		r = load(s, box); /* WAITS */
	if (r < 0)
		imapd_box_close(s); /* WAITS */
	return r;
}

void imapd_box_own(struct imapd_box *box, uint64_t modseq)
{
	box->own[box->n_own++ % IMAPD_OWN_MAX] = modseq;
}

static bool is_own(const struct imapd_box *box, uint64_t modseq)
{
	for (size_t i = 0; i < IMAPD_OWN_MAX; i++)
		if (box->own[i] && box->own[i] == modseq)
			return true;
	return false;
}

static WAITS int tell_entry(struct imapd_session *s, struct imapd_call *c,
                            const struct mailbox_entry *e, bool *more)
{
	struct imapd_box *box = s->box;
	uint32_t number = view_number(&box->view, e->uid);

	if (!number && e->uid > view_last_uid(&box->view) && e->uid >= box->uid_next) {
		*more = true;
		box->uid_next = e->uid + 1;
		return view_append(&box->view, e->uid, 1);
	}
	if (!number || is_own(box, e->modseq))
		return 0;
	return imapd_put_change(s, c, number, e->uid, e->flags, e->modseq); /* WAITS */
}

static WAITS int tell_changes(struct imapd_session *s, struct imapd_call *c)
{
	struct imapd_box *box = s->box;
	uint64_t since = box->told, at = 0;
	bool more = false, done = false;
	uint32_t first = 1;

	while (!done) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_page_args a = { .ticket = imapd_ticket(s),
			                       .mailbox = box->mailbox,
			                       .first = first,
			                       .last = UINT32_MAX,
			                       .since = since,
			                       .max = MAILBOX_PAGE_MAX };
		struct mailbox_page_reply got;
		int r = mailbox_page(&a, &mem, &got); /* WAITS */
		at = at ? at : got.at;
		for (size_t i = 0; r >= 0 && i < got.n_entries; i++)
			r = tell_entry(s, c, &got.entries[i], &more); /* WAITS */
		if (r < 0)
			return r;
		done = got.done || !got.n_entries;
		if (!done)
			first = got.entries[got.n_entries - 1].uid + 1;
	}
	box->told = at;
	if (more)
		buf_printf(&c->out, "* %u EXISTS\r\n", box->view.n);
	return c->out.err;
}

int imapd_put_gone(struct imapd_session *s, struct imapd_call *c, uint32_t uid, uint32_t n)
{
	struct imapd_box *box = s->box;
	bool vanished = imapd_enabled(s, IMAP_CAP(QRESYNC));
	AUTO_BUF uids = BUF(1 << 20);
	struct imap_runs_writer w = { 0 };
	uint64_t end = (uint64_t)uid + n;
	uint32_t run;

	for (uint32_t u = uid; u < end && (u = view_next(&box->view, u, &run)) && u < end; u++) {
		int64_t number = view_remove(&box->view, u);
		if (number < 0)
			return (int)number;
		if (vanished)
			imap_runs_add(&w, &uids, u);
		else
			buf_printf(&c->out, "* %u EXPUNGE\r\n", (unsigned)number);
	}
	imap_runs_end(&w, &uids);
	if (uids.n)
		buf_printf(&c->out, "* VANISHED %.*s\r\n", SPAN_ARG(buf_span(&uids)));
	return uids.err ? uids.err : c->out.err;
}

static WAITS int tell_gone(struct imapd_session *s, struct imapd_call *c, uint64_t at)
{
	AUTO_ARENA mem = { 0 };
	struct imapd_box *box = s->box;
	struct mailbox_vanished_args a = { .ticket = imapd_ticket(s),
		                           .mailbox = box->mailbox,
		                           .since = box->gone };
	struct mailbox_vanished_reply got;
	int r = mailbox_vanished(&a, &mem, &got); /* WAITS */

	for (size_t i = 0; r >= 0 && i < got.n_runs; i++)
		r = imapd_put_gone(s, c, got.runs[i].first, got.runs[i].count);
	if (r >= 0)
		box->gone = at;
	return r;
}

WAITS int imapd_news(struct imapd_session *s, struct imapd_call *c, bool may_expunge)
{
	struct imapd_box *box = s->box;

	if (!box || !box->dirty)
		return 0;
	box->dirty = false;
	int r = tell_changes(s, c); /* WAITS */
	if (r >= 0 && may_expunge)
		r = tell_gone(s, c, box->told); /* WAITS */
	else
		box->dirty = true;
	return r;
}

static int add_run(struct imap_run *runs, size_t *n, size_t room, uint32_t first, uint32_t last)
{
	if (*n && runs[*n - 1].last + 1 == first) {
		runs[*n - 1].last = last;
		return 0;
	}
	if (*n == room)
		return err(ERR_LIMIT, "too many pieces in one set");
	runs[(*n)++] = (struct imap_run){ first, last };
	return 0;
}

/* The UIDs first .. last that are in the view. */
static int add_uids(const struct view *v, struct imap_run *runs, size_t *n, size_t room,
                    uint32_t first, uint32_t last)
{
	uint32_t count, uid = first;

	while (uid && uid <= last && (uid = view_next(v, uid, &count)) && uid <= last) {
		uint32_t end = count - 1 > last - uid ? last : uid + count - 1;
		int r = add_run(runs, n, room, uid, end);
		if (r < 0)
			return r;
		uid = end + 1;
	}
	return 0;
}

int imapd_pick(struct imapd_session *s, struct imapd_call *c, const struct imap_set *set, bool uid,
               struct imap_set *out)
{
	const struct view *v = &s->box->view;
	struct imap_set given = { .runs = s->box->saved, .n_runs = s->box->n_saved };
	size_t n = 0;
	int r = 0;

	if (set->saved)
		uid = true;
	else
		r = imap_set_resolve(set, uid ? view_last_uid(v) : v->n, &c->mem, &given);
	size_t room = v->n_runs + given.n_runs + 1;
	struct imap_run *runs = r < 0 ? NULL : arena_array(&c->mem, struct imap_run, room);
	if (!runs)
		return r < 0 ? r : ERR_NO_MEMORY;
	if (!uid && given.n_runs && given.runs[given.n_runs - 1].last > v->n)
		return imapd_bad(c, imap_bad(&c->args, "there are %u messages", v->n));
	if (!uid && !given.n_runs)
		return imapd_bad(c, imap_bad(&c->args, "there are no messages"));
	for (size_t i = 0; r >= 0 && i < given.n_runs; i++) {
		struct imap_run run = given.runs[i];
		if (!uid)
			run = (struct imap_run){ view_uid(v, run.first), view_uid(v, run.last) };
		r = add_uids(v, runs, &n, room, run.first, run.last);
	}
	*out = (struct imap_set){ .runs = runs, .n_runs = n };
	return r;
}

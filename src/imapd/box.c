/* imapd/box.c - the selected mailbox: what it holds, its news, a client's sets; see session.h. */
#include "imapd/flags.h"
#include "imapd/session.h"

#include <stdlib.h>

enum {
	VANISHED_RUNS = 700, /* in a line: some 8,000 octets */
	GAP_MAX = 500,       /* rows that cost as much as a call */
};

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
	box->role = info->role;
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

static bool is_own(const struct imapd_box *box, uint64_t modseq)
{
	for (size_t i = 0; i < IMAPD_OWN_MAX; i++)
		if (box->own[i] && box->own[i] == modseq)
			return true;
	return false;
}

/* What comes next behind what was told is told too; so a command of many changes, with nobody else
 * about, leaves no list of them. */
void imapd_box_own(struct imapd_box *box, uint64_t modseq)
{
	if (modseq <= box->told || is_own(box, modseq))
		return;
	if (modseq > box->told + 1) {
		box->own[box->n_own++ % IMAPD_OWN_MAX] = modseq;
		return;
	}
	if (box->gone == box->told)
		box->gone = modseq;
	box->told = modseq;
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

static WAITS int put_expunges(struct imapd_session *s, struct imapd_call *c,
                              const struct imap_run *gone, size_t n)
{
	uint32_t before = 0;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		uint32_t count = gone[i].last - gone[i].first + 1;
		uint32_t number = view_number(&s->box->view, gone[i].first) - before;
		for (uint32_t k = 0; r >= 0 && k < count; k++) {
			buf_printf(&c->out, "* %u EXPUNGE\r\n", number);
			r = imapd_ease(s, c); /* WAITS */
		}
		before += count;
	}
	return r;
}

WAITS int imapd_put_vanished(struct imapd_session *s, struct imapd_call *c,
                             const struct imap_run *gone, size_t n, bool earlier)
{
	int r = 0;

	while (r >= 0 && n) {
		size_t some = n < VANISHED_RUNS ? n : VANISHED_RUNS;
		buf_puts(&c->out, earlier ? "* VANISHED (EARLIER) " : "* VANISHED ");
		imap_put_runs(&c->out, gone, some);
		buf_puts(&c->out, "\r\n");
		gone += some;
		n -= some;
		r = imapd_ease(s, c); /* WAITS */
	}
	return r;
}

/* How many runs those UIDs of `runs` may make that are in the view. */
static size_t room_for(const struct view *v, const struct imap_run *runs, size_t n)
{
	uint64_t count = imap_set_count(&(struct imap_set){ .runs = runs, .n_runs = n });
	size_t most = n + v->n_runs;

	return count < most ? (size_t)count : most;
}

WAITS int imapd_put_gone(struct imapd_session *s, struct imapd_call *c,
                         const struct mailbox_run *runs, size_t n)
{
	AUTO_ARENA mem = { 0 };
	struct view *v = &s->box->view;
	struct imap_run *all = arena_array(&mem, struct imap_run, n + 1);

	for (size_t i = 0; all && i < n; i++)
		all[i] = (struct imap_run){ runs[i].first, runs[i].first + runs[i].count - 1 };
	struct imap_run *gone =
	        all ? arena_array(&mem, struct imap_run, room_for(v, all, n) + 1) : NULL;
	if (!gone)
		return ERR_NO_MEMORY;
	n = view_meet(v, all, n, gone);
	if (!n)
		return 0;
	int r = imapd_enabled(s, IMAP_CAP(QRESYNC))
	                ? imapd_put_vanished(s, c, gone, n, false) /* WAITS */
	                : put_expunges(s, c, gone, n);             /* WAITS */
	return r < 0 ? r : view_remove(v, gone, n);
}

static WAITS int tell_gone(struct imapd_session *s, struct imapd_call *c, uint64_t at)
{
	struct imapd_box *box = s->box;
	struct mailbox_run rest = { 1, UINT32_MAX };

	for (bool done = false; !done;) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_vanished_args a = { .ticket = imapd_ticket(s),
			                           .mailbox = box->mailbox,
			                           .since = box->gone,
			                           .known = &rest,
			                           .n_known = 1 };
		struct mailbox_vanished_reply got;
		int r = mailbox_vanished(&a, &mem, &got); /* WAITS */
		if (r >= 0)
			r = imapd_put_gone(s, c, got.runs, got.n_runs); /* WAITS */
		if (r < 0)
			return r;
		done = got.done;
		rest.first =
		        done ? 0 : got.runs[got.n_runs - 1].first + got.runs[got.n_runs - 1].count;
		rest.count = UINT32_MAX - rest.first + 1;
	}
	box->gone = at;
	return 0;
}

WAITS int imapd_news(struct imapd_session *s, struct imapd_call *c, bool may_expunge)
{
	struct imapd_box *box = s->box;
	int r;

	if (!box || !box->dirty)
		return 0;
	box->dirty = false;
	if (!may_expunge && imapd_enabled(s, IMAP_CAP(QRESYNC))) {
		/* RFC 7162 6: a MODSEQ above that of an expunge which is not told yet would hide
		 * it. */
		r = imapd_put_modseq(s, c, false); /* WAITS */
		box->dirty |= r != 0;
		return r < 0 ? r : 0;
	}
	r = tell_changes(s, c); /* WAITS */
	if (r >= 0 && may_expunge)
		r = tell_gone(s, c, box->told); /* WAITS */
	if (r < 0 || !may_expunge)
		box->dirty = true;
	return r;
}

int imapd_pick(struct imapd_session *s, struct imapd_call *c, const struct imap_set *set, bool uid,
               struct imap_set *out)
{
	const struct view *v = &s->box->view;
	struct imap_set given = { .runs = s->box->saved, .n_runs = s->box->n_saved };
	int r = 0;

	if (set->saved)
		uid = true;
	else
		r = imap_set_resolve(set, uid ? view_last_uid(v) : v->n, &c->mem, &given);
	if (r < 0)
		return r;
	struct imap_run *uids = arena_array(&c->mem, struct imap_run, given.n_runs + 1);
	struct imap_run *runs =
	        arena_array(&c->mem, struct imap_run, room_for(v, given.runs, given.n_runs) + 1);
	if (!runs || !uids)
		return ERR_NO_MEMORY;
	if (!uid && v->n && given.n_runs && given.runs[given.n_runs - 1].last > v->n)
		return imapd_bad(c, imap_bad(&c->args, "there %s %u message%s",
		                             v->n == 1 ? "is" : "are", v->n, v->n == 1 ? "" : "s"));
	if (!uid && (!v->n || !given.n_runs))
		return imapd_bad(c, imap_bad(&c->args, "there are no messages"));
	for (size_t i = 0; i < given.n_runs; i++) {
		struct imap_run run = given.runs[i];
		uids[i] = uid ? run
		              : (struct imap_run){ view_uid(v, run.first), view_uid(v, run.last) };
	}
	*out = (struct imap_set){ .runs = runs, .n_runs = view_meet(v, uids, given.n_runs, runs) };
	return 0;
}

size_t imapd_stretch(const struct imap_set *uids, size_t i)
{
	while (i + 1 < uids->n_runs && uids->runs[i + 1].first - uids->runs[i].last <= GAP_MAX)
		i++;
	return i;
}

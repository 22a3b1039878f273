/* mailbox/events.c - mailbox_watch and mailbox_events. */
#include "mailbox/watch.h"

#include "rt/loop.h"

enum { EVENTS_MAX = 200, WAIT_MAX_MS = 20000 };

WAITS int answer_watch(const struct mailbox_watch_args *a, struct arena *mem,
                       struct mailbox_watch_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct reader *reader;
	struct watch *w;
	int r = visit(&v, a->ticket, mem); /* WAITS */

	if (r >= 0)
		r = reader_get(a->reader, &reader);
	if (r >= 0 && !a->off)
		r = store_mailbox_enter(v.account, a->mailbox, &v.m);
	if (r >= 0 && !a->off)
		r = watch_begin(reader, v.m);
	if (r >= 0 && a->off && (w = watch_find(reader, a->mailbox)))
		watch_end(w);
	if (r >= 0)
		*out = (struct mailbox_watch_reply){ v.account->done_modseq };
	return r;
}

static int event_take(const struct watch *w, const struct box_numbers *n, struct arena *mem,
                      struct mailbox_event *out)
{
	struct mailbox_event got = { .mailbox = w->mailbox,
		                     .removed = w->removed,
		                     .since = w->since,
		                     .modseq = w->modseq,
		                     .messages = n->exists,
		                     .uid_next = n->uid_next,
		                     .more = w->more,
		                     .n_changes = w->n_changes,
		                     .changes = arena_array(mem, struct mailbox_change,
		                                            w->n_changes) };

	if (w->n_changes && !got.changes)
		return err(ERR_NO_MEMORY, "no memory for events");
	if (w->n_changes)
		memcpy(got.changes, w->changes, w->n_changes * sizeof *got.changes);
	*out = got;
	return 0;
}

/* 1: they are known now; 0: they were looked for meanwhile, and the watch may have gone. */
static WAITS int numbers_now(const struct watch *w, struct box_numbers *out)
{
	struct mailbox *m = w->removed ? NULL : store_mailbox(office.store, w->mailbox);
	struct mailbox_info info;

	*out = (struct box_numbers){ 0 };
	if (!m || !m->box || box_numbers(m->box, out))
		return 1;
	int r = info_of(m, &info); /* WAITS */
	return r < 0 ? r : 0;
}

static WAITS int take_events(struct reader *r, struct arena *mem, struct mailbox_events_reply *out)
{
	struct mailbox_events_reply got = { .events = arena_array(mem, struct mailbox_event,
		                                                  EVENTS_MAX) };
	struct box_numbers n;
	struct watch *w;
	int e = got.events ? 0 : err(ERR_NO_MEMORY, "no memory for events");

	while (e >= 0 && got.n_events < EVENTS_MAX && (w = watch_news(r))) {
		e = numbers_now(w, &n); /* WAITS */
		if (e == 1)
			e = event_take(w, &n, mem, &got.events[got.n_events++]);
		else
			continue;
		if (e >= 0)
			watch_settle(w);
	}
	if (e >= 0)
		*out = got;
	return e;
}

static WAITS int await_news(struct reader *r, uint32_t wait_ms)
{
	FIBRE_TIMEOUT(wait_ms);
	int e = 0;

	while (!watch_news(r) && !office.closing && e >= 0)
		e = cond_wait(&r->news, "news of mailboxes");
	return e == ERR_TIMEOUT ? 0 : e;
}

WAITS int answer_events(const struct mailbox_events_args *a, struct arena *mem,
                        struct mailbox_events_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct reader *reader;

	v.begun = true;
	office.n_calls++;
	if (office.closing)
		return err(ERR_UNAVAILABLE, "the store is closing");
	int r = reader_get(a->reader, &reader);
	if (r < 0)
		return r;
	reader->n_asking++;
	r = await_news(reader, a->wait_ms < WAIT_MAX_MS ? a->wait_ms : WAIT_MAX_MS);
	if (r >= 0)
		r = take_events(reader, mem, out); /* WAITS */
	reader->asked_at = loop_now_at();
	reader->n_asking--;
	return r;
}

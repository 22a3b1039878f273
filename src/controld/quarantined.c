/* controld/quarantined.c - see quarantined.h. */
#include "controld/quarantined.h"

#include "calls/ticket.h"
#include "controld/session.h"
#include "rt/loop.h"

enum { ITEM_MS = 60 * 1000, HELD_ROWS = 500 };

struct walk {
	struct controld_session *s;
	struct quarantined_which which;
	quarantined_fn *fn;
	void *arg;
	int n;
	bool more;
	uint64_t known_of; /* whose status this is, 0: nobody's */
	struct queue_status_reply known;
	struct arena known_mem;
};

/* Recipients of one message come one behind the other. */
static WAITS int look_up(struct walk *w, uint64_t message)
{
	struct queue_status_args a = { .id = message };

	if (w->known_of == message)
		return 0;
	arena_reset(&w->known_mem);
	w->known_of = 0;
	int r = message ? queue_status(&a, &w->known_mem, &w->known) : 0; /* WAITS */
	if (r >= 0 && message && w->known.n_message)
		w->known_of = message;
	return r == ERR_NOT_FOUND ? 0 : r;
}

static WAITS int give(struct walk *w, struct quarantined *q)
{
	AUTO_ARENA mem = { 0 };

	if ((w->which.message && q->message != w->which.message) ||
	    (w->which.recipient >= 0 && q->recipient != w->which.recipient))
		return 0;
	if (w->which.limit && w->n >= w->which.limit) {
		w->more = true;
		return ERR_AGAIN; /* it is enough */
	}
	fibre_deadline_set(clock_add(loop_now_at(), ITEM_MS));
	int r = look_up(w, q->message); /* WAITS */
	if (r < 0)
		return r;
	q->known = w->known_of ? &w->known : NULL;
	for (size_t i = 0; q->known && !q->address.n && i < q->known->n_recipients; i++)
		if (q->known->recipients[i].recipient == q->recipient)
			q->address = q->known->recipients[i].address;
	w->n++;
	return w->fn(q, &mem, w->arg); /* WAITS */
}

/* ---- in mailboxes ---- */

/* *out 0: there is none. */
static WAITS int find_box(struct span ticket, struct arena *mem, uint32_t *out)
{
	struct mailbox_list_args a = { .ticket = ticket };
	struct mailbox_list_reply got = { 0 };
	int r = 0;

	*out = 0;
	while (r >= 0 && !got.done && !*out) {
		r = mailbox_list(&a, mem, &got); /* WAITS */
		for (size_t i = 0; r >= 0 && i < got.n_mailboxes; i++)
			if (got.mailboxes[i].role == MAILBOX_QUARANTINE)
				*out = got.mailboxes[i].mailbox;
		if (r < 0 || !got.n_mailboxes)
			break;
		a.after = got.mailboxes[got.n_mailboxes - 1].path;
	}
	return r;
}

static WAITS int walk_box(struct walk *w, const struct quarantined *place)
{
	struct mailbox_page_args a = { .ticket = place->ticket,
		                       .mailbox = place->mailbox,
		                       .first = 1,
		                       .last = UINT32_MAX,
		                       .max = MAILBOX_PAGE_MAX };
	const struct quarantined_place *after = w->which.after;
	struct mailbox_page_reply page = { 0 };
	int r = 0;

	if (after && after->mailbox == place->mailbox)
		a.first = after->uid + 1;
	while (r >= 0 && !page.done) {
		AUTO_ARENA mem = { 0 };

		r = mailbox_page(&a, &mem, &page); /* WAITS */
		for (size_t i = 0; r >= 0 && i < page.n_entries; i++) {
			const struct mailbox_entry *e = &page.entries[i];
			struct quarantined q = *place;

			q.message = e->message;
			q.recipient = e->recipient;
			q.since_ms = e->saved_s * 1000;
			q.uid = e->uid;
			r = give(w, &q); /* WAITS */
			a.first = e->uid + 1;
		}
		page.done |= !page.n_entries;
	}
	return r;
}

/* mailbox 0: it is looked for. */
static WAITS int walk_account(struct walk *w, struct span account, uint32_t mailbox)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_operator_args whose = { TICKET_CONTROL, account };
	struct ticket_carried carried;
	struct quarantined place = { .account = account, .mailbox = mailbox };
	int r = ticket_operator(&whose, &mem, &carried); /* WAITS */

	if (r < 0)
		return r;
	place.ticket = carried.octets;
	if (!mailbox)
		r = find_box(place.ticket, &mem, &place.mailbox); /* WAITS */
	return r < 0 || !place.mailbox ? r : walk_box(w, &place); /* WAITS */
}

static WAITS int walk_holders(struct walk *w, const struct mailbox_holders_reply *page)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < page->n_holders; i++) {
		r = walk_account(w, page->holders[i].account, page->holders[i].mailbox); /* WAITS */
		if (r == ERR_NOT_FOUND)
			r = 0; /* it has gone since, or its account has */
	}
	return r;
}

/* Who has nothing there is not visited. */
static WAITS int walk_all(struct walk *w)
{
	struct mailbox_holders_args a = { .role = MAILBOX_QUARANTINE };
	struct mailbox_holders_reply page = { .more = true };
	int r = 0;

	if (w->which.after && w->which.after->mailbox)
		a.after = w->which.after->mailbox - 1;
	while (r >= 0 && page.more) {
		AUTO_ARENA mem = { 0 };

		r = controld_ticket(w->s, &a.ticket); /* WAITS */
		if (r >= 0)
			r = mailbox_holders(&a, &mem, &page); /* WAITS */
		if (r >= 0)
			r = walk_holders(w, &page); /* WAITS */
		if (r >= 0 && page.n_holders)
			a.after = page.holders[page.n_holders - 1].mailbox;
	}
	return r;
}

/* Those to whom it came, by its record; its file may be in other hands by now. */
static WAITS int walk_recipients(struct walk *w)
{
	int r = look_up(w, w->which.message); /* WAITS */

	for (size_t i = 0; r >= 0 && w->known_of && i < w->known.n_followed; i++) {
		const struct queue_followed *f = &w->known.followed[i];

		if (f->account.n && (w->which.recipient < 0 || w->which.recipient == f->recipient))
			r = walk_account(w, f->account, 0); /* WAITS */
		if (r == ERR_NOT_FOUND)
			r = 0;
	}
	return r;
}

/* ---- in the queue ---- */

static WAITS int walk_held(struct walk *w)
{
	struct queue_filter filter = { .message = w->which.message,
		                       .states = 1u << RECIPIENT_HELD };
	struct queue_place place = { .next_try_ms = INT64_MIN };
	struct queue_list_args a = { &filter, 1, &place, 1, HELD_ROWS };
	struct queue_list_reply page = { .more = true };
	int r = 0;

	if (w->which.after)
		place = w->which.after->held;
	while (r >= 0 && page.more) {
		AUTO_ARENA mem = { 0 };

		r = queue_list(&a, &mem, &page); /* WAITS */
		for (size_t i = 0; r >= 0 && i < page.n_rows; i++) {
			const struct queue_row *row = &page.rows[i];
			struct quarantined q = { .message = row->message,
				                 .recipient = row->recipient,
				                 .since_ms = row->accepted_ms,
				                 .address = row->address,
				                 .held = { row->next_try_ms, row->message,
				                           row->recipient } };

			if (!row->who.n)
				r = give(w, &q); /* WAITS */
		}
		if (r >= 0 && page.n_place)
			place = page.place[0];
	}
	return r;
}

static WAITS int walk(struct walk *w)
{
	int r = 0;

	if (w->which.account.n)
		return walk_account(w, w->which.account, 0); /* WAITS */
	if (w->which.message)
		r = walk_recipients(w); /* WAITS */
	if (r >= 0 && !(w->which.after && w->which.after->mailbox))
		r = walk_held(w);                                     /* WAITS */
	return r < 0 || (w->which.message && w->n) ? r : walk_all(w); /* WAITS */
}

WAITS int quarantined_each(struct controld_session *s, const struct quarantined_which *which,
                           quarantined_fn *fn, void *arg, bool *more)
{
	struct walk w = { .s = s, .which = *which, .fn = fn, .arg = arg };
	int r = walk(&w); /* WAITS */

	arena_fini(&w.known_mem);
	*more = w.more;
	return r < 0 && !w.more ? r : w.n;
}

/* fulltext/build.c - the fibre that brings indexes up to date, a few messages at a time.
 *
 * As a mail program that was away (RFC 7162 3.2): how far it got with a mailbox, the highest UID
 * and MODSEQ, stands in the index beside what it got, so a crash costs nothing but the last batch.
 */
#include "fulltext/fulltext_impl.h"

#include <stdlib.h>

#include "base/event.h"
#include "fulltext/text.h"
#include "rt/loop.h"

enum {
	BATCH_MESSAGES = 100,
	BATCH_BYTES = 512 << 10, /* no more are begun then */
	BATCH_GONE = 100,
	PIECE_BYTES = 256 << 10,
	RUNS_MAX = 1000,
	RETRY_MS = 1000, /* at first, then twice as long each time */
	RETRY_MS_MAX = 60000,
};

/* One mailbox, as far as the index has it. */
struct work {
	struct fulltext_account *a;
	struct mailbox *m;
	struct fulltext_place place;
	size_t n_added;
};

static bool is_over(const struct work *w)
{
	return fulltext.stopping || !w->a->on;
}

/* Others are to have as much of the processor as this. */
static WAITS int rest(int64_t since)
{
	return fibre_sleep(loop_now_at() - since); /* WAITS */
}

/* ---- what is gone ---- */

struct gone {
	struct work *w;
	const struct mailbox_run *run;
};

static int gone_run(struct fulltext_file *f, void *arg)
{
	const struct gone *g = arg;
	int r = fulltext_begin(f), more = 0;

	if (r < 0)
		return r;
	more = fulltext_gone(f, g->w->place.mailbox, g->run->first,
	                     g->run->first + g->run->count - 1, BATCH_GONE);
	r = fulltext_end(f, more);
	return r < 0 ? r : more;
}

static WAITS int remove_run(struct work *w, const struct mailbox_run *run)
{
	struct gone g = { w, run };
	int r = 1;

	while (r == 1 && !is_over(w)) {
		int64_t since = loop_now_at();
		r = fulltext_run(w->a, gone_run, &g); /* WAITS */
		if (r == 1 && rest(since) < 0)        /* WAITS */
			r = ERR_CANCELLED;
	}
	return r < 0 ? r : 0;
}

static WAITS int remove_gone(struct work *w)
{
	bool done = w->place.uid <= 1;
	struct mailbox_run known = { 1, w->place.uid - 1 };
	int r = 0;

	while (r >= 0 && !done && known.count && !is_over(w)) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_run *runs;
		size_t n = 0;
		r = box_vanished(w->m->box, w->place.modseq, &known, 1, RUNS_MAX, &mem, &runs, &n,
		                 &done); /* WAITS */
		for (size_t i = 0; r >= 0 && i < n; i++)
			r = remove_run(w, &runs[i]); /* WAITS */
		if (r < 0 || !n)
			break;
		known.first = runs[n - 1].first + runs[n - 1].count;
		known.count = w->place.uid > known.first ? w->place.uid - known.first : 0;
	}
	return r < 0 ? r : 0;
}

/* ---- what is new ---- */

struct batch {
	struct work *w;
	struct box_entry *entries;
	size_t n;
	struct store_front fronts[BATCH_MESSAGES];
	size_t front_of[BATCH_MESSAGES]; /* SIZE_MAX: its text is there already */
	size_t n_fronts, n_done;
	struct buf octets;
	struct fulltext_text *large; /* of the first, which was read in pieces */
	bool skip;                   /* or which has no text that can be had */
};

static int look_run(struct fulltext_file *f, void *arg)
{
	struct batch *b = arg;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < b->n; i++) {
		const struct box_row *row = &b->entries[i].row;
		int64_t doc;
		r = fulltext_doc(f, row->message, row->recipient, &doc);
		b->front_of[i] = r == 1 ? SIZE_MAX : b->n_fronts;
		if (r == 0)
			b->fronts[b->n_fronts++] =
			        (struct store_front){ .message = row->message,
				                      .recipient = row->recipient };
	}
	return r < 0 ? r : 0;
}

/* The text of a message that is in memory.  0: it has none that can be indexed. */
static int text_of(struct span octets, struct fulltext_text **out)
{
	struct fulltext_text *x = fulltext_text_new(octets.n);
	struct message_range range;
	int r = x ? 0 : ERR_NO_MEMORY;

	while (r >= 0 && (r = fulltext_text_next(x, &range)) > 0)
		r = fulltext_text_put(x, span_sub(octets, (size_t)range.at, (size_t)range.n));
	if (r == 0) {
		*out = x;
		return 1;
	}
	fulltext_text_free(x);
	return r == ERR_NO_MEMORY ? r : 0;
}

static int add_one(struct fulltext_file *f, struct batch *b, const struct box_row *row,
                   const struct fulltext_text *text)
{
	int64_t doc;
	int r = fulltext_doc(f, row->message, row->recipient, &doc);

	if (r == 0 && text)
		r = fulltext_doc_add(f, row->message, row->recipient, fulltext_text_span(text),
		                     &doc);
	else if (r == 0)
		return 0;
	if (r >= 0)
		r = fulltext_entry_add(f, b->w->place.mailbox, row->uid, doc);
	b->w->n_added += r >= 0;
	return r;
}

/* 1: the entry was dealt with; 0: it is to be read in pieces. */
static int add_entry(struct fulltext_file *f, struct batch *b, size_t i)
{
	const struct box_row *row = &b->entries[i].row;
	struct fulltext_text *text = NULL;
	int r = 1;

	if (i == 0 && (b->large || b->skip)) {
		r = b->skip ? 1 : add_one(f, b, row, b->large);
		return r < 0 ? r : 1;
	}
	if (b->front_of[i] != SIZE_MAX) {
		const struct store_front *front = &b->fronts[b->front_of[i]];
		if (b->front_of[i] >= b->n_done || !front->read || front->n < row->size)
			return 0;
		r = text_of(span_sub(buf_span(&b->octets), front->at, front->n), &text);
	}
	if (r >= 0)
		r = add_one(f, b, row, text);
	fulltext_text_free(text);
	return r < 0 ? r : 1;
}

static int add_run(struct fulltext_file *f, void *arg)
{
	struct batch *b = arg;
	struct fulltext_place place = b->w->place;
	int r = fulltext_begin(f), done = 1;

	if (r < 0)
		return r;
	for (size_t i = 0; done == 1 && i < b->n; i++) {
		done = add_entry(f, b, i);
		if (done == 1)
			place.uid = b->entries[i].row.uid + 1;
	}
	r = fulltext_end(f, done < 0 ? done : fulltext_settle(f, &place));
	if (r >= 0)
		b->w->place = place;
	return r;
}

struct put {
	struct fulltext_text *x;
	struct span piece;
};

static int put_run(void *arg)
{
	const struct put *p = arg;

	return fulltext_text_put(p->x, p->piece);
}

static WAITS int put_range(struct batch *b, struct message_range range)
{
	const struct box_row *row = &b->entries[0].row;
	uint64_t at = range.at, end = range.at + range.n;
	AUTO_BUF piece = BUF(PIECE_BYTES);
	int r = 0;

	while (r >= 0 && at < end && !is_over(b->w)) {
		struct store_entry_read e = { .message = row->message,
			                      .recipient = row->recipient,
			                      .offset = at,
			                      .max = end - at < PIECE_BYTES ? (size_t)(end - at)
			                                                    : PIECE_BYTES,
			                      .out = &piece };
		int64_t since = loop_now_at();
		buf_reset(&piece);
		r = store_mail_read(fulltext.store, &e); /* WAITS */
		if (r >= 0 && !piece.n)
			return err(ERR_CORRUPT, "a message is shorter than its size");
		struct put p = { b->large, buf_span(&piece) };
		if (r >= 0)
			r = worker_run(fulltext.thread, put_run, &p, "text index"); /* WAITS */
		at += piece.n;
		if (r >= 0)
			r = rest(since); /* WAITS */
	}
	return r;
}

/* The first entry of the batch, whatever its size, without holding it. */
static WAITS int read_large(struct batch *b)
{
	struct message_range range;
	int r = 0;

	b->large = fulltext_text_new(b->entries[0].row.size);
	if (!b->large)
		return err(ERR_NO_MEMORY, "no memory for a message's text");
	while (r >= 0 && !is_over(b->w) && (r = fulltext_text_next(b->large, &range)) > 0)
		r = put_range(b, range); /* WAITS */
	b->skip = r == ERR_NOT_FOUND || r == ERR_CORRUPT || r == ERR_TOO_LONG;
	return b->skip ? 0 : r;
}

static WAITS int read_batch(struct batch *b)
{
	struct store_fronts f = {
		.fronts = b->fronts, .max = PIECE_BYTES, .enough = BATCH_BYTES, .out = &b->octets
	};
	int r = fulltext_run(b->w->a, look_run, b); /* WAITS */

	f.n = b->n_fronts;
	if (r >= 0 && f.n)
		r = store_mail_fronts(fulltext.store, &f); /* WAITS */
	b->n_done = f.done;
	if (r < 0 || !f.n || b->front_of[0] == SIZE_MAX)
		return r;
	const struct store_front *first = &b->fronts[0];
	return first->read && first->n >= b->entries[0].row.size ? 0 : read_large(b); /* WAITS */
}

/* 1: there is more. */
static WAITS int add_some(struct work *w)
{
	AUTO_ARENA mem = { 0 };
	struct batch *b = arena_new(&mem, struct batch);
	struct box_want want = { .first = w->place.uid, .last = UINT32_MAX, .max = BATCH_MESSAGES };
	int64_t since = loop_now_at();
	bool done = true;

	if (!b)
		return err(ERR_NO_MEMORY, "no memory for a batch of messages");
	b->w = w;
	buf_init(&b->octets, BATCH_BYTES + PIECE_BYTES);
	int r = box_page(w->m->box, &want, &mem, &b->entries, &b->n, &done); /* WAITS */
	if (r >= 0 && b->n)
		r = read_batch(b); /* WAITS */
	if (r >= 0 && b->n && !is_over(w))
		r = fulltext_run(w->a, add_run, b); /* WAITS */
	done = !b->n || (done && w->place.uid > b->entries[b->n - 1].row.uid);
	fulltext_text_free(b->large);
	buf_fini(&b->octets);
	if (r >= 0)
		r = rest(since); /* WAITS */
	return r < 0 ? r : !done;
}

/* ---- a mailbox ---- */

static int settle_run(struct fulltext_file *f, void *arg)
{
	return fulltext_settle(f, arg);
}

static WAITS int bring_up(struct work *w)
{
	struct box_numbers n;
	uint64_t at = w->m->account->done_modseq;
	int r = 0;

	(void)box_numbers(w->m->box, &n);
	if (w->place.modseq >= n.modseq && w->place.uid >= n.uid_next)
		return 0;
	r = remove_gone(w);                                     /* WAITS */
	while (r >= 0 && !is_over(w) && (r = add_some(w)) == 1) /* WAITS */
		;
	if (r < 0 || is_over(w))
		return r;
	w->place.uid = w->place.uid > n.uid_next ? w->place.uid : n.uid_next;
	w->place.modseq = at;
	return fulltext_run(w->a, settle_run, &w->place); /* WAITS */
}

static int forget_run(struct fulltext_file *f, void *arg)
{
	const struct work *w = arg;

	return fulltext_forget(f, w->place.mailbox);
}

/* A mailbox that was removed. */
static WAITS int forget(struct work *w)
{
	int r = remove_run(w, &(struct mailbox_run){ 1, UINT32_MAX }); /* WAITS */

	return r < 0 || is_over(w) ? r : fulltext_run(w->a, forget_run, w); /* WAITS */
}

/* ---- an account ---- */

struct places {
	struct arena mem;
	struct fulltext_place *v;
	size_t n;
};

static int places_run(struct fulltext_file *f, void *arg)
{
	struct places *p = arg;

	return fulltext_places(f, &p->mem, &p->v, &p->n);
}

static int numbers(const struct account *account, struct arena *mem, uint32_t **out, size_t *n)
{
	const struct mailbox *m;

	*n = 0;
	LIST_EACH(m, &account->mailboxes, link)
		(*n)++;
	*out = arena_array(mem, uint32_t, *n ? *n : 1);
	if (!*out)
		return err(ERR_NO_MEMORY, "no memory for a list of mailboxes");
	*n = 0;
	LIST_EACH(m, &account->mailboxes, link)
		(*out)[(*n)++] = m->box ? m->number : 0;
	return 0;
}

/* What it lacks, SEARCH reads; the other mailboxes of the account go on. */
static void tell_failed(const struct work *w, int r)
{
	event_log(EVENT_index_failed, "account=%.*s mailbox=%.*s added=%zu reason=%s",
	          SPAN_ARG(w->a->name), SPAN_ARG(w->m->path), w->a->n_added, err_str(r));
}

/* 1: it is not up to date for a fault of its own. */
static WAITS int one_box(struct fulltext_account *a, struct account *account, uint32_t number,
                         const struct places *p)
{
	struct work w = { .a = a, .place = { .mailbox = number, .uid = 1 } };

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].mailbox == number)
			w.place = p->v[i];
	if (!number || store_mailbox_enter(account, number, &w.m) < 0)
		return 0;
	int r = bring_up(&w); /* WAITS */
	a->n_added += w.n_added;
	bool own = r < 0 && r != ERR_NOT_FOUND && r != ERR_CANCELLED && !a->failed;
	if (own)
		tell_failed(&w, r);
	store_mailbox_leave(&w.m);
	return own ? 1 : r == ERR_NOT_FOUND ? 0 : r;
}

static WAITS int forget_others(struct fulltext_account *a, struct places *p)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n; i++) {
		struct work w = { .a = a, .place = p->v[i] };
		if (!store_mailbox(fulltext.store, p->v[i].mailbox))
			r = forget(&w); /* WAITS */
	}
	return r;
}

/* A pass in which there was news is not the last one: what it added is told by a later one. */
static void tell_complete(struct fulltext_account *a)
{
	if (!a->n_added || !a->on || a->dirty || fulltext.stopping)
		return;
	event_log(EVENT_index_complete, "account=%.*s added=%zu", SPAN_ARG(a->name), a->n_added);
	a->n_added = 0;
}

/* 1: up to date but for mailboxes that cannot be read. */
static WAITS int bring_account_up(struct fulltext_account *a)
{
	struct places p = { 0 };
	struct account *account;
	uint32_t *boxes;
	size_t n = 0, n_failed = 0;
	int r = store_account_known(fulltext.store, a->name, &account);

	if (r < 0)
		return 0; /* it was never used */
	a->number = account->number;
	a->failed = false;
	if (!a->on)
		return fulltext_drop(a);     /* WAITS */
	r = fulltext_run(a, places_run, &p); /* WAITS */
	if (r >= 0)
		r = numbers(account, &p.mem, &boxes, &n);
	for (size_t i = 0; r >= 0 && i < n && !fulltext.stopping; i++) {
		r = one_box(a, account, boxes[i], &p); /* WAITS */
		n_failed += r == 1;
	}
	if (r >= 0)
		r = forget_others(a, &p); /* WAITS */
	arena_fini(&p.mem);
	if (r >= 0 && n_failed)
		return 1;
	if (r >= 0)
		tell_complete(a);
	return r;
}

/* ---- turns ---- */

/* NULL: *at is when the first of those that failed is tried again. */
static struct fulltext_account *whose_turn(int64_t *at)
{
	struct fulltext_account *a;

	*at = CLOCK_NEVER;
	LIST_EACH(a, &fulltext.dirty, link) {
		if (a->retry_at <= loop_now_at())
			return a;
		if (a->retry_at < *at)
			*at = a->retry_at;
	}
	return NULL;
}

static void try_again(struct fulltext_account *a)
{
	a->wait_ms = !a->wait_ms                     ? RETRY_MS
	             : a->wait_ms < RETRY_MS_MAX / 2 ? 2 * a->wait_ms
	                                             : RETRY_MS_MAX;
	a->retry_at = loop_now_at() + a->wait_ms;
	fulltext_wake(a);
}

static WAITS void turn(struct fulltext_account *a)
{
	list_remove(&a->link);
	a->dirty = false;
	fulltext.busy = a;
	int r = bring_account_up(a); /* WAITS */

	fulltext.busy = NULL;
	cond_broadcast(&fulltext.settled);
	if (r == 0)
		a->wait_ms = 0;
	else if (r != ERR_CANCELLED)
		try_again(a);
	if (r < 0 && r != ERR_CORRUPT && r != ERR_CANCELLED)
		event_log(EVENT_index_failed, "account=%.*s reason=%s", SPAN_ARG(a->name),
		          err_str(r));
}

void fulltext_build(UNUSED void *arg)
{
	int r = 0;

	while (!fulltext.stopping && r != ERR_CANCELLED) {
		int64_t at, before = fibre_deadline();
		struct fulltext_account *a = whose_turn(&at);
		if (a) {
			turn(a); /* WAITS */
			continue;
		}
		(void)fibre_deadline_set(at);
		r = cond_wait(&fulltext.work, "texts to index"); /* WAITS */
		(void)fibre_deadline_set(before);
	}
}

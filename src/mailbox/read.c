/* mailbox/read.c - pages of entries, their UIDs, what vanished, and their content. */
#include "mailbox/mailbox_impl.h"

enum {
	REPLY_BYTES = 900 << 10, /* of entries: a message between roles holds 1 MiB */
	ENTRY_BYTES = 80,        /* of one, without its cache */
};

static struct mailbox_entry entry_of(const struct box_entry *e)
{
	return (struct mailbox_entry){
		.uid = e->row.uid,
		.size = e->row.size,
		.date_s = e->row.date_s,
		.saved_s = e->row.saved_s,
		.flags = e->row.flags,
		.modseq = e->row.modseq,
		.message = e->row.message,
		.recipient = e->row.recipient,
		.thread = e->row.thread,
		.cache = e->cache,
	};
}

static uint32_t at_most(uint32_t asked, uint32_t most)
{
	return asked && asked < most ? asked : most;
}

WAITS int answer_page(const struct mailbox_page_args *a, struct arena *mem,
                      struct mailbox_page_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_page_reply got = { 0 };
	struct box_want want = {
		.first = a->first ? a->first : 1,
		.last = a->last ? a->last : UINT32_MAX,
		.since = a->since,
		.with = a->with,
		.without = a->without,
		.max = at_most(a->max, MAILBOX_PAGE_MAX),
		.cache = a->want_cache,
		.cache_bytes = REPLY_BYTES - MAILBOX_PAGE_MAX * ENTRY_BYTES,
	};
	struct box_entry *entries;
	size_t n;
	int r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */

	if (r < 0)
		return r;
	got.at = v.account->done_modseq; /* before: what comes meanwhile is asked for again */
	r = box_page(v.m->box, &want, mem, &entries, &n, &got.done); /* WAITS */
	if (r < 0)
		return r;
	got.entries = arena_array(mem, struct mailbox_entry, n);
	if (n && !got.entries)
		return err(ERR_NO_MEMORY, "no memory for a page of entries");
	for (; got.n_entries < n; got.n_entries++)
		got.entries[got.n_entries] = entry_of(&entries[got.n_entries]);
	*out = got;
	return 0;
}

WAITS int answer_uids(const struct mailbox_uids_args *a, struct arena *mem,
                      struct mailbox_uids_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_uids_reply got = { 0 };
	int r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */

	if (r < 0)
		return r;
	got.at = v.account->done_modseq;
	r = box_uids(v.m->box, a->first ? a->first : 1, MAILBOX_RUNS_MAX, mem, &got.runs,
	             &got.n_runs, &got.done); /* WAITS */
	if (r >= 0)
		*out = got;
	return r;
}

WAITS int answer_vanished(const struct mailbox_vanished_args *a, struct arena *mem,
                          struct mailbox_vanished_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_vanished_reply got = { 0 };
	int r = runs_check(a->known, a->n_known);

	if (r >= 0)
		r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */
	if (r >= 0)
		r = box_vanished(v.m->box, a->since, a->known, a->n_known, MAILBOX_RUNS_MAX, mem,
		                 &got.runs, &got.n_runs, &got.done); /* WAITS */
	if (r >= 0)
		*out = got;
	return r;
}

WAITS int answer_read(const struct mailbox_read_args *a, struct arena *mem,
                      struct mailbox_read_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	AUTO_BUF octets = BUF(MAILBOX_READ_BYTES_MAX);
	struct box_row row;
	int r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */

	if (r >= 0)
		r = box_find(v.m->box, a->uid, &row); /* WAITS */
	if (r < 0)
		return r;
	struct store_entry_read e = {
		.message = row.message,
		.recipient = row.recipient,
		.offset = a->offset,
		.max = at_most(a->max, MAILBOX_READ_BYTES_MAX),
		.out = &octets,
	};
	r = store_mail_read(office.store, &e); /* WAITS */
	struct mailbox_read_reply got = { .size = row.size, .header_bytes = e.header_bytes };
	if (r >= 0)
		r = arena_copy(mem, buf_span(&octets), &got.octets);
	if (r >= 0)
		*out = got;
	return r;
}

/* ---- fronts ---- */

enum { FRONTS_BYTES = 512 << 10 }; /* no more are begun then */

struct fronts_ask {
	struct store_front fronts[MAILBOX_FRONTS_MAX];
	uint32_t uids[MAILBOX_FRONTS_MAX], sizes[MAILBOX_FRONTS_MAX];
	size_t n;
};

static int fronts_check(const struct mailbox_fronts_args *a)
{
	uint64_t n = 0;
	int r = runs_check(a->uids, a->n_uids);

	for (size_t i = 0; r >= 0 && i < a->n_uids; i++)
		n += a->uids[i].count;
	return n > MAILBOX_FRONTS_MAX ? err(ERR_TOO_LONG, "%ju fronts in one call", (uintmax_t)n)
	                              : r;
}

static WAITS int find_fronts(struct visit *v, const struct mailbox_fronts_args *a,
                             struct fronts_ask *ask)
{
	struct box_row row = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < a->n_uids; i++)
		for (uint32_t k = 0; r >= 0 && k < a->uids[i].count; k++) {
			r = box_find(v->m->box, a->uids[i].first + k, &row); /* WAITS */
			if (r == ERR_NOT_FOUND) {
				r = 0;
				continue;
			}
			ask->uids[ask->n] = row.uid;
			ask->sizes[ask->n] = row.size;
			ask->fronts[ask->n] = (struct store_front){ .message = row.message,
				                                    .recipient = row.recipient };
			ask->n += r >= 0;
		}
	return r;
}

static int put_fronts(const struct fronts_ask *ask, size_t n, struct span octets, struct arena *mem,
                      struct mailbox_fronts_reply *got)
{
	struct span all;
	int r = arena_copy(mem, octets, &all);

	got->fronts = arena_array(mem, struct mailbox_front, n);
	if (r < 0 || (n && !got->fronts))
		return err(ERR_NO_MEMORY, "no memory for the fronts of %zu messages", n);
	for (size_t i = 0; i < n; i++) {
		const struct store_front *f = &ask->fronts[i];
		if (f->read)
			got->fronts[got->n_fronts++] =
			        (struct mailbox_front){ .uid = ask->uids[i],
				                        .size = ask->sizes[i],
				                        .header_bytes = f->header_bytes,
				                        .octets = span_sub(all, f->at, f->n) };
	}
	got->next = n < ask->n ? ask->uids[n] : 0;
	return 0;
}

WAITS int answer_fronts(const struct mailbox_fronts_args *a, struct arena *mem,
                        struct mailbox_fronts_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	AUTO_BUF octets = BUF(FRONTS_BYTES + MAILBOX_READ_BYTES_MAX);
	struct fronts_ask *ask = arena_new(mem, struct fronts_ask);
	struct mailbox_fronts_reply got = { 0 };
	int r = fronts_check(a);

	if (!ask)
		return err(ERR_NO_MEMORY, "no memory for the fronts of messages");
	if (r >= 0)
		r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */
	if (r >= 0)
		r = find_fronts(&v, a, ask); /* WAITS */
	struct store_fronts f = { .fronts = ask->fronts,
		                  .n = ask->n,
		                  .max = at_most(a->max, MAILBOX_READ_BYTES_MAX),
		                  .enough = FRONTS_BYTES,
		                  .header = a->header,
		                  .out = &octets };
	if (r >= 0)
		r = store_mail_fronts(office.store, &f); /* WAITS */
	if (r >= 0)
		r = put_fronts(ask, f.done, buf_span(&octets), mem, &got);
	if (r >= 0)
		*out = got;
	return r;
}

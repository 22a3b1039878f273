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

/* queue/serve/read.c - what other roles read: texts, states, mailboxes. */
#include "calls/mailbox_records.h"
#include "queue/serve/serve.h"
#include "queue/state/check.h"
#include "queue/state/state.h"
#include "store/mail.h"

enum { ROWS_MAX = 500 }; /* in one reply */

static size_t rows_of(uint32_t max)
{
	return max < ROWS_MAX ? max : ROWS_MAX;
}

WAITS int queue_text_here(const struct queue_text_args *a, struct arena *mem,
                          struct queue_text_reply *out, int *fd)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	AUTO_BUF front = BUF(QUEUE_TEXT_BYTES_MAX);
	AUTO_FD int file = -1;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	r = store_text(q->store, a->message, &front, &file); /* WAITS */
	if (r >= 0)
		r = arena_copy(mem, buf_span(&front), &out->front);
	if (r < 0)
		return r;
	*fd = file;
	file = -1;
	return 0;
}

/* What the defence said of it, while its row is kept. */
static WAITS int read_defence(struct queue *q, uint64_t id, struct arena *mem,
                              struct queue_status_reply *out)
{
	struct store_defence d;
	int r = store_defence(q->store, id, ROWS_MAX, mem, &d); /* WAITS */

	if (r < 0)
		return r;
	r = store_tags(q->store, id, mem, &out->tags, &out->metadata); /* WAITS */
	if (r < 0)
		return r;
	out->findings = d.findings;
	out->followed = arena_array(mem, struct queue_followed, d.n_followed);
	if (d.n_followed && !out->followed)
		return err(ERR_NO_MEMORY, "no memory for a message's state");
	for (size_t i = 0; i < d.n_followed; i++) {
		const struct store_followed *f = &d.followed[i];
		out->followed[out->n_followed++] =
		        (struct queue_followed){ f->recipient, f->step, f->action, f->account };
	}
	return 0;
}

static WAITS int read_message(struct queue *q, uint64_t id, struct arena *mem,
                              struct queue_status_reply *out)
{
	int r;

	out->message = arena_new(mem, struct record_message);
	if (!out->message)
		return err(ERR_NO_MEMORY, "no memory for a message's state");
	r = store_message(q->store, id, mem, out->message); /* WAITS */
	out->message->n_recipients = 0;
	out->n_message = 1;
	if (r >= 0)
		r = store_reports(q->store, id, ROWS_MAX, mem, &out->reports,
		                  &out->n_reports);       /* WAITS */
	return r < 0 ? r : read_defence(q, id, mem, out); /* WAITS */
}

WAITS int queue_status_here(const struct queue_status_args *a, struct arena *mem,
                            struct queue_status_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct queue_status_reply got = { 0 };
	uint64_t id = a->id;
	int r = 0;

	if (!q)
		return ERR_UNAVAILABLE;
	if (!id)
		r = store_find(q->store, a->message_id, &id); /* WAITS */
	if (r < 0)
		return r;
	if (!a->from)
		r = read_message(q, id, mem, &got); /* WAITS */
	if (r >= 0)
		r = store_status(q->store, id, a->from, ROWS_MAX, mem, &got.recipients,
		                 &got.n_recipients); /* WAITS */
	if (r >= 0)
		*out = got;
	return r;
}

static struct queue_mailbox_row mailbox_row(const struct box_entry *e,
                                            const struct store_entry_about *about)
{
	return (struct queue_mailbox_row){
		.uid = e->row.uid,
		.message = e->row.message,
		.received_ms = e->row.date_s * 1000,
		.size_bytes = e->row.size,
		.return_path = about->return_path,
		.subject = about->subject,
		.recipient = about->recipient,
	};
}

static WAITS int mailbox_rows(struct queue *q, struct mailbox *m,
                              const struct queue_mailbox_args *a, struct arena *mem,
                              struct queue_mailbox_reply *out)
{
	struct box_want want = { .first = a->uid ? a->uid : a->after + 1,
		                 .last = a->uid ? a->uid : UINT32_MAX,
		                 .max = a->uid ? 1 : rows_of(a->max) };
	struct store_entry_about *about;
	struct queue_mailbox_reply got = { 0 };
	struct box_entry *entries;
	size_t n;
	bool done;
	int r = box_page(m->box, &want, mem, &entries, &n, &done); /* WAITS */

	if (r < 0)
		return r;
	about = arena_array(mem, struct store_entry_about, n);
	got.rows = arena_array(mem, struct queue_mailbox_row, n);
	if (n && (!about || !got.rows))
		return err(ERR_NO_MEMORY, "no memory for %zu entries", n);
	r = store_mail_about(q->store, m->account->name, entries, n, mem, about); /* WAITS */
	for (; r >= 0 && got.n_rows < n; got.n_rows++)
		got.rows[got.n_rows] = mailbox_row(&entries[got.n_rows], &about[got.n_rows]);
	if (r >= 0)
		*out = got;
	return r;
}

/* Without mail an account has no mailboxes yet: it is as if it had an empty INBOX. */
static int mailbox_find(struct queue *q, const struct queue_mailbox_args *a, struct mailbox **out)
{
	struct account *account;
	const struct mailbox *m = NULL;

	if (store_account_known(q->store, a->account, &account) >= 0) {
		m = names_path(account, a->mailbox);
		if (m)
			return store_mailbox_enter(account, m->number, out);
	} else if (span_eq(a->mailbox, SPAN("INBOX"))) {
		return 0;
	}
	return err(ERR_NOT_FOUND,
	           "%.*s has no mailbox %.*s; `postrider mailbox names %.*s` shows what there is",
	           SPAN_ARG(a->account), SPAN_ARG(a->mailbox), SPAN_ARG(a->account));
}

WAITS int queue_keep_here(const struct queue_keep_args *a, UNUSED struct arena *mem,
                          struct queue_keep_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct store_space space;

	if (!q)
		return ERR_UNAVAILABLE;
	if (a->ms > QUEUE_KEEP_MS_MAX)
		return err(ERR_SYNTAX, "nothing is kept for %u ms", a->ms);
	int r = store_hold(q->store, a->ms); /* WAITS */
	store_space(q->store, &space);
	*out = (struct queue_keep_reply){ .held_octets = space.held };
	return r;
}

WAITS int queue_mailbox_here(const struct queue_mailbox_args *a, struct arena *mem,
                             struct queue_mailbox_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	AUTO(store_mailbox_leave) struct mailbox *m = NULL;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	r = mailbox_find(q, a, &m);
	if (r >= 0 && m)
		r = mailbox_rows(q, m, a, mem, out); /* WAITS */
	if (r >= 0 && a->uid && !out->n_rows)
		return err(ERR_NOT_FOUND, "no such message in the mailbox");
	return r;
}

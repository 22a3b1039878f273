/* queue/serve/read.c - what other roles read: texts, states, mailboxes. */
#include "queue/serve/serve.h"
#include "queue/state/check.h"
#include "queue/state/state.h"
#include "store/mailbox.h"

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
	return r;
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

static struct queue_mailbox_row mailbox_row(const struct store_mailbox_entry *e)
{
	return (struct queue_mailbox_row){
		.uid = e->uid,
		.message = e->message,
		.received_ms = e->received_ms,
		.size_bytes = e->size_bytes,
		.return_path = e->return_path,
		.subject = e->subject,
		.recipient = e->recipient,
	};
}

WAITS int queue_mailbox_here(const struct queue_mailbox_args *a, struct arena *mem,
                             struct queue_mailbox_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct store_mailbox_entry one, *entries = &one;
	struct queue_mailbox_reply got = { 0 };
	size_t n = 1;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	if (a->uid)
		r = store_mailbox_get(q->store, a->account, a->mailbox, a->uid, mem,
		                      &one); /* WAITS */
	else
		r = store_mailbox_list(q->store, a->account, a->mailbox, a->after, rows_of(a->max),
		                       mem, &entries, &n); /* WAITS */
	if (r < 0)
		return r;
	got.rows = arena_array(mem, struct queue_mailbox_row, n);
	if (n && !got.rows)
		return err(ERR_NO_MEMORY, "no memory for %zu entries", n);
	for (; got.n_rows < n; got.n_rows++)
		got.rows[got.n_rows] = mailbox_row(&entries[got.n_rows]);
	*out = got;
	return 0;
}

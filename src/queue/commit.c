/* queue/commit.c - see accept.h. */
#include "queue/commit.h"

#include "queue/dispatch.h"

struct accepting {
	struct list link;
	const struct record_message *message;
};

bool commit_is_under_way(const struct queue *q, uint64_t message)
{
	const struct accepting *a;

	LIST_EACH(a, &q->accepting, link)
		if (a->message->id == message)
			return true;
	return false;
}

/* The remote ones; *n how many. */
static struct schedule_rcpt *remote(const struct record_message *m, struct arena *mem, size_t *n)
{
	struct schedule_rcpt *rcpts = arena_array(mem, struct schedule_rcpt, m->n_recipients);

	*n = 0;
	for (size_t i = 0; rcpts && i < m->n_recipients; i++) {
		const struct record_recipient *to = &m->recipients[i];

		if (!to->account.n)
			rcpts[(*n)++] =
			        (struct schedule_rcpt){ (uint32_t)i, to->address, to->domain };
	}
	return rcpts;
}

static void schedule(struct queue *q, const struct record_message *m,
                     const struct schedule_rcpt *rcpts, size_t n, struct arena *mem)
{
	struct schedule_item item = {
		.message = m->id,
		.size_bytes = m->size_bytes,
		.accepted_ms = m->time_ms,
		.due_ms = m->time_ms,
		.body_8bit = m->body_8bit,
		.smtputf8 = m->smtputf8,
		.return_path = m->return_path,
	};

	if (!m->blob && m->size_bytes <= QUEUE_INLINE_BYTES)
		item.body = schedule_body_new(
		        &q->schedule, (const struct span[]){ m->prefix, m->header, m->body }, 3);
	schedule_add(&q->schedule, &item, rcpts, n, loop_now_at(), loop_now_at(), mem);
	schedule_body_unref(&q->schedule, item.body);
	dispatch_kick(q);
}

/* States that go with the commit; message 0 is the one being committed. */
static struct record_change *held(const struct record_message *m, const struct schedule_rcpt *rcpts,
                                  size_t n, struct arena *mem)
{
	struct record_change *all = arena_array(mem, struct record_change, n);

	for (size_t i = 0; all && i < n; i++)
		all[i] = (struct record_change){
			.recipient = rcpts[i].recipient,
			.return_path = m->return_path,
			.address = rcpts[i].address,
			.state = RECIPIENT_HELD,
			.meaning = SPAN("The message waits here until it is released."),
		};
	return all;
}

static WAITS int commit(struct queue *q, struct record_message *m, struct record_change *changes,
                        size_t n_changes)
{
	struct accepting here = { .message = m };
	int r;

	list_push_back(&q->accepting, &here.link);
	r = store_commit(q->store, m, changes, n_changes); /* WAITS */
	list_remove(&here.link);
	return r;
}

int commit_message(struct queue *q, struct record_message *m, struct record_change *changes,
                   size_t n_changes, struct arena *mem)
{
	size_t n;
	struct schedule_rcpt *rcpts = remote(m, mem, &n);
	int r;

	if (!rcpts)
		return err(ERR_NO_MEMORY, "no memory for %zu recipients", m->n_recipients);
	r = commit(q, m, changes, n_changes); /* WAITS */
	if (r >= 0 && n && !q->set->delivery_hold)
		schedule(q, m, rcpts, n, mem);
	return r;
}

int commit_held(struct queue *q, struct record_message *m, struct arena *mem)
{
	struct record_change *changes = NULL;
	size_t n;
	struct schedule_rcpt *rcpts = remote(m, mem, &n);

	if (rcpts && n)
		changes = held(m, rcpts, n, mem);
	if (!rcpts || (n && !changes))
		return err(ERR_NO_MEMORY, "no memory for %zu recipients", m->n_recipients);
	return commit(q, m, changes, n); /* WAITS */
}

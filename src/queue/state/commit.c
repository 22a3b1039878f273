/* queue/state/commit.c - see commit.h. */
#include "queue/state/commit.h"

#include "calls/mailbox_records.h"
#include "calls/record_facts.h"
#include "calls/record_sent.h"
#include "queue/state/hop.h"
#include "queue/state/returns.h"

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

/* What becomes of the remote recipients: an attempt at once, or what settles them with the commit.
 */
struct plan {
	struct schedule_rcpt *rcpts;
	struct record_change *settled;
	size_t n_rcpts, n_settled;
	int64_t send_at_ms; /* 0: at once; else the disk keeps it until then */
};

static struct record_change change_of(const struct record_message *m, size_t i)
{
	return (struct record_change){ .recipient = (uint32_t)i,
		                       .return_path = m->return_path,
		                       .address = m->recipients[i].address };
}

/* delivery.hold: mail is taken, and waits. */
static bool hold_settles(const struct queue *q, struct record_change *out)
{
	if (!q->set->delivery_hold)
		return false;
	out->state = RECIPIENT_HELD;
	out->who = SPAN(QUEUE_BY_SETTING);
	out->meaning = SPAN("The server is set to hold its mail: the message waits here until it "
	                    "is released (postrider queue release).");
	return true;
}

/* What is of ours has lain here so long, and is no more in anybody's hands than what is not. */
static void put_off(const struct record_recipient *to, int64_t until_ms, struct record_change *out)
{
	out->state = RECIPIENT_QUEUED;
	out->next_try_ms = until_ms;
	out->meaning = SPAN("It is sent once it is time, as was asked for.");
	if (record_item_find(to->items, to->n_items, RECORD_ITEM_LATER))
		out->route = SPAN(HOP_HERE);
}

static int plan_one(struct queue *q, const struct record_message *m, size_t i, struct arena *mem,
                    struct plan *p)
{
	const struct record_recipient *to = &m->recipients[i];
	struct record_change *change = &p->settled[p->n_settled];
	struct hop hop;
	int r = hop_of(&q->routes,
	               &(struct hop_rcpt){ m->return_path, to->address, to->domain, { 0 } }, mem,
	               &hop);

	if (r < 0)
		return r;
	*change = change_of(m, i);
	if (hop_settles(&hop, change) || hold_settles(q, change)) {
		p->n_settled++;
	} else if (p->send_at_ms) {
		put_off(to, p->send_at_ms, change);
		p->n_settled++;
	} else {
		p->rcpts[p->n_rcpts++] =
		        (struct schedule_rcpt){ (uint32_t)i, to->address, hop.name };
	}
	return 0;
}

/* For each recipient whether a change says already what becomes of the recipient. */
static bool *decided(const struct record_message *m, const struct record_change *changes,
                     size_t n_changes, struct arena *mem)
{
	bool *all = arena_array(mem, bool, m->n_recipients);

	for (size_t i = 0; all && i < n_changes; i++)
		if (!changes[i].message)
			all[changes[i].recipient] = true;
	return all;
}

static int plan(struct queue *q, const struct record_message *m,
                const struct record_change *changes, size_t n_changes, struct arena *mem,
                struct plan *out)
{
	const bool *is_decided = decided(m, changes, n_changes, mem);
	struct plan p = { .rcpts = arena_array(mem, struct schedule_rcpt, m->n_recipients),
		          .settled = arena_array(mem, struct record_change, m->n_recipients),
		          .send_at_ms = record_send_at_get(m) };
	int r = 0;

	if (!p.rcpts || !p.settled || !is_decided)
		return err(ERR_NO_MEMORY, "no memory for %zu recipients", m->n_recipients);
	for (size_t i = 0; r >= 0 && i < m->n_recipients; i++)
		if (!m->recipients[i].account.n && !is_decided[i])
			r = plan_one(q, m, i, mem, &p);
	if (r >= 0)
		*out = p;
	return r;
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
		.is_signed = record_fact_holds(m, RECORD_FACT_SIGNED),
		.returns = returns_wanted(m->login, span_eq(m->protocol, SPAN("HTTP"))),
		.return_path = m->return_path,
	};

	if (!m->blob)
		item.body = schedule_body_new(
		        &q->schedule, (const struct span[]){ m->prefix, m->header, m->body }, 3);
	schedule_add(&q->schedule, &item, rcpts, n, loop_now_at(), loop_now_at(), mem);
	schedule_body_unref(&q->schedule, item.body);
	queue_kick(q);
}

static WAITS int commit(struct queue *q, struct record_message *m, char *id_text,
                        struct record_change *changes, size_t n_changes)
{
	struct accepting here = { .message = m };
	int r;

	list_push_back(&q->accepting, &here.link);
	r = store_commit(q->store, m, id_text, changes, n_changes); /* WAITS */
	list_remove(&here.link);
	return r;
}

/* a, then b; NULL without memory.  They go with the commit; message 0 is the one being committed.
 */
static struct record_change *joined(const struct record_change *a, size_t n_a,
                                    const struct record_change *b, size_t n_b, struct arena *mem)
{
	struct record_change *all = arena_array(mem, struct record_change, n_a + n_b);

	for (size_t i = 0; all && i < n_a + n_b; i++)
		all[i] = i < n_a ? a[i] : b[i - n_a];
	return all;
}

WAITS int commit_message(struct queue *q, struct record_message *m, char *id_text,
                         struct record_change *changes, size_t n_changes, struct arena *mem)
{
	struct plan p;
	int r = plan(q, m, changes, n_changes, mem, &p);

	if (r < 0)
		return r;
	if (p.n_settled) {
		changes = joined(changes, n_changes, p.settled, p.n_settled, mem);
		n_changes += p.n_settled;
		if (!changes)
			return err(ERR_NO_MEMORY, "no memory for %zu changes", n_changes);
	}
	r = commit(q, m, id_text, changes, n_changes); /* WAITS */
	if (r >= 0 && p.n_rcpts)
		schedule(q, m, p.rcpts, p.n_rcpts, mem);
	if (r >= 0 && p.send_at_ms) {
		schedule_left_on_disk(&q->schedule, p.send_at_ms);
		queue_kick(q);
	}
	return r;
}

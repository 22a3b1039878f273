/* queue/serve/full.c - see full.h. */
#include "queue/serve/full.h"

#include "store/mail.h"

static bool has_room(const struct queue *q, const struct record_recipient *to, uint64_t octets)
{
	return !to->account.n || store_room(q->store, to->account, octets) >= 0;
}

/* How many have no room for so many octets. */
static size_t count(const struct queue *q, const struct record_message *m, uint64_t octets)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_recipients; i++)
		n += !has_room(q, &m->recipients[i], octets);
	return n;
}

static struct queue_verdict refusal(const struct settings *set, uint32_t i)
{
	bool later = set->mailbox_over_quota[0] == '4';

	return (struct queue_verdict){ .recipient = i,
		                       .state = RECIPIENT_REFUSED,
		                       .code = later ? 452 : 552,
		                       .enhanced = later ? SPAN("4.2.2") : SPAN("5.2.2"),
		                       .text = SPAN("The mailbox is full") };
}

static int refuse_each(const struct queue *q, const struct full_case *c, struct record_message *m,
                       size_t n_full, struct arena *mem, struct queue_verdict **out, size_t *n)
{
	struct queue_verdict *all = arena_array(mem, struct queue_verdict, c->n_verdicts + n_full);
	size_t n_all = c->n_verdicts;

	if (!all)
		return err(ERR_NO_MEMORY, "no memory for %zu refusals", n_full);
	if (n_all)
		memcpy(all, c->verdicts, n_all * sizeof *all);
	for (uint32_t i = 0; i < m->n_recipients; i++) {
		if (has_room(q, &m->recipients[i], c->octets))
			continue;
		m->recipients[i].account = SPAN("");
		m->recipients[i].prefix = SPAN("");
		all[n_all++] = refusal(q->set, i);
	}
	*out = all;
	*n = n_all;
	return 0;
}

int full_settle(const struct queue *q, const struct full_case *c, struct record_message *m,
                struct arena *mem, struct queue_verdict **out, size_t *n)
{
	size_t n_full = count(q, m, c->octets);

	if (n_full == m->n_recipients || (n_full && !c->each && count(q, m, 1)))
		return err(ERR_QUOTA, "%zu of %zu mailboxes are full", n_full, m->n_recipients);
	if (n_full && c->each)
		return refuse_each(q, c, m, n_full, mem, out, n);
	*out = (struct queue_verdict *)c->verdicts;
	*n = c->n_verdicts;
	return 0;
}

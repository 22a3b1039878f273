/* store/mail/append.c - messages that come by themselves (RFC 9051 6.3.12, RFC 3502). */
#include "store/mail/delivery.h"
#include "store/mail/effect.h"
#include "store/mail/room.h"

/* Of an account that uses so much now. */
static int room(const struct store *sp, struct span account, uint64_t messages, uint64_t octets)
{
	uint64_t most_octets, most_messages;
	store_quota(sp, account, &most_octets, &most_messages);
	if (most_octets && octets > most_octets)
		return err(ERR_QUOTA, "the account %.*s would use %ju octets, and may use %ju",
		           SPAN_ARG(account), (uintmax_t)octets, (uintmax_t)most_octets);
	if (most_messages && messages > most_messages)
		return err(ERR_QUOTA, "the account %.*s would have %ju messages, and may have %ju",
		           SPAN_ARG(account), (uintmax_t)messages, (uintmax_t)most_messages);
	return 0;
}

int mail_room(const struct store *sp, const struct account *a, uint64_t messages, uint64_t octets)
{
	return room(sp, a->name, a->messages + messages, a->octets + octets);
}

int store_room(const struct store *sp, struct span account, uint64_t octets)
{
	const struct account *a = names_account(&sp->names, account);
	if (a && a->inbox && mail_uids(a->inbox, 1) < 0)
		return err(ERR_QUOTA, "%s", err_str(ERR_LIMIT));
	return a ? mail_room(sp, a, 1, octets) : room(sp, account, 1, octets);
}

int mail_uids(const struct mailbox *m, size_t n)
{
	if (n > UINT32_MAX - m->uid_next)
		return err(ERR_LIMIT,
		           "%.*s of %.*s has given out all its UIDs: rename it, make it anew, and "
		           "move what is in it there",
		           SPAN_ARG(m->path), SPAN_ARG(m->account->name));
	return 0;
}

struct appending {
	struct store *sp;
	struct mailbox *m;
	const struct store_added *added;
	size_t n, sealed;
	uint32_t *uids;
	uint64_t modseq;
};

static WAITS int seal_all(struct appending *x)
{
	int r = 0;
	for (; x->sealed < x->n && r >= 0; x->sealed += r >= 0)
		r = store_blob_seal(x->sp, x->added[x->sealed].m);
	return r;
}

static WAITS void unseal_all(struct appending *x, bool committed)
{
	while (x->sealed > 0)
		store_blob_unseal(x->sp, x->added[--x->sealed].m->blob, committed);
}

/* The first one's content goes to the journal from where it is, that of others is copied. */
static int message_record(struct store_op *op, const struct account *a, struct record_message *m)
{
	m->id = store_next_id(op->sp);
	m->login = a->name; /* these two say whose it is: store/rebuild */
	m->protocol = SPAN("APPEND");
	if (!m->time_ms)
		m->time_ms = clock_wall_time_ms();
	op->m = m;
	op->seq = op->sp->last_seq + 1;
	int r = store_pack_message(op);
	op->m = NULL;
	return r;
}

static int numbered(struct appending *x, struct store_op *op)
{
	struct box_row *rows = arena_array(&op->mem, struct box_row, x->n);
	struct span *caches = arena_array(&op->mem, struct span, x->n);
	bool any = false;
	int r = rows && caches ? 0 : err(ERR_NO_MEMORY, "no memory for messages");
	x->modseq = ++x->m->account->modseq;
	for (size_t i = 0; i < x->n && r >= 0; i++) {
		const struct store_added *a = &x->added[i];
		r = message_record(op, x->m->account, a->m);
		x->uids[i] = x->m->uid_next++;
		caches[i] = a->cache;
		any |= a->cache.n > 0;
		rows[i] = (struct box_row){
			.uid = x->uids[i],
			.size = (uint32_t)a->m->size_bytes,
			.flags = a->flags & ~MAILBOX_GONE,
			.modseq = x->modseq,
			.message = a->m->id,
			.thread = delivery_thread_of(a->m->header, a->m->id),
			.date_s = a->date_s ? a->date_s : a->m->time_ms / 1000,
			.saved_s = (uint32_t)(clock_wall_time_ms() / 1000),
			.recipient = BOX_NO_RECIPIENT,
		};
	}
	return r < 0 ? r : mail_rows(op, x->m, x->modseq, rows, any ? caches : NULL, x->n, true);
}

static WAITS int append(struct appending *x)
{
	struct store_op op;
	uint64_t octets = 0;
	for (size_t i = 0; i < x->n; i++)
		octets += x->added[i].m->size_bytes;
	int r = mail_op_begin(&op, x->sp);
	if (r < 0)
		return r;
	r = mail_room(x->sp, x->m->account, x->n, octets);
	if (r >= 0)
		r = mail_uids(x->m, x->n);
	if (r >= 0)
		r = numbered(x, &op);
	if (r >= 0)
		r = mail_commit(&op);
	mail_op_end(&op);
	return r;
}

WAITS int store_mail_append(struct store *sp, struct mailbox *m, const struct store_added *added,
                            size_t n, uint32_t *uids, uint64_t *modseq)
{
	struct appending x = { .sp = sp, .m = m, .added = added, .n = n, .uids = uids };
	int r = seal_all(&x);
	if (r >= 0)
		r = append(&x);
	unseal_all(&x, r >= 0);
	if (r >= 0)
		*modseq = x.modseq;
	return r;
}

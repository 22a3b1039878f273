/* store/mailbox.c - see mailbox.h. */
#include "store/mailbox.h"

#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"

struct query {
	struct span account, name;
	uint32_t after;
	size_t max;
	struct arena *mem;
	struct store_mailbox_entry *out;
	size_t n, room;
};

/* 1 and the mailbox's number; 0: there is none. */
static int find(struct ledger_reader *reader, const struct query *q, int64_t *mailbox)
{
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MAILBOX_FIND, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, q->account);
	sql_bind_text(st, 2, q->name);
	r = sql_step(st);
	if (r == 1)
		*mailbox = sql_column_int(st, 0);
	sql_reset(st);
	return r;
}

static struct store_mailbox_entry *entry_add(struct query *q)
{
	if (q->n == q->room) {
		size_t room = q->room ? 4 * q->room : 16;
		struct store_mailbox_entry *more =
		        arena_array(q->mem, struct store_mailbox_entry, room);
		if (!more)
			return NULL;
		if (q->n)
			memcpy(more, q->out, q->n * sizeof *more);
		q->out = more;
		q->room = room;
	}
	return &q->out[q->n++];
}

static int entry_read(struct query *q, sqlite3_stmt *st)
{
	struct store_mailbox_entry *e = entry_add(q);
	int r = e ? 0 : ERR_NO_MEMORY;
	if (e)
		*e = (struct store_mailbox_entry){
			.uid = (uint32_t)sql_column_int(st, 0),
			.message = sql_column_id(st, 1),
			.received_ms = sql_column_int(st, 2),
			.size_bytes = (uint64_t)sql_column_int(st, 3),
			.return_path = sql_column_text(st, 4, q->mem, &r),
			.subject = sql_column_text(st, 5, q->mem, &r),
			.recipient = sql_column_text(st, 6, q->mem, &r),
		};
	if (r >= 0)
		return 0;
	sql_reset(st);
	return err(ERR_NO_MEMORY, "no memory for the mailbox's list");
}

static int list_run(struct ledger_reader *reader, void *arg)
{
	struct query *q = arg;
	int64_t mailbox = 0;
	sqlite3_stmt *st;
	int r = find(reader, q, &mailbox);
	if (r == 0)
		return span_eq(q->name, SPAN("INBOX")) ? 0 : err(ERR_NOT_FOUND, "no such mailbox");
	if (r > 0)
		r = ledger_statement(reader->db, reader->st, LEDGER_MAILBOX_LIST, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, mailbox);
	sql_bind_int(st, 2, q->after);
	sql_bind_int(st, 3, (int64_t)q->max);
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = entry_read(q, st);
	return r;
}

WAITS int store_mailbox_list(struct store *sp, struct span account, struct span name,
                             uint32_t after, size_t max, struct arena *mem,
                             struct store_mailbox_entry **out, size_t *n)
{
	struct query q = {
		.account = account, .name = name, .after = after, .max = max, .mem = mem
	};
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, list_run, &q);
	if (r < 0)
		return r;
	*out = q.out;
	*n = q.n;
	return 0;
}

WAITS int store_mailbox_get(struct store *sp, struct span account, struct span name, uint32_t uid,
                            struct arena *mem, struct store_mailbox_entry *out)
{
	struct store_mailbox_entry *found = NULL;
	size_t n = 0;
	int r = uid ? store_mailbox_list(sp, account, name, uid - 1, 1, mem, &found, &n) : 0;
	if (r < 0)
		return r;
	if (n == 0 || found->uid != uid)
		return err(ERR_NOT_FOUND, "no such message in the mailbox");
	*out = *found;
	return 0;
}

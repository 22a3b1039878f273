/* store/rebuild/known.c - what the ledger knows of an account's messages. */
#include <stdlib.h>

#include "store/ledger/ledger_impl.h"
#include "store/mail/lists.h"
#include "store/rebuild/rebuild.h"

static int by_number(const void *key, const void *each)
{
	const uint64_t *number = key;
	const struct rebuild_message *m = each;
	return *number < m->message ? -1 : *number > m->message;
}

struct rebuild_message *rebuild_find(const struct rebuild *x, uint64_t message)
{
	return x->n_messages ? bsearch(&message, x->messages, x->n_messages, sizeof *x->messages,
	                               by_number)
	                     : NULL;
}

/* ---- which ---- */

static int look_up_run(struct ledger_reader *reader, void *arg)
{
	struct rebuild *x = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_REFERRED, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, x->a->name);
	sql_bind_id(st, 2, x->n_messages ? x->messages[x->n_messages - 1].message : 0, &id);
	while ((r = sql_step(st)) == 1) {
		r = list_room((void **)&x->messages, x->n_messages, &x->messages_room,
		              sizeof *x->messages, &x->mem);
		if (r < 0)
			break;
		x->messages[x->n_messages++] =
		        (struct rebuild_message){ .message = sql_column_id(st, 0) };
	}
	sql_reset(st);
	return r;
}

WAITS int rebuild_look_up(struct rebuild *x)
{
	return ledger_read(x->sp->ledger, LEDGER_FOR_OTHERS, true, look_up_run, x);
}

/* ---- how often ---- */

static int other(struct rebuild *x, struct span name)
{
	struct rebuild_other *o;
	if (map_get(&x->others, name))
		return 0;
	o = arena_new(&x->mem, struct rebuild_other);
	int r = o ? arena_copy(&x->mem, name, &o->name) : ERR_NO_MEMORY;
	return r < 0 ? r : map_put(&x->others, o->name, o, NULL);
}

static int referrers(struct ledger_reader *reader, struct rebuild *x, struct rebuild_message *m)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_REFERRERS, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, m->message, &id);
	while ((r = sql_step(st)) == 1) {
		struct span account = sql_column_view(st, 0);
		m->held -= sql_column_int(st, 1);
		if (!account.n)
			continue;
		bool own = span_eq(account, x->a->name);
		m->own += own;
		m->elsewhere += !own;
		r = own ? 0 : other(x, account);
		if (r < 0)
			break;
	}
	sql_reset(st);
	return r;
}

/* Of one moment.  What nobody needs any more goes from the list. */
static int references_run(struct ledger_reader *reader, void *arg)
{
	struct rebuild *x = arg;
	size_t n = 0;
	int r = sql_exec(reader->db, "BEGIN");
	for (size_t i = 0; i < x->n_messages && r >= 0; i++) {
		struct rebuild_message m = { .message = x->messages[i].message };
		struct ledger_place place;
		r = ledger_place_get(reader->db, reader->st, m.message, &place);
		if (r <= 0)
			continue;
		m.held = (int64_t)place.refs;
		r = referrers(reader, x, &m);
		x->messages[n++] = m;
	}
	x->n_messages = n;
	sql_rollback(reader->db);
	return r;
}

WAITS int rebuild_references(struct rebuild *x)
{
	return ledger_read(x->sp->ledger, LEDGER_FOR_OTHERS, true, references_run, x);
}

/* store/ledger/ledger_keys.c - look-up by Message-ID.
 *
 * Message-IDs are random, so an index of them costs a page a message: more than all
 * else the ledger does.  Hashes gather in memory and are entered KEYS_STEP at a time
 * in sorted order, when many share a page.  meta.keyed_through says how far that is.
 */
#include <stdlib.h>

#include "store/ledger/ledger_impl.h"

/* FNV-1a; kept in the table, so it stays what it is. */
uint64_t ledger_keys_hash(struct span message_id)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < message_id.n; i++)
		h = (h ^ (unsigned char)message_id.p[i]) * 0x100000001b3u;
	return h;
}

static int grow(struct ledger_keys *k)
{
	size_t room = k->room ? 2 * k->room : 1024;
	struct ledger_key *v = reallocarray(k->v, room, sizeof *v);
	if (!v)
		return err(ERR_NO_MEMORY, "ledger keys");
	k->v = v;
	k->room = room;
	return 0;
}

int ledger_keys_add(struct ledger *l, struct span message_id, uint64_t message)
{
	struct ledger_keys *k = &l->keys;
	if (!message_id.n)
		return 0;
	pthread_mutex_lock(&k->lock);
	int r = k->n == k->room ? grow(k) : 0;
	if (r >= 0)
		k->v[k->n++] = (struct ledger_key){ ledger_keys_hash(message_id), message };
	pthread_mutex_unlock(&k->lock);
	return r;
}

static int by_hash(const void *a, const void *b)
{
	const struct ledger_key *x = a, *y = b;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int enter(struct ledger *l, const struct ledger_key *v, size_t n, uint64_t *through)
{
	sqlite3_stmt *st;
	struct sql_id id;
	int r = ledger_statement(l->db, l->st, LEDGER_KEY_PUT, &st);
	for (size_t i = 0; i < n && r >= 0; i++) {
		sql_bind_int(st, 1, (int64_t)v[i].hash);
		sql_bind_id(st, 2, v[i].message, &id);
		r = sql_run(st);
		if (v[i].message > *through)
			*through = v[i].message;
	}
	return r;
}

/* Only this thread changes the list; the lock keeps the reader off while it does. */
int ledger_keys_step(struct ledger *l)
{
	struct ledger_keys *k = &l->keys;
	if (k->n < KEYS_STEP)
		return 0;
	struct ledger_key *sorted = reallocarray(NULL, k->n, sizeof *sorted);
	if (!sorted)
		return err(ERR_NO_MEMORY, "ledger keys");
	memcpy(sorted, k->v, k->n * sizeof *sorted);
	qsort(sorted, k->n, sizeof *sorted, by_hash);
	uint64_t through = 0;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = enter(l, sorted, k->n, &through);
	free(sorted);
	if (r >= 0)
		r = ledger_statement(l->db, l->st, LEDGER_META_KEYED, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, through, &id);
	k->entered = true;
	return sql_run(st);
}

void ledger_keys_end(struct ledger *l, bool committed, size_t before)
{
	struct ledger_keys *k = &l->keys;
	pthread_mutex_lock(&k->lock);
	if (!committed)
		k->n = before;
	else if (k->entered)
		k->n = 0;
	k->entered = false;
	pthread_mutex_unlock(&k->lock);
}

int ledger_keys_load(struct ledger *l)
{
	sqlite3_stmt *st;
	int r = ledger_statement(l->db, l->st, LEDGER_KEYS_MISSING, &st);
	if (r < 0)
		return r;
	while ((r = sql_step(st)) == 1) {
		r = ledger_keys_add(l, sql_column_view(st, 1), sql_column_id(st, 0));
		if (r < 0) {
			sql_reset(st);
			return r;
		}
	}
	return r;
}

/* ---- the reader's side ---- */

static int has_id(struct ledger_reader *reader, uint64_t message, struct span message_id)
{
	sqlite3_stmt *st;
	struct sql_id id;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MESSAGE_HAS_ID, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	sql_bind_text(st, 2, message_id);
	r = sql_step(st);
	sql_reset(st);
	return r;
}

/* The newest of equal hash that is older than `below`, or 0. */
static uint64_t recent(struct ledger_keys *k, uint64_t hash, uint64_t below)
{
	uint64_t newest = 0;
	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i].hash == hash && k->v[i].message < below && k->v[i].message > newest)
			newest = k->v[i].message;
	pthread_mutex_unlock(&k->lock);
	return newest;
}

static int find_entered(struct ledger_reader *reader, struct span message_id, uint64_t hash,
                        uint64_t *message)
{
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_KEYS_FIND, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)hash);
	sql_bind_text(st, 2, message_id);
	r = sql_step(st);
	*message = r == 1 ? sql_column_id(st, 0) : 0;
	sql_reset(st);
	return r < 0 ? r : 0;
}

int ledger_keys_find(struct ledger_reader *reader, struct span message_id, uint64_t *message)
{
	uint64_t hash = ledger_keys_hash(message_id), entered = 0, found = UINT64_MAX;
	int r = find_entered(reader, message_id, hash, &entered);
	while (r >= 0) {
		found = recent(reader->keys, hash, found);
		if (found <= entered)
			break;
		r = has_id(reader, found, message_id);
		if (r == 1)
			break;
	}
	if (r < 0)
		return r;
	if (found < entered)
		found = entered;
	if (!found)
		return err(ERR_NOT_FOUND, "no message has this Message-ID");
	*message = found;
	return 0;
}

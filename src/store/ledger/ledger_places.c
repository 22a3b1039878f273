/* store/ledger/ledger_places.c - see ledger_places.h. */
#include "store/ledger/ledger_places.h"

#include <stdlib.h>

struct place_entry {
	uint64_t message;
	struct place_entry *next;
	bool fresh; /* the table does not have it */
	bool moved;
	struct record_place at; /* when fresh or moved */
	uint64_t inline_bytes, blob;
	int64_t refs; /* more of them */
};

void ledger_places_init(struct ledger_places *p, struct ledger *l, struct arena *mem)
{
	*p = (struct ledger_places){ .l = l, .mem = mem };
}

void ledger_places_fini(struct ledger_places *p)
{
	map_fini(&p->map);
}

static int get(struct ledger_places *p, uint64_t message, struct place_entry **out)
{
	struct place_entry *e = map_get(&p->map, MAP_KEY(message));
	if (!e) {
		e = arena_new(p->mem, struct place_entry);
		if (!e)
			return err(ERR_NO_MEMORY, "ledger batch");
		*e = (struct place_entry){ .message = message, .next = p->first };
		if (map_put(&p->map, MAP_KEY(e->message), e, NULL) < 0)
			return err(ERR_NO_MEMORY, "ledger batch");
		p->first = e;
		p->n++;
	}
	*out = e;
	return 0;
}

int ledger_places_fresh(struct ledger_places *p, const struct record_message *m,
                        const struct record_place *at)
{
	struct place_entry *e;
	int r = get(p, m->id, &e);
	if (r < 0)
		return r;
	e->fresh = true;
	e->at = *at;
	e->inline_bytes = record_inline_bytes(m);
	e->blob = m->blob;
	return 0;
}

int ledger_places_move(struct ledger_places *p, uint64_t message, const struct record_place *to)
{
	struct place_entry *e;
	int r = get(p, message, &e);
	if (r < 0)
		return r;
	e->moved = true;
	e->at = *to;
	return 0;
}

int ledger_places_refs(struct ledger_places *p, uint64_t message, int more)
{
	struct place_entry *e;
	int r = get(p, message, &e);
	if (r >= 0)
		e->refs += more;
	return r;
}

/* ---- what changes for segments and blobs ---- */

static int count(struct ledger_places *p, uint64_t segment, int64_t octets)
{
	struct ledger_alive a = { segment, octets };
	return buf_put(&p->l->freed.alive, span_make(&a, sizeof a));
}

static int blob_dies(struct ledger_places *p, uint64_t blob)
{
	return blob ? buf_put(&p->l->freed.blobs, span_make(&blob, sizeof blob)) : 0;
}

/* ---- rows, in rising order of number: what is next to each other in the table is written so ----
 */

static int insert(struct ledger_places *p, const struct place_entry *e)
{
	sqlite3_stmt *st;
	if (e->refs <= 0)
		return blob_dies(p, e->blob);
	int r = ledger_statement(p->l->db, p->l->st, LEDGER_PLACE_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)e->message);
	sql_bind_int(st, 2, (int64_t)e->at.at.segment);
	sql_bind_int(st, 3, (int64_t)e->at.at.offset);
	sql_bind_int(st, 4, (int64_t)e->at.octets);
	sql_bind_int(st, 5, (int64_t)e->inline_bytes);
	sql_bind_int(st, 6, e->refs);
	sql_bind_int_opt(st, 7, (int64_t)e->blob);
	r = sql_run(st);
	return r < 0 ? r : count(p, e->at.at.segment, (int64_t)e->at.octets);
}

static int drop(struct ledger_places *p, uint64_t message)
{
	sqlite3_stmt *st;
	int r = ledger_statement(p->l->db, p->l->st, LEDGER_PLACE_DELETE, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)message);
	return sql_run(st);
}

static int change(struct ledger_places *p, const struct place_entry *e, int64_t refs)
{
	enum ledger_statement which = e->moved ? LEDGER_PLACE_MOVE : LEDGER_PLACE_REFS;
	sqlite3_stmt *st;
	int r = ledger_statement(p->l->db, p->l->st, which, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)e->message);
	sql_bind_int(st, 2, refs);
	if (e->moved) {
		sql_bind_int(st, 3, (int64_t)e->at.at.segment);
		sql_bind_int(st, 4, (int64_t)e->at.at.offset);
		sql_bind_int(st, 5, (int64_t)e->at.octets);
	}
	return sql_run(st);
}

/* One that is not there came to its end before: a copy of it is dead, too. */
static int update(struct ledger_places *p, const struct place_entry *e)
{
	struct ledger_place was;
	if (!e->refs && !e->moved)
		return 0;
	int r = ledger_place_get(p->l->db, p->l->st, e->message, &was);
	if (r <= 0)
		return r;
	int64_t refs = (int64_t)was.refs + e->refs;
	if (refs <= 0) {
		r = drop(p, e->message);
		if (r >= 0)
			r = count(p, was.at.segment, -(int64_t)was.octets);
		return r < 0 ? r : blob_dies(p, was.blob);
	}
	r = change(p, e, refs);
	if (r >= 0 && e->moved)
		r = count(p, was.at.segment, -(int64_t)was.octets);
	if (r >= 0 && e->moved)
		r = count(p, e->at.at.segment, (int64_t)e->at.octets);
	return r;
}

static int by_message(const void *a, const void *b)
{
	const struct place_entry *x = *(struct place_entry *const *)a;
	const struct place_entry *y = *(struct place_entry *const *)b;
	return x->message < y->message ? -1 : x->message > y->message;
}

/* `segment` has the sums, so that a start need not make them. */
static int sums_write(struct ledger_places *p)
{
	struct span rest = buf_span(&p->l->freed.alive);
	struct ledger_alive a;
	for (; rest.n >= sizeof a; rest = span_sub(rest, sizeof a, rest.n)) {
		sqlite3_stmt *st;
		memcpy(&a, rest.p, sizeof a);
		int r = ledger_statement(p->l->db, p->l->st, LEDGER_SEGMENT_ALIVE, &st);
		if (r < 0)
			return r;
		sql_bind_int(st, 1, (int64_t)a.segment);
		sql_bind_int(st, 2, a.octets);
		r = sql_run(st);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One sum a segment. */
static void add_up(struct buf *all)
{
	struct ledger_alive *v = (struct ledger_alive *)all->p;
	size_t n = all->n / sizeof *v, kept = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < kept && v[k].segment != v[i].segment)
			k++;
		if (k == kept)
			v[kept++] = v[i];
		else
			v[k].octets += v[i].octets;
	}
	all->n = kept * sizeof *v;
}

int ledger_places_write(struct ledger_places *p)
{
	struct place_entry **sorted = arena_array(p->mem, struct place_entry *, p->n);
	size_t n = 0;
	int r = 0;
	if (p->n && !sorted)
		return err(ERR_NO_MEMORY, "ledger batch");
	for (struct place_entry *e = p->first; e; e = e->next)
		sorted[n++] = e;
	if (n)
		qsort(sorted, n, sizeof *sorted, by_message);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = sorted[i]->fresh ? insert(p, sorted[i]) : update(p, sorted[i]);
	add_up(&p->l->freed.alive);
	return r < 0 ? r : sums_write(p);
}

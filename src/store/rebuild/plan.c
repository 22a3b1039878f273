/* store/rebuild/plan.c - which entries come back, where, and in which order.  Pure.
 *
 * Each reference to a message that no mailbox explains is one entry of a damaged one; no entry
 * comes back without a reference, since the message would be gone before it.
 */
#include <stdlib.h>

#include "store/rebuild/rebuild.h"

static int no_memory(void)
{
	return err(ERR_NO_MEMORY, "no memory to rebuild mailboxes");
}

/* ---- which ---- */

/* Where another account that got it has a damaged mailbox too, nobody knows whose a reference is:
 * it comes back to both, and is needed once more. */
static bool in_doubt(const struct rebuild *x, const struct rebuild_message *m)
{
	return x->others_damaged && m->held <= m->elsewhere;
}

static bool once_more(struct rebuild *x, const struct rebuild_message *m)
{
	if (x->n_extra == PACK_LIST_MAX)
		return false;
	x->extra[x->n_extra++] = (struct record_extra){ m->message };
	return true;
}

/* For a row.  In doubt it is as many times there as it was delivered: another row of it is that of
 * before it was moved. */
static bool claim(struct rebuild *x, struct rebuild_message *m)
{
	if (m->held <= 0)
		return false;
	if (in_doubt(x, m) && (m->claimed >= m->own || !once_more(x, m)))
		return false;
	m->held--;
	m->claimed++;
	return true;
}

/* The latest first: of a message that was moved the earlier row may be left too. */
static int latest_first(const void *a_, const void *b_)
{
	const struct rebuild_entry *a = a_, *b = b_;
	return a->row.modseq > b->row.modseq ? -1 : a->row.modseq < b->row.modseq;
}

static void take_rows(struct rebuild *x)
{
	size_t n = 0;
	for (size_t i = 0; i < x->n_boxes; i++)
		for (size_t k = 0; k < x->boxes[i].left.n; k++) {
			const struct box_left_row *row = &x->boxes[i].left.rows[k];
			x->entries[n++] = (struct rebuild_entry){
				.box = i, .row = row->row, .sure = row->sure, .left = true
			};
		}
	if (n)
		qsort(x->entries, n, sizeof *x->entries, latest_first);
	for (size_t i = 0; i < n; i++) {
		struct rebuild_message *m = rebuild_find(x, x->entries[i].row.message);
		if (m && claim(x, m))
			x->entries[x->n_entries++] = x->entries[i];
	}
}

/* Without a row. */
static int64_t entries_of(struct rebuild *x, const struct rebuild_message *m)
{
	if (!x->others_damaged || !m->elsewhere)
		return m->held;
	int64_t n = m->held > m->elsewhere ? m->held - m->elsewhere : 0;
	while (n < m->held && m->claimed + n < m->own && once_more(x, m))
		n++;
	return n;
}

static void take_others(struct rebuild *x)
{
	for (size_t i = 0; i < x->n_messages; i++) {
		const struct rebuild_message *m = &x->messages[i];
		int64_t n = m->held > 0 ? entries_of(x, m) : 0;
		for (int64_t k = 0; k < n; k++)
			x->entries[x->n_entries++] =
			        (struct rebuild_entry){ .box = REBUILD_ANY,
				                        .row.message = m->message,
				                        .row.recipient = BOX_NO_RECIPIENT,
				                        .nth = m->claimed + (uint32_t)k };
	}
}

int rebuild_claim(struct rebuild *x)
{
	size_t rows = 0, held = 0;
	for (size_t i = 0; i < x->n_boxes; i++)
		rows += x->boxes[i].left.n;
	for (size_t i = 0; i < x->n_messages; i++)
		held += x->messages[i].held > 0 ? (size_t)x->messages[i].held : 0;
	x->entries = arena_array(&x->mem, struct rebuild_entry, rows + held);
	x->extra = arena_array(&x->mem, struct record_extra, held);
	if ((rows + held && !x->entries) || (held && !x->extra))
		return no_memory();
	take_rows(x);
	take_others(x);
	return 0;
}

/* ---- where ---- */

/* The mailbox that lacks most of what it had when last counted. */
static size_t lacks_most(const struct rebuild *x)
{
	size_t found = 0;
	int64_t most = INT64_MIN;
	for (size_t i = 0; i < x->n_boxes; i++) {
		struct box_numbers had;
		(void)box_numbers(x->boxes[i].m->box, &had);
		int64_t lack = (int64_t)had.exists - (int64_t)x->boxes[i].n;
		if (lack > most) {
			most = lack;
			found = i;
		}
	}
	return found;
}

/* Entries that could not be read do not come back. */
static void place(struct rebuild *x)
{
	size_t n = 0;
	for (size_t i = 0; i < x->n_entries; i++)
		if (x->entries[i].sure || x->entries[i].read)
			x->entries[n++] = x->entries[i];
	x->n_entries = n;
	for (size_t i = 0; i < n; i++)
		if (x->entries[i].box != REBUILD_ANY)
			x->boxes[x->entries[i].box].n++;
	for (size_t i = 0; i < n; i++) {
		struct rebuild_entry *e = &x->entries[i];
		if (e->box == REBUILD_ANY) {
			e->row.uid = 0; /* of another mailbox */
			e->box = lacks_most(x);
			x->boxes[e->box].n++;
		}
	}
}

/* ---- in which order ---- */

/* By mailbox; then those with a uid, by that; then the others, by when they came. */
static int in_order(const void *a_, const void *b_)
{
	const struct rebuild_entry *a = a_, *b = b_;
	if (a->box != b->box)
		return a->box < b->box ? -1 : 1;
	if (!a->row.uid != !b->row.uid)
		return a->row.uid ? -1 : 1;
	if (a->row.uid != b->row.uid)
		return a->row.uid < b->row.uid ? -1 : 1;
	if (a->row.saved_s != b->row.saved_s)
		return a->row.saved_s < b->row.saved_s ? -1 : 1;
	return a->row.message < b->row.message ? -1 : a->row.message > b->row.message;
}

/* Its flags are those that it had. */
static bool is_exact(const struct rebuild *x, const struct rebuild_entry *e)
{
	return e->sure && x->boxes[e->box].left.whole;
}

static struct box_row row_of(const struct rebuild *x, const struct rebuild_entry *e, uint32_t uid)
{
	struct box_row row = e->row;
	uint64_t words = (UINT64_C(1) << x->a->n_keywords) - 1;
	row.flags &= 0x1f | words << MAILBOX_KEYWORD_FIRST;
	if (!is_exact(x, e)) /* nothing is deleted by mistake */
		row.flags &= ~(uint64_t)MAILBOX_DELETED;
	row.uid = uid;
	row.modseq = x->modseq;
	return row;
}

static void put(const struct rebuild *x, struct rebuild_box *b, size_t at,
                const struct rebuild_entry *e)
{
	b->rows[at] = row_of(x, e, (uint32_t)at + 1);
	b->caches[at] = b->rows[at].cache ? (struct span){ 0 } : e->cache;
	b->doubtful += e->left && !is_exact(x, e);
	b->plain += !e->left;
}

/* Entries first .. first + b->n - 1 are the mailbox's: two rising lists become one. */
static int merge(struct rebuild *x, struct rebuild_box *b, const struct rebuild_entry *first)
{
	size_t with = 0, i = 0, k;
	b->rows = arena_array(&x->mem, struct box_row, b->n);
	b->caches = arena_array(&x->mem, struct span, b->n);
	if (b->n && (!b->rows || !b->caches))
		return no_memory();
	while (with < b->n && first[with].row.uid)
		with++;
	k = with;
	for (size_t at = 0; at < b->n; at++) {
		bool later =
		        k == b->n || (i < with && first[i].row.saved_s <= first[k].row.saved_s);
		put(x, b, at, later ? &first[i++] : &first[k++]);
	}
	return 0;
}

int rebuild_arrange(struct rebuild *x)
{
	size_t at = 0;
	int r = 0;
	place(x);
	if (x->n_entries)
		qsort(x->entries, x->n_entries, sizeof *x->entries, in_order);
	for (size_t i = 0; i < x->n_boxes && r >= 0; i++) {
		r = merge(x, &x->boxes[i], x->entries + at);
		at += x->boxes[i].n;
	}
	return r;
}

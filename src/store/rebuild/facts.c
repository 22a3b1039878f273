/* store/rebuild/facts.c - what an entry lacks, from the record of its message; and of one that was
 * appended, from the ENTRIES record of its group, while that stands behind it. */
#include <string.h>

#include "store/journal/segfile.h"
#include "store/ledger/ledger_impl.h"
#include "store/mail/delivery.h"
#include "store/read_impl.h"
#include "store/rebuild/rebuild.h"

enum { TRIES = 3 };

struct fact {
	struct rebuild *x;
	struct rebuild_entry *e;
};

/* ---- delivered ---- */

static bool is_own(const struct rebuild *x, const struct record_message *m, uint32_t i)
{
	return i < m->n_recipients && span_eq(m->recipients[i].account, x->a->name);
}

/* Whose prefix it has: as the row says, else the nth of the account's; a copy: there are not so
 * many. */
static uint32_t recipient_of(const struct fact *f, const struct record_message *m, bool *copy)
{
	const struct rebuild_entry *e = f->e;
	uint32_t found = BOX_NO_RECIPIENT, nth = 0;
	if (e->left)
		return is_own(f->x, m, e->row.recipient) ? e->row.recipient : BOX_NO_RECIPIENT;
	for (uint32_t i = 0; i < m->n_recipients && nth <= e->nth; i++)
		if (is_own(f->x, m, i)) {
			found = i;
			nth++;
		}
	*copy = nth <= e->nth;
	return found;
}

static size_t box_of(const struct rebuild *x, uint32_t mailbox)
{
	for (size_t i = 0; i < x->n_boxes; i++)
		if (x->boxes[i].m->number == mailbox)
			return i;
	return REBUILD_ANY;
}

/* As its delivery made it. */
static void delivered(const struct fact *f, const struct record_message *m, uint32_t recipient)
{
	struct record_delivery d;
	struct rebuild_entry *e = f->e;
	if (e->left || !delivery_get(&m->recipients[recipient], &d))
		return;
	e->row.flags = d.flags;
	e->box = box_of(f->x, d.mailbox);
	e->row.uid = m->recipients[recipient].uid;
}

static int from_message(const struct fact *f, const struct record_message *m)
{
	struct rebuild_entry *e = f->e;
	bool copy = false;
	uint32_t recipient = recipient_of(f, m, &copy);
	bool delivery = recipient != BOX_NO_RECIPIENT;
	struct span prefix = delivery ? m->recipients[recipient].prefix : (struct span){ 0 };
	if (!e->left) {
		e->row.date_s = m->time_ms / 1000;
		e->row.saved_s = (uint32_t)(m->time_ms / 1000);
	}
	if (delivery && !copy)
		delivered(f, m, recipient);
	e->row.size = (uint32_t)(m->size_bytes + prefix.n);
	e->row.recipient = prefix.n ? recipient : BOX_NO_RECIPIENT;
	e->row.thread = delivery_thread(m);
	struct span cache = delivery_cache(m);
	if (f->x->cached + cache.n > REBUILD_CACHES_MAX)
		return 0;
	f->x->cached += cache.n;
	return arena_copy(&f->x->mem, cache, &e->cache);
}

/* ---- appended ---- */

static bool in_rows(struct span rows, uint64_t message, struct box_row *out)
{
	for (; rows.n >= BOX_ROW_BYTES; rows = span_sub(rows, BOX_ROW_BYTES, rows.n)) {
		box_row_get(rows.p, out);
		if (out->message == message)
			return true;
	}
	return false;
}

static void appended(const struct fact *f, const struct segment_record *record)
{
	AUTO_ARENA mem = { 0 };
	struct record_entries entries;
	struct box_row row;
	struct rebuild_entry *e = f->e;
	if (record_entries_unpack(record->payload, &mem, &entries) < 0 ||
	    !in_rows(entries.rows, e->row.message, &row))
		return;
	uint64_t message = e->row.message;
	e->row = row;
	e->row.message = message;
	e->row.cache = 0;
	e->box = box_of(f->x, entries.mailbox);
}

/* Behind a copy of the message stands no such record. */
static int from_group(const struct fact *f, const struct read_job *j)
{
	struct segfile_reader reader;
	struct segment_record record;
	int r = segfile_reader_open(&reader, f->x->sp->journal_dir, j->place.at.segment,
	                            j->place.at.offset, UINT64_MAX);
	if (r < 0)
		return r;
	while ((r = segfile_reader_next(&reader, &record)) == 1) {
		if (record.kind == SEGMENT_ENTRIES)
			appended(f, &record);
		if (record.kind != SEGMENT_MESSAGE || !(record.flags & SEGMENT_MORE))
			break;
	}
	segfile_reader_close(&reader);
	return r < 0 ? r : 0;
}

/* ---- each of them, on the reader's thread ---- */

static int fact_read(struct read_job *j, int fd)
{
	AUTO_ARENA mem = { 0 };
	struct read_front_of front;
	struct record_message m;
	const struct fact *f = j->arg;
	int r = read_front(j, fd, &front);
	if (r >= 0)
		r = read_message(j, fd, &front, &mem, &m);
	if (r >= 0)
		r = from_message(f, &m);
	if (r >= 0 && !m.n_recipients && !f->e->left)
		r = from_group(f, j);
	return r;
}

static int facts_run(struct ledger_reader *reader, void *arg)
{
	struct rebuild *x = arg;
	for (size_t i = 0; i < x->n_entries; i++) {
		struct rebuild_entry *e = &x->entries[i];
		struct fact f = { x, e };
		struct read_job j = {
			.sp = x->sp, .id = e->row.message, .read = fact_read, .file = -1, .arg = &f
		};
		if (e->sure || e->read)
			continue;
		int r = read_try(reader, &j);
		if (r == ERR_NO_MEMORY)
			return r;
		e->read = r >= 0;
		e->segment = j.place.at.segment;
	}
	err_clear();
	return 0;
}

/* Records may move meanwhile. */
WAITS int rebuild_facts(struct rebuild *x)
{
	int r = 0;
	bool again = true;
	for (int try = 0; try < TRIES && r >= 0 && again; try++) {
		r = ledger_read(x->sp->ledger, LEDGER_FOR_OTHERS, true, facts_run, x);
		again = false;
		for (size_t i = 0; i < x->n_entries && r >= 0; i++) {
			struct rebuild_entry *e = &x->entries[i];
			e->read &= read_was_there(x->sp, e->segment);
			again |= !e->sure && !e->read;
		}
	}
	return r;
}

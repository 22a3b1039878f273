/* store/compact.c - what is needed of a segment is written again, so that its file can be used
 * again.
 *
 * Its live messages are appended to the journal once more, many to a group.  A copy carries the
 * changes by which its recipients stand, so that it can stand for the message and for all changes
 * whose segments are gone.  And what the segment says of messages in other segments is restated:
 * else a ledger that is made anew would not know that they came to their end, and deliver them
 * again.
 */
#include "store/compact.h"

#include <stdlib.h>

#include "base/event.h"
#include "store/ledger/ledger_impl.h"

enum { GROUP_BYTES = 256 << 10, GROUP_RECORDS = 256 };

/* ---- what is needed ---- */

/* A segment that is given back before the one at hand is as good as gone. */
static bool stays(const struct store_compact *c, uint64_t number)
{
	const struct store_segment *s = store_segments_get(&c->sp->segments, number);
	return s && !s->leaving && (number > c->segment || !store_segment_is_dead(s));
}

/* A copy in a later segment knows of it; but the end of a delivery may have been written while the
 * copy was being made. */
static bool is_needed(const struct store_compact *c, const struct store_compact_change *f)
{
	return f->latest && (f->home < c->segment || f->final) && stays(c, f->home);
}

static uint64_t needed(struct store_compact *c)
{
	uint64_t octets = 0;
	for (size_t i = 0; i < c->n_messages; i++)
		octets += c->messages[i].alive ? c->messages[i].octets : 0;
	for (size_t i = 0; i < c->n_changes; i++) {
		struct store_compact_change *f = &c->changes[i];
		f->needed = is_needed(c, f);
		octets += f->needed ? f->octets : 0;
	}
	return octets;
}

/* ---- the copies, packed on the reader's thread ---- */

struct group {
	struct store_compact *c;
	struct store_op op;
	size_t n, next; /* records in it; where to go on */
	struct arena mem;
};

static int fetch(struct store_compact *c, uint64_t offset, struct segment_record *out)
{
	segfile_reader_seek(&c->file, offset);
	int r = segfile_reader_next(&c->file, out);
	if (r == 0 || (r == 1 && out->offset != offset))
		return err(ERR_CORRUPT, "journal segment %ju is damaged at offset %ju",
		           (uintmax_t)c->segment, (uintmax_t)offset);
	return r < 0 ? r : 0;
}

/* The message itself is taken over unread. */
static int copy_message(struct ledger_reader *reader, struct group *g,
                        const struct store_compact_message *m)
{
	struct segment_record record;
	struct journal_head head;
	struct span content, packed;
	struct buf *out = &g->op.group.octets;
	int r = fetch(g->c, m->offset, &record);
	if (r < 0)
		return r;
	content = record.payload;
	arena_reset(&g->mem);
	if ((r = pack_get_span(&content, &packed)) < 0 ||
	    (r = journal_head_unpack(packed, &g->mem, &head)) < 0 ||
	    (r = store_compact_states(reader, m->id, head.seq, &g->mem, &head.states,
	                              &head.n_states)) < 0)
		return r;
	journal_record_begin(&g->op.group, SEGMENT_COPY);
	size_t mark = pack_begin(out);
	journal_head_pack(&head, out);
	pack_end(out, mark);
	buf_put(out, content);
	journal_record_end(&g->op.group, NULL);
	return out->err;
}

static int copy_change(struct group *g, const struct store_compact_change *f)
{
	struct segment_record record;
	int r = fetch(g->c, f->offset, &record);
	if (r < 0)
		return r;
	journal_record_begin(&g->op.group, SEGMENT_RESTATE);
	buf_put(&g->op.group.octets, record.payload);
	journal_record_end(&g->op.group, NULL);
	return g->op.group.octets.err;
}

/* Octets of the i-th, messages first and then changes; 0: it is not needed. */
static uint64_t octets_of(const struct store_compact *c, size_t i)
{
	if (i < c->n_messages)
		return c->messages[i].alive ? c->messages[i].octets : 0;
	const struct store_compact_change *f = &c->changes[i - c->n_messages];
	return f->needed ? f->octets : 0;
}

static int group_fill(struct ledger_reader *reader, void *arg)
{
	struct group *g = arg;
	struct store_compact *c = g->c;
	uint64_t most =
	        c->sp->segment_size / 4 < GROUP_BYTES ? c->sp->segment_size / 4 : GROUP_BYTES;
	size_t all = c->n_messages + c->n_changes;
	int r = 0;
	for (; r >= 0 && g->next < all && g->n < GROUP_RECORDS; g->next++) {
		uint64_t octets = octets_of(c, g->next);
		if (!octets)
			continue;
		if (g->n && g->op.group.octets.n + octets > most)
			break;
		r = g->next < c->n_messages ? copy_message(reader, g, &c->messages[g->next])
		                            : copy_change(g, &c->changes[g->next - c->n_messages]);
		g->n++;
	}
	return r;
}

/* Copies from *i on, as many as make a group. */
static WAITS int group_copy(struct store_compact *c, size_t *i)
{
	struct group g = { .c = c, .next = *i };
	int r = store_op_init(&g.op, c->sp);
	if (r >= 0)
		r = ledger_read(c->sp->ledger, LEDGER_FOR_OTHERS, false, group_fill, &g);
	if (r >= 0 && g.n)
		r = journal_commit(c->sp->journal, &g.op.group);
	if (r >= 0)
		*i = g.next;
	store_op_fini(&g.op);
	arena_fini(&g.mem);
	return r;
}

static int open_run(void *arg)
{
	return store_compact_open(arg);
}

static WAITS int copy_all(struct store_compact *c)
{
	int r = offload(open_run, c, "segment copy");
	for (size_t i = 0; i < c->n_messages + c->n_changes && r >= 0;)
		r = c->sp->stopping ? err(ERR_CANCELLED, "the store is closed") : group_copy(c, &i);
	segfile_reader_close(&c->file);
	return r < 0 ? r : 0;
}

/* ---- all of it ---- */

static int scan_run(void *arg)
{
	return store_compact_scan(arg);
}

static int ask_run(struct ledger_reader *reader, void *arg)
{
	return store_compact_ask(reader, arg);
}

static int ask_end_run(struct ledger_reader *reader, void *arg)
{
	return store_compact_ask_end(reader, arg);
}

static WAITS int ask_all(struct store_compact *c)
{
	int r = 1;
	while (r == 1)
		r = ledger_read(c->sp->ledger, LEDGER_FOR_OTHERS, false, ask_run, c);
	return r;
}

/* Fewer are found than live there: the log does not end where no record checks. */
static bool lacks_some(const struct store_compact *c)
{
	const struct store_segment *s = store_segments_get(&c->sp->segments, c->segment);
	uint64_t octets = 0;
	for (size_t i = 0; i < c->n_messages; i++)
		octets += c->messages[i].alive ? c->messages[i].octets : 0;
	return octets < s->alive;
}

/* Where the log of the segment ends nobody says, and damage looks like the end. */
static WAITS int look_further(struct store_compact *c)
{
	int r = ledger_read(c->sp->ledger, LEDGER_FOR_OTHERS, false, ask_end_run, c);
	if (r >= 0)
		r = offload(scan_run, c, "segment scan");
	return r < 0 ? r : ask_all(c);
}

/* It is to be emptied, whatever is needed of it, and its place on the disk is not used again. */
static void note_damage(const struct store_compact *c)
{
	struct store_segment *s = store_segments_get(&c->sp->segments, c->segment);
	s->failed = true;
	event_log(EVENT_journal_damaged, "segment=%ju offset=%ju octets=%ju", (uintmax_t)c->segment,
	          (uintmax_t)c->damaged_at, (uintmax_t)c->damaged);
}

static WAITS int look_through(struct store_compact *c)
{
	struct journal_place end = { c->segment,
		                     store_segments_get(&c->sp->segments, c->segment)->end };
	int r = offload(scan_run, c, "segment scan");
	/* What it says of later ones may be old: more is copied then, and copies are brought up to
	 * date by what follows them.  On a full disk this is what makes room. */
	if (r >= 0 && !ledger_covers(c->sp->ledger, end))
		r = ledger_flush(c->sp->ledger);
	if (r >= 0)
		r = ask_all(c);
	if (r >= 0 && c->limit == UINT64_MAX && lacks_some(c))
		r = look_further(c);
	if (r >= 0 && c->damaged)
		note_damage(c);
	return r;
}

static WAITS int empty(struct store_compact *c)
{
	int r = look_through(c);
	if (r < 0)
		return r;
	uint64_t octets = needed(c);
	struct store_segment *s = store_segments_get(&c->sp->segments, c->segment);
	s->notes = octets > s->alive ? octets - s->alive : 0;
	s->notes_at = journal_counts(c->sp->journal).bytes_written;
	if (!s->failed && octets >= s->size / 4)
		return 1;
	r = octets ? copy_all(c) : 0;
	if (r < 0)
		return r;
	s = store_segments_get(&c->sp->segments, c->segment);
	s->emptied = true;
	s->notes = 0;
	return octets ? ledger_flush(c->sp->ledger) : 0;
}

WAITS int store_compact(struct store *sp, uint64_t segment)
{
	const struct store_segment *s = store_segments_get(&sp->segments, segment);
	struct store_compact c = {
		.sp = sp,
		.segment = segment,
		.limit = s->end < s->size ? s->end : UINT64_MAX,
		.file.fd = -1,
	};
	int r = empty(&c);
	free(c.messages);
	free(c.changes);
	return r;
}

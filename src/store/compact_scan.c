/* store/compact_scan.c - see compact.h: what stands in a segment. */
#include <stdlib.h>

#include "store/compact.h"

static int grow(void **v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return 0;
	size_t more = *room ? 2 * *room : 64;
	void *bigger = reallocarray(*v, more, size);
	if (!bigger)
		return err(ERR_NO_MEMORY, "no memory to empty a segment");
	*v = bigger;
	*room = more;
	return 0;
}

static int add_message(struct store_compact *c, const struct segment_record *record)
{
	struct store_compact_message m = {
		.offset = record->offset, .octets = SEGMENT_RECORD_HEADER_BYTES + record->payload.n
	};
	struct span rest = record->payload, packed;
	struct journal_head head;
	AUTO_ARENA mem = { 0 };
	if (pack_get_span(&rest, &packed) < 0 || journal_head_unpack(packed, &mem, &head) < 0 ||
	    pack_get_u64(&head.message, &m.id) < 0) /* its first field */
		return 0; /* no program of ours wrote it: nothing lives there */
	int r = grow((void **)&c->messages, c->n_messages, &c->messages_room, sizeof m);
	if (r >= 0)
		c->messages[c->n_messages++] = m;
	return r;
}

static int add_change(struct store_compact *c, const struct segment_record *record)
{
	struct store_compact_change f = { .offset = record->offset,
		                          .octets =
		                                  SEGMENT_RECORD_HEADER_BYTES + record->payload.n };
	struct record_change change;
	if (record_change_unpack(record->payload, NULL, &change) < 0)
		return 0;
	if (change.report) /* the ledger has it; no state follows from it */
		return 0;
	f.message = change.message;
	f.seq = change.seq;
	f.recipient = change.recipient;
	f.final = recipient_state_is_final(change.state);
	int r = grow((void **)&c->changes, c->n_changes, &c->changes_room, sizeof f);
	if (r >= 0)
		c->changes[c->n_changes++] = f;
	return r;
}

static int add(struct store_compact *c, const struct segment_record *record)
{
	switch (record->kind) {
	case SEGMENT_MESSAGE:
	case SEGMENT_COPY: return add_message(c, record);
	case SEGMENT_CHANGE:
	case SEGMENT_RESTATE: return add_change(c, record);
	default: return 0;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct store_compact_message *x = a, *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_offset(const void *a, const void *b)
{
	const struct store_compact_message *x = a, *y = b;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Changes of messages that stand here go with them. */
static void keep_foreign(struct store_compact *c)
{
	size_t n = 0;
	if (!c->n_messages)
		return;
	qsort(c->messages, c->n_messages, sizeof *c->messages, by_id);
	for (size_t i = 0; i < c->n_changes; i++) {
		struct store_compact_message key = { .id = c->changes[i].message };
		if (!bsearch(&key, c->messages, c->n_messages, sizeof key, by_id))
			c->changes[n++] = c->changes[i];
	}
	c->n_changes = n;
	qsort(c->messages, c->n_messages, sizeof *c->messages, by_offset);
}

/* The records of a group that is damaged count one by one: the whole of it was committed. */
int store_compact_open(struct store_compact *c)
{
	int r = segfile_reader_open(&c->file, c->sp->journal_dir, c->segment, 0, c->limit);
	if (r < 0)
		return r;
	c->file.singly = true;
	if (c->limit == UINT64_MAX)
		c->file.sure = c->sure;
	return 0;
}

int store_compact_scan(struct store_compact *c)
{
	struct segment_record record;
	struct segfile_reader *file = &c->file;
	int r = store_compact_open(c);
	c->n_messages = c->n_changes = c->asked = 0;
	c->damaged = 0;
	while (r >= 0) {
		uint64_t from = file->offset, damaged = file->damaged;
		r = segfile_reader_next(file, &record);
		if (!damaged && file->damaged)
			c->damaged_at = from;
		if (r != 1)
			break;
		r = add(c, &record);
	}
	c->damaged = file->damaged;
	segfile_reader_close(file);
	if (r >= 0)
		keep_foreign(c);
	return r;
}

/* store/ledger_write.c - one batch of records as one transaction.
 *
 * What happens to a recipient several times within a batch is written once; each
 * finished attempt is a row of its own.  Replay after a crash takes the same way.
 */
#include "base/map.h"
#include "store/ledger_impl.h"
#include "wire/smtp/verdict.h"

enum { WRITER_MEMORY = 1 << 30 };

struct row_key {
	uint64_t message, recipient;
};

/* What becomes of one row of `recipient`. */
struct row {
	struct row_key key;
	struct row *next;
	const struct record_recipient *fresh; /* NULL: the table has it */
	uint8_t state;
	uint64_t seq;
	int64_t changed_ms;
	uint32_t attempts;     /* finished */
	uint64_t last_attempt; /* 0: none in this batch */
	bool scheduled;        /* next_try_ms is known: */
	int64_t next_try_ms;   /* negative: never */
};

struct kept {
	struct kept *next;
	uint64_t segment;
	int64_t octets;
};

struct writer {
	struct ledger *l;
	struct arena mem;
	struct map rows;
	struct row *first, **end;
	struct kept *kept;
	struct ledger_marks marks;
	uint64_t skipped;
};

static int statement(struct writer *w, enum ledger_statement which, sqlite3_stmt **st)
{
	return ledger_statement(w->l->db, w->l->st, which, st);
}

/* ---- segments ---- */

static int keep(struct writer *w, uint64_t segment, int64_t octets)
{
	struct kept *k = w->kept;
	while (k && k->segment != segment)
		k = k->next;
	if (!k) {
		k = arena_new(&w->mem, struct kept);
		if (!k)
			return err(ERR_NO_MEMORY, "ledger batch");
		*k = (struct kept){ .next = w->kept, .segment = segment };
		w->kept = k;
	}
	k->octets += octets;
	return 0;
}

static int kept_write(struct writer *w)
{
	for (const struct kept *k = w->kept; k; k = k->next) {
		sqlite3_stmt *st;
		int r = statement(w, LEDGER_SEGMENT_KEEP, &st);
		if (r < 0)
			return r;
		sql_bind_int(st, 1, (int64_t)k->segment);
		sql_bind_int(st, 2, k->octets);
		r = sql_run(st);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- recipients ---- */

static struct row *row_get(struct writer *w, uint64_t message, uint32_t recipient)
{
	struct row_key key = { message, recipient };
	struct row *row = map_get(&w->rows, MAP_KEY(key));
	if (row)
		return row;
	row = arena_new(&w->mem, struct row);
	if (!row)
		return NULL;
	row->key = key;
	if (map_put(&w->rows, MAP_KEY(row->key), row, NULL) < 0)
		return NULL;
	*w->end = row;
	w->end = &row->next;
	return row;
}

static bool is_attempt(uint8_t state)
{
	return state == RECIPIENT_DEFERRED || recipient_state_is_final(state);
}

static int attempt_write(struct writer *w, const struct record_feedback *f)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_ATTEMPT_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)f->seq);
	sql_bind_id(st, 2, f->message, &id);
	sql_bind_int(st, 3, f->recipient);
	sql_bind_int(st, 4, f->attempt);
	sql_bind_int(st, 5, f->time_ms);
	sql_bind_text(st, 6, span_str(recipient_state_name(f->state)));
	sql_bind_text_opt(st, 7, f->remote_host);
	sql_bind_text_opt(st, 8, f->remote_address);
	sql_bind_text_opt(st, 9, f->tls_version);
	sql_bind_text_opt(st, 10, f->tls_policy);
	sql_bind_int_opt(st, 11, f->code);
	sql_bind_text_opt(st, 12, f->enhanced);
	sql_bind_text_opt(st, 13, f->text);
	sql_bind_text_opt(st, 14, span_str(smtp_class_name((enum smtp_class)f->class)));
	sql_bind_text_opt(st, 15, f->meaning);
	sql_bind_int(st, 16, f->elapsed_ms);
	sql_bind_int_opt(st, 17, f->next_try_ms);
	return sql_run(st);
}

static void row_change(struct row *row, const struct record_feedback *f)
{
	if (f->seq < row->seq)
		return;
	row->state = f->state;
	row->seq = f->seq;
	row->changed_ms = f->time_ms;
	if (is_attempt(f->state)) {
		row->attempts = f->attempt;
		row->last_attempt = f->seq;
	}
	if (f->state == RECIPIENT_TRYING) /* a crash cuts it short: then it is due as before */
		return;
	row->scheduled = true;
	row->next_try_ms = recipient_state_is_final(f->state)             ? -1
	                   : f->next_try_ms || f->state == RECIPIENT_HELD ? f->next_try_ms
	                                                                  : f->time_ms;
}

static int change(struct writer *w, const struct record_feedback *f)
{
	struct row *row = row_get(w, f->message, f->recipient);
	if (!row)
		return err(ERR_NO_MEMORY, "ledger batch");
	row_change(row, f);
	if (f->seq > w->marks.last_seq)
		w->marks.last_seq = f->seq;
	return is_attempt(f->state) ? attempt_write(w, f) : 0;
}

static int row_insert(struct writer *w, const struct row *row)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_RECIPIENT_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, row->key.message, &id);
	sql_bind_int(st, 2, (int64_t)row->key.recipient);
	sql_bind_text(st, 3, row->fresh->address);
	sql_bind_text(st, 4, row->fresh->domain);
	sql_bind_text_opt(st, 5, row->fresh->account);
	sql_bind_int_opt(st, 6, row->fresh->uid);
	sql_bind_text(st, 7, span_str(recipient_state_name(row->state)));
	sql_bind_int(st, 8, (int64_t)row->seq);
	sql_bind_int(st, 9, row->changed_ms);
	sql_bind_int(st, 10, row->attempts);
	if (row->next_try_ms < 0)
		sql_bind_null(st, 11);
	else
		sql_bind_int(st, 11, row->next_try_ms);
	sql_bind_int_opt(st, 12, (int64_t)row->last_attempt);
	return sql_run(st);
}

static int row_update(struct writer *w, const struct row *row)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_RECIPIENT_CHANGE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, row->key.message, &id);
	sql_bind_int(st, 2, (int64_t)row->key.recipient);
	sql_bind_text(st, 3, span_str(recipient_state_name(row->state)));
	sql_bind_int(st, 4, (int64_t)row->seq);
	sql_bind_int(st, 5, row->changed_ms);
	sql_bind_int(st, 6, row->attempts);
	sql_bind_int(st, 7, row->scheduled);
	if (row->next_try_ms < 0)
		sql_bind_null(st, 8);
	else
		sql_bind_int(st, 8, row->next_try_ms);
	sql_bind_int_opt(st, 9, (int64_t)row->last_attempt);
	return sql_run(st);
}

static int rows_write(struct writer *w)
{
	int r = 0;
	for (const struct row *row = w->first; row && r >= 0; row = row->next)
		r = row->fresh ? row_insert(w, row) : row_update(w, row);
	return r;
}

/* ---- messages ---- */

static int mailbox_write(struct writer *w, const struct record_message *m, uint32_t i)
{
	const struct record_recipient *to = &m->recipients[i];
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_MAILBOX_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, to->account);
	sql_bind_int(st, 2, m->time_ms / 1000);
	sql_bind_int(st, 3, (int64_t)to->uid + 1);
	r = sql_step(st);
	if (r < 0)
		return r;
	int64_t mailbox = sql_column_int(st, 0);
	sql_reset(st);
	r = statement(w, LEDGER_MAILBOX_MESSAGE_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, mailbox);
	sql_bind_int(st, 2, to->uid);
	sql_bind_id(st, 3, m->id, &id);
	sql_bind_int(st, 4, i);
	return sql_run(st);
}

static int recipients_write(struct writer *w, const struct record_message *m, uint64_t seq)
{
	int r = 0;
	for (uint32_t i = 0; i < m->n_recipients && r >= 0; i++) {
		struct record_feedback f;
		struct row *row = row_get(w, m->id, i);
		if (!row)
			return err(ERR_NO_MEMORY, "ledger batch");
		row->fresh = &m->recipients[i];
		record_first_feedback(m, i, seq, &f);
		r = change(w, &f);
		if (r >= 0 && row->fresh->account.n)
			r = mailbox_write(w, m, i);
	}
	return r;
}

/* Where a message's record lies; octets without padding. */
struct record_place {
	struct journal_place at;
	size_t octets;
};

/* 1: the table has it now and had not before. */
static int message_insert(struct writer *w, const struct record_message *m,
                          const struct record_place *place, int64_t mailboxes)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_MESSAGE_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, m->id, &id);
	sql_bind_int(st, 2, m->time_ms);
	sql_bind_text(st, 3, m->sender);
	sql_bind_text_opt(st, 4, m->login);
	sql_bind_text_opt(st, 5, m->client_address);
	sql_bind_text_opt(st, 6, m->client_name);
	sql_bind_text_opt(st, 7, m->protocol);
	sql_bind_text_opt(st, 8, m->message_id);
	sql_bind_text_opt(st, 9, m->subject);
	sql_bind_int(st, 10, m->body_8bit);
	sql_bind_int(st, 11, m->smtputf8);
	sql_bind_int(st, 12, (int64_t)m->size_bytes);
	sql_bind_int(st, 13, (int64_t)m->n_recipients);
	sql_bind_int(st, 14, mailboxes);
	sql_bind_int(st, 15, (int64_t)place->at.segment);
	sql_bind_int(st, 16, (int64_t)place->at.offset);
	sql_bind_int(st, 17, (int64_t)place->octets);
	sql_bind_int_opt(st, 18, (int64_t)m->blob);
	r = sql_run(st);
	return r < 0 ? r : sqlite3_changes(w->l->db);
}

static int message_move(struct writer *w, uint64_t message, const struct record_place *to)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_MESSAGE_PLACE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	r = sql_step(st);
	if (r <= 0)
		return r;
	bool kept = sql_column_int(st, 0) > 0;
	uint64_t segment = (uint64_t)sql_column_int(st, 1);
	int64_t octets = sql_column_int(st, 3);
	sql_reset(st);
	if (kept) {
		r = keep(w, segment, -octets);
		if (r >= 0)
			r = keep(w, to->at.segment, (int64_t)to->octets);
	}
	if (r >= 0)
		r = statement(w, LEDGER_MESSAGE_MOVE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	sql_bind_int(st, 2, (int64_t)to->at.segment);
	sql_bind_int(st, 3, (int64_t)to->at.offset);
	sql_bind_int(st, 4, (int64_t)to->octets);
	return sql_run(st);
}

static int message_write(struct writer *w, const struct journal_head *head,
                         const struct record_message *m, const struct record_place *place)
{
	int64_t mailboxes = 0;
	for (size_t i = 0; i < m->n_recipients; i++)
		mailboxes += m->recipients[i].account.n > 0;
	int r = message_insert(w, m, place, mailboxes);
	if (r == 0) /* known: a copy, or a replay */
		return message_move(w, m->id, place);
	if (r > 0)
		r = recipients_write(w, m, head->seq);
	for (size_t i = 0; i < head->n_states && r >= 0; i++)
		r = change(w, &head->states[i]);
	if (r >= 0 && mailboxes)
		r = keep(w, place->at.segment, (int64_t)place->octets);
	if (m->id > w->marks.last_id)
		w->marks.last_id = m->id;
	return r < 0 ? r : ledger_keys_add(w->l, m->message_id, m->id);
}

/* ---- records ---- */

static int record_write(struct writer *w, uint8_t kind, struct span front,
                        const struct record_place *place)
{
	struct journal_head head;
	struct record_message m;
	struct record_feedback f;
	struct span packed;
	int r;
	switch (kind) {
	case SEGMENT_MESSAGE:
	case SEGMENT_COPY:
		if ((r = pack_get_span(&front, &packed)) < 0 ||
		    (r = journal_head_unpack(packed, &w->mem, &head)) < 0 ||
		    (r = record_message_unpack(head.message, &w->mem, &m)) < 0)
			return r;
		return message_write(w, &head, &m, place);
	case SEGMENT_CHANGE:
		if ((r = record_feedback_unpack(front, &w->mem, &f)) < 0)
			return r;
		return change(w, &f);
	default: return 0;
	}
}

static int item_write(struct writer *w, const struct ledger_item *item)
{
	struct record_place place = { .at = item->place };
	int r = 0;
	for (size_t at = 0; at < item->octets.n && r >= 0;) {
		const char *header = item->octets.p + at;
		size_t payload = segment_record_payload(header);
		size_t body = at == 0 ? item->body_octets : 0;
		struct span front = { header + SEGMENT_RECORD_HEADER_BYTES, payload - body };
		place.octets = SEGMENT_RECORD_HEADER_BYTES + payload;
		r = record_write(w, segment_record_kind(header), front, &place);
		if (r == ERR_SYNTAX || r == ERR_TOO_LONG) { /* no program of ours wrote it */
			w->skipped++;
			r = 0;
		}
		at += segment_record_octets(payload) - body;
		place.at.offset += segment_record_octets(payload);
	}
	if (item->place.segment)
		w->marks.applied = (struct journal_place){ item->place.segment, item->end };
	return r;
}

static int meta_write(struct writer *w)
{
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_META_SET, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)w->marks.applied.segment);
	sql_bind_int(st, 2, (int64_t)w->marks.applied.offset);
	sql_bind_int(st, 3, (int64_t)w->marks.last_id);
	sql_bind_int(st, 4, (int64_t)w->marks.last_seq);
	return sql_run(st);
}

static int transaction(struct writer *w, struct list *items)
{
	const struct ledger_item *item;
	int r = sql_exec(w->l->db, "BEGIN IMMEDIATE");
	if (r < 0)
		return r;
	LIST_EACH(item, items, link) {
		r = item_write(w, item);
		if (r < 0)
			return r;
	}
	if ((r = rows_write(w)) < 0 || (r = kept_write(w)) < 0 ||
	    (r = ledger_keys_step(w->l)) < 0 || (r = meta_write(w)) < 0)
		return r;
	return sql_exec(w->l->db, "COMMIT");
}

int ledger_write(struct ledger *l, struct list *items)
{
	struct writer w = { .l = l, .mem.cap = WRITER_MEMORY, .marks = l->marks };
	size_t keys = l->keys.n;
	w.end = &w.first;
	int r = transaction(&w, items);
	if (r < 0) {
		sql_rollback(l->db);
	} else {
		l->marks = w.marks;
		l->skipped += w.skipped;
	}
	ledger_keys_end(l, r >= 0, keys);
	map_fini(&w.rows);
	arena_fini(&w.mem);
	return r;
}

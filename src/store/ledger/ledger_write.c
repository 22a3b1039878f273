/* store/ledger/ledger_write.c - one batch of records as one transaction.
 *
 * Replay after a crash takes the same way as what is new.
 */
#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "calls/record_sent.h"
#include "store/ledger/ledger_mail.h"
#include "store/ledger/ledger_places.h"
#include "store/ledger/ledger_rows.h"

enum {
	WRITER_MEMORY = 1 << 30,
	FINDINGS_JSON_MAX = 8 * RECORD_FINDINGS_BYTES_MAX, /* each octet escaped, and the keys */
};

struct writer {
	struct ledger *l;
	struct arena mem;
	struct ledger_rows rows;
	struct ledger_places places;
	struct ledger_mail mail;
	struct ledger_marks marks;
	uint64_t skipped;
};

static int statement(struct writer *w, enum ledger_statement which, sqlite3_stmt **st)
{
	return ledger_statement(w->l->db, w->l->st, which, st);
}

static int change(struct writer *w, const struct record_change *f)
{
	if (f->seq > w->marks.last_seq)
		w->marks.last_seq = f->seq;
	return ledger_rows_change(&w->rows, f);
}

/* ---- messages ---- */

static int recipients_write(struct writer *w, const struct record_message *m, uint64_t seq)
{
	int r = 0;
	for (uint32_t i = 0; i < m->n_recipients && r >= 0; i++) {
		struct record_change f;
		record_first_change(m, i, seq, &f);
		r = ledger_rows_fresh(&w->rows, m->id, i, &m->recipients[i]);
		if (r >= 0)
			r = change(w, &f);
		if (r >= 0 && m->recipients[i].account.n)
			r = ledger_mail_delivered(&w->mail, m, i);
	}
	return r;
}

static struct span item_of(const struct record_message *m, uint16_t kind)
{
	const struct record_item *item = record_item_find(m->items, m->n_items, kind);

	return item ? item->octets : (struct span){ 0 };
}

/* What the defence found, as JSON; empty where nobody looked. */
static int defence_put(struct writer *w, const struct record_message *m, struct buf *out)
{
	struct span octets = item_of(m, RECORD_ITEM_VERDICTS);
	struct record_findings f;
	int r = octets.n ? record_findings_unpack(octets, &w->mem, &f) : 0;

	if (octets.n && r >= 0)
		record_findings_json(&f, &JSON(out));
	return r < 0 ? r : out->err;
}

/* By its sender's own name of it. */
static int handed_in_put(struct writer *w, const struct record_message *m)
{
	struct span octets = item_of(m, RECORD_ITEM_IDEMPOTENCY_KEY);
	struct record_once once;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = octets.n ? record_once_unpack(octets, NULL, &once) : 0;

	if (!octets.n || r < 0)
		return r;
	r = statement(w, LEDGER_HANDED_IN_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, m->login);
	sql_bind_text(st, 2, once.key);
	sql_bind_text(st, 3, once.digest);
	sql_bind_id(st, 4, m->id, &id);
	sql_bind_int(st, 5, m->time_ms);
	return sql_run(st);
}

static void message_bind(sqlite3_stmt *st, const struct record_message *m,
                         const struct record_place *place, struct span defence,
                         const struct record_tags *tags, int64_t send_at_ms)
{
	sql_bind_int(st, 2, m->time_ms);
	sql_bind_text(st, 3, m->return_path);
	sql_bind_text_opt(st, 4, m->login);
	sql_bind_text_opt(st, 5, m->client_address);
	sql_bind_text_opt(st, 6, m->helo);
	sql_bind_text_opt(st, 7, m->protocol);
	sql_bind_text_opt(st, 8, m->message_id);
	sql_bind_text_opt(st, 9, m->subject);
	sql_bind_int(st, 10, m->body_8bit);
	sql_bind_int(st, 11, m->smtputf8);
	sql_bind_int(st, 12, (int64_t)m->size_bytes);
	sql_bind_int(st, 13, (int64_t)m->n_recipients);
	sql_bind_int(st, 14, (int64_t)place->at.segment);
	sql_bind_text_opt(st, 15, defence);
	sql_bind_text_opt(st, 16, tags->tags);
	sql_bind_text_opt(st, 17, tags->metadata);
	sql_bind_int_opt(st, 18, send_at_ms);
}

/* 1: the table has it now and had not before. */
static int message_insert(struct writer *w, const struct record_message *m,
                          const struct record_place *place)
{
	struct span given = item_of(m, RECORD_ITEM_TAGS);
	AUTO_BUF defence = BUF(FINDINGS_JSON_MAX);
	struct record_tags tags = { 0 };
	struct sql_id id;
	sqlite3_stmt *st;
	int r = defence_put(w, m, &defence);
	if (r >= 0 && given.n)
		r = record_tags_unpack(given, NULL, &tags);
	if (r >= 0)
		r = statement(w, LEDGER_MESSAGE_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, m->id, &id);
	message_bind(st, m, place, buf_span(&defence), &tags, record_send_at_get(m));
	r = sql_run(st);
	if (r < 0 || !sqlite3_changes(w->l->db))
		return r;
	r = handed_in_put(w, m);
	return r < 0 ? r : 1;
}

static int message_move(struct writer *w, uint64_t message, const struct record_place *to)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_MESSAGE_MOVE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	sql_bind_int(st, 2, (int64_t)to->at.segment);
	r = sql_run(st);
	return r < 0 ? r : ledger_places_move(&w->places, message, to);
}

/* A ledger that is made anew meets a copy before the message: what the copy does not know yet may
 * stand before it in the journal. */
static int changes_recall(struct writer *w, uint64_t message)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = statement(w, LEDGER_CHANGES_OF, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		struct record_change f = { .message = message,
			                   .seq = (uint64_t)sql_column_int(st, 0),
			                   .recipient = (uint32_t)sql_column_int(st, 1),
			                   .time_ms = sql_column_int(st, 2),
			                   .attempt = (uint32_t)sql_column_int(st, 3),
			                   .next_try_ms = sql_column_int(st, 5),
			                   .route = sql_column_text(st, 6, &w->mem, &r) };
		if (r >= 0 && recipient_state_from_name(sql_column_view(st, 4), &f.state) == 0)
			r = ledger_rows_recall(&w->rows, &f);
	}
	sql_reset(st);
	return r;
}

static int message_new(struct writer *w, const struct journal_head *head,
                       const struct record_message *m, const struct record_place *place)
{
	int r = ledger_places_fresh(&w->places, m, place);
	if (r >= 0)
		r = recipients_write(w, m, head->seq);
	for (size_t i = 0; i < head->n_states && r >= 0; i++)
		r = change(w, &head->states[i]);
	return r;
}

static int message_write(struct writer *w, uint8_t kind, const struct journal_head *head,
                         const struct record_message *m, const struct record_place *place)
{
	int r = message_insert(w, m, place);
	if (r == 0) /* known: a copy */
		return message_move(w, m->id, place);
	if (r > 0)
		r = message_new(w, head, m, place);
	if (r >= 0 && kind == SEGMENT_COPY)
		r = changes_recall(w, m->id);
	if (m->id > w->marks.last_id)
		w->marks.last_id = m->id;
	return r < 0 ? r : ledger_keys_add(w->l, m->message_id, m->id);
}

/* Written when the ledger had it; one that is made anew may not have it. */
static int restate(struct writer *w, const struct record_change *f)
{
	struct sql_id id;
	sqlite3_stmt *st;
	if (!w->l->starting)
		return 0;
	int r = statement(w, LEDGER_MESSAGE_KNOWN, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, f->message, &id);
	r = sql_step(st);
	sql_reset(st);
	return r == 1 ? change(w, f) : r;
}

/* ---- records ---- */

static int record_write(struct writer *w, uint8_t kind, struct span front,
                        const struct record_place *place)
{
	struct journal_head head;
	struct record_message m;
	struct record_change f;
	struct span packed;
	int r;
	switch (kind) {
	case SEGMENT_MESSAGE:
	case SEGMENT_COPY:
		if ((r = pack_get_span(&front, &packed)) < 0 ||
		    (r = journal_head_unpack(packed, &w->mem, &head)) < 0 ||
		    (r = record_message_unpack(head.message, &w->mem, &m)) < 0)
			return r;
		return message_write(w, kind, &head, &m, place);
	case SEGMENT_CHANGE:
		if ((r = record_change_unpack(front, &w->mem, &f)) < 0)
			return r;
		return change(w, &f);
	case SEGMENT_RESTATE:
		if ((r = record_change_unpack(front, &w->mem, &f)) < 0)
			return r;
		return restate(w, &f);
	case SEGMENT_MAILBOX:
	case SEGMENT_ENTRIES:
	case SEGMENT_FLAGS:
	case SEGMENT_EXPUNGE:
	case SEGMENT_REBUILT: return ledger_mail_record(&w->mail, kind, front);
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
		size_t content = at == 0 ? item->content_octets : 0;
		struct span front = { header + SEGMENT_RECORD_HEADER_BYTES, payload - content };
		place.octets = SEGMENT_RECORD_HEADER_BYTES + payload;
		r = record_write(w, segment_record_kind(header), front, &place);
		if (r == ERR_SYNTAX || r == ERR_TOO_LONG) { /* no program of ours wrote it */
			w->skipped++;
			r = 0;
		}
		at += segment_record_octets(payload) - content;
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
	if ((r = ledger_rows_write(&w->rows)) < 0 || (r = ledger_places_write(&w->places)) < 0 ||
	    (r = ledger_mail_write(&w->mail)) < 0 || (r = ledger_keys_step(w->l)) < 0 ||
	    (r = meta_write(w)) < 0 || (r = ledger_grow(w->l)) < 0)
		return r;
	return sql_exec(w->l->db, "COMMIT");
}

int ledger_write(struct ledger *l, struct list *items)
{
	struct writer w = { .l = l, .mem.cap = WRITER_MEMORY, .marks = l->marks };
	size_t keys = l->keys.n;
	buf_reset(&l->freed.alive);
	buf_reset(&l->freed.blobs);
	ledger_places_init(&w.places, l, &w.mem);
	ledger_rows_init(&w.rows, l, &w.places, &w.mem);
	ledger_mail_init(&w.mail, l, &w.places, &w.mem);
	int r = transaction(&w, items);
	if (r < 0) {
		sql_rollback(l->db);
	} else {
		l->marks = w.marks;
		l->skipped += w.skipped;
	}
	ledger_keys_end(l, r >= 0, keys);
	ledger_mail_fini(&w.mail);
	ledger_rows_fini(&w.rows);
	ledger_places_fini(&w.places);
	arena_fini(&w.mem);
	return r;
}

/* store/query.c - what the ledger tells of messages: status, history, one message, counts. */
#include "store/ledger/ledger_change.h"
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"

struct query {
	uint64_t message, seq;
	uint32_t recipient;
	struct span message_id;
	size_t max;
	struct arena *mem;
	enum ledger_statement which;
	void *out; /* rows */
	size_t n, room;
};

/* Room for one more row of `size` octets. */
static void *row_add(struct query *q, size_t size)
{
	if (q->n == q->room) {
		size_t room = q->room ? 4 * q->room : 16;
		if (room > q->max)
			room = q->max;
		char *more = arena_alloc_array(q->mem, room, size);
		if (!more)
			return NULL;
		if (q->n)
			memcpy(more, q->out, q->n * size);
		q->out = more;
		q->room = room;
	}
	return (char *)q->out + q->n++ * size;
}

static int row_no_memory(sqlite3_stmt *st)
{
	sql_reset(st);
	return err(ERR_NO_MEMORY, "no memory for the answer");
}

/* ---- changes ---- */

static int change_row(struct query *q, sqlite3_stmt *st)
{
	struct record_change *f = row_add(q, sizeof *f);
	return f && ledger_change_read(st, q->mem, f) >= 0 ? 0 : row_no_memory(st);
}

static int change_run(struct ledger_reader *reader, void *arg)
{
	struct query *q = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, q->which, &st);
	if (r < 0)
		return r;
	if (q->which == LEDGER_STATUS || q->which == LEDGER_REPORTS) {
		sql_bind_id(st, 1, q->message, &id);
		sql_bind_int(st, 2, q->recipient);
		sql_bind_int(st, 3, (int64_t)q->max);
	} else {
		sql_bind_int(st, 1, q->seq < INT64_MAX ? (int64_t)q->seq : INT64_MAX);
		sql_bind_int(st, 2, (int64_t)q->max);
		if (q->message)
			sql_bind_id(st, 3, q->message, &id);
	}
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = change_row(q, st);
	return r;
}

static WAITS int changes(struct store *sp, struct query *q, struct record_change **out, size_t *n)
{
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, change_run, q);
	if (r < 0)
		return r;
	*out = q->out;
	*n = q->n;
	return 0;
}

WAITS int store_status(struct store *sp, uint64_t message, uint32_t from, size_t max,
                       struct arena *mem, struct record_change **out, size_t *n)
{
	struct query q = { .message = message,
		           .recipient = from,
		           .max = max,
		           .mem = mem,
		           .which = LEDGER_STATUS };
	int r = changes(sp, &q, out, n);
	if (r >= 0 && q.n == 0)
		return err(ERR_NOT_FOUND, "no message here has this id");
	return r;
}

WAITS int store_reports(struct store *sp, uint64_t message, size_t max, struct arena *mem,
                        struct record_change **out, size_t *n)
{
	struct query q = { .message = message, .max = max, .mem = mem, .which = LEDGER_REPORTS };
	return changes(sp, &q, out, n);
}

WAITS int store_history(struct store *sp, uint64_t after_seq, uint64_t message, size_t max,
                        struct arena *mem, struct record_change **out, size_t *n)
{
	struct query q = { .message = message,
		           .seq = after_seq,
		           .max = max,
		           .mem = mem,
		           .which = message ? LEDGER_HISTORY_OF : LEDGER_HISTORY };
	return changes(sp, &q, out, n);
}

/* Of the first change with a number above `after`: 1; 0: there is none. */
static int change_behind(struct ledger_reader *reader, uint64_t after, uint64_t *seq,
                         int64_t *time_ms)
{
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_CHANGE_BEHIND, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)after);
	r = sql_step(st);
	if (r == 1) {
		*seq = (uint64_t)sql_column_int(st, 0);
		*time_ms = sql_column_int(st, 1);
	}
	sql_reset(st);
	return r;
}

struct before_query {
	int64_t time_ms;
	uint64_t to, seq;
};

/* Numbers rise with time. */
static int before_run(struct ledger_reader *reader, void *arg)
{
	struct before_query *q = arg;
	uint64_t from = 0, to = q->to, seq = 0;
	int64_t time_ms = 0;
	int r = 0;

	while (r >= 0 && from < to) {
		uint64_t middle = from + (to - from) / 2;

		r = change_behind(reader, middle, &seq, &time_ms);
		if (r == 1 && time_ms < q->time_ms)
			from = seq;
		else
			to = middle;
	}
	q->seq = from;
	return r < 0 ? r : 0;
}

WAITS int store_seq_before(struct store *sp, int64_t time_ms, uint64_t *out)
{
	struct before_query q = { .time_ms = time_ms, .to = sp->last_seq };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, before_run, &q); /* WAITS */

	if (r >= 0)
		*out = q.seq;
	return r < 0 ? r : 0;
}

/* ---- one message ---- */

static int recipient_row(struct query *q, sqlite3_stmt *st)
{
	struct record_recipient *to = row_add(q, sizeof *to);
	if (!to)
		return row_no_memory(st);
	int r = 0;
	*to = (struct record_recipient){
		.address = sql_column_text(st, 1, q->mem, &r),
		.domain = sql_column_text(st, 2, q->mem, &r),
		.account = sql_column_text(st, 3, q->mem, &r),
		.uid = (uint32_t)sql_column_int(st, 4),
	};
	return r < 0 ? row_no_memory(st) : 0;
}

/* A row of MESSAGE_GET or MESSAGES_OF. */
static int message_row(const struct query *q, sqlite3_stmt *st, struct record_message *m)
{
	int r = 0;
	*m = (struct record_message){
		.time_ms = sql_column_int(st, 1),
		.return_path = sql_column_text(st, 2, q->mem, &r),
		.login = sql_column_text(st, 3, q->mem, &r),
		.client_address = sql_column_text(st, 4, q->mem, &r),
		.helo = sql_column_text(st, 5, q->mem, &r),
		.protocol = sql_column_text(st, 6, q->mem, &r),
		.message_id = sql_column_text(st, 7, q->mem, &r),
		.subject = sql_column_text(st, 8, q->mem, &r),
		.body_8bit = sql_column_int(st, 9) != 0,
		.smtputf8 = sql_column_int(st, 10) != 0,
		.size_bytes = (uint64_t)sql_column_int(st, 11),
	};
	return r < 0 ? r : id_parse(sql_column_view(st, 0), &m->id);
}

struct message_query {
	struct query recipients;
	struct record_message m;
};

static int message_run(struct ledger_reader *reader, void *arg)
{
	struct message_query *mq = arg;
	struct query *q = &mq->recipients;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MESSAGE_GET, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, q->message, &id);
	r = sql_step(st);
	if (r <= 0)
		return r < 0 ? r : err(ERR_NOT_FOUND, "no message here has this id");
	r = message_row(q, st, &mq->m);
	sql_reset(st);
	if (r >= 0)
		r = ledger_statement(reader->db, reader->st, LEDGER_RECIPIENTS_GET, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, q->message, &id);
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = recipient_row(q, st);
	return r;
}

WAITS int store_message(struct store *sp, uint64_t id, struct arena *mem,
                        struct record_message *out)
{
	struct message_query mq = { .recipients = {
		                            .message = id, .max = PACK_LIST_MAX, .mem = mem } };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, message_run, &mq);
	if (r < 0)
		return r;
	mq.m.recipients = mq.recipients.out;
	mq.m.n_recipients = mq.recipients.n;
	*out = mq.m;
	return 0;
}

struct sent_query {
	struct query messages;
	const struct store_sent *which;
	struct buf states;
};

static void sent_bind(sqlite3_stmt *st, const struct sent_query *sq, struct sql_id *before)
{
	const struct store_sent *w = sq->which;

	sql_bind_text(st, 1, w->login);
	sql_bind_id(st, 2, w->before ? w->before : UINT64_MAX, before);
	sql_bind_int(st, 3, w->since_ms);
	sql_bind_text_opt(st, 4, w->recipient);
	sql_bind_text_opt(st, 5, buf_span(&sq->states));
	sql_bind_int(st, 6, (int64_t)w->max);
	sql_bind_text_opt(st, 7, w->tag);
}

static int sent_run(struct ledger_reader *reader, void *arg)
{
	struct sent_query *sq = arg;
	struct sql_id before;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MESSAGES_OF, &st);

	if (r < 0)
		return r;
	sent_bind(st, sq, &before);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		struct record_message *m = row_add(&sq->messages, sizeof *m);
		r = m ? message_row(&sq->messages, st, m) : ERR_NO_MEMORY;
	}
	sql_reset(st);
	return r;
}

WAITS int store_sent(struct store *sp, const struct store_sent *which, struct arena *mem,
                     struct record_message **out, size_t *n)
{
	struct sent_query sq = { .messages = { .max = which->max, .mem = mem },
		                 .which = which,
		                 .states = BUF(256) };

	for (uint8_t i = 0; which->states && i <= RECIPIENT_HELD; i++)
		if (which->states & 1u << i)
			buf_printf(&sq.states, "%s%s|", sq.states.n ? "" : "|",
			           recipient_state_name(i));
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, sent_run, &sq); /* WAITS */
	buf_fini(&sq.states);
	if (r < 0)
		return r;
	*out = sq.messages.out;
	*n = sq.messages.n;
	return 0;
}

static int login_run(struct ledger_reader *reader, void *arg)
{
	struct query *q = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_LOGIN_GET, &st), fault = 0;

	if (r < 0)
		return r;
	sql_bind_id(st, 1, q->message, &id);
	r = sql_step(st);
	if (r == 1)
		q->message_id = sql_column_text(st, 0, q->mem, &fault);
	sql_reset(st);
	if (r == 0)
		return err(ERR_NOT_FOUND, "no message here has this id");
	return r < 0 ? r : fault;
}

WAITS int store_login(struct store *sp, uint64_t id, struct arena *mem, struct span *out)
{
	struct query q = { .message = id, .mem = mem };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, login_run, &q); /* WAITS */

	if (r >= 0)
		*out = q.message_id;
	return r < 0 ? r : 0;
}

struct tags_query {
	struct query q;
	struct span *tags, *metadata;
};

static int tags_run(struct ledger_reader *reader, void *arg)
{
	struct tags_query *tq = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_TAGS_GET, &st), fault = 0;

	if (r < 0)
		return r;
	sql_bind_id(st, 1, tq->q.message, &id);
	r = sql_step(st);
	if (r == 1) {
		*tq->tags = sql_column_text(st, 0, tq->q.mem, &fault);
		*tq->metadata = sql_column_text(st, 1, tq->q.mem, &fault);
	}
	sql_reset(st);
	return r < 0 ? r : fault;
}

WAITS int store_tags(struct store *sp, uint64_t id, struct arena *mem, struct span *tags,
                     struct span *metadata)
{
	struct tags_query tq = { { .message = id, .mem = mem }, tags, metadata };

	*tags = *metadata = (struct span){ 0 };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, tags_run, &tq); /* WAITS */
	return r < 0 ? r : 0;
}

struct handed_in_query {
	struct query q;
	struct span login, key, *digest;
	int64_t since_ms;
};

static int handed_in_run(struct ledger_reader *reader, void *arg)
{
	struct handed_in_query *hq = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_HANDED_IN_GET, &st), fault = 0;

	if (r < 0)
		return r;
	sql_bind_text(st, 1, hq->login);
	sql_bind_text(st, 2, hq->key);
	sql_bind_int(st, 3, hq->since_ms);
	r = sql_step(st);
	if (r == 1) {
		*hq->digest = sql_column_text(st, 0, hq->q.mem, &fault);
		hq->q.message = sql_column_id(st, 1);
	}
	sql_reset(st);
	if (r == 0)
		return err(ERR_NOT_FOUND, "no message was handed in by this name");
	return r < 0 ? r : fault;
}

WAITS int store_handed_in(struct store *sp, struct span login, struct span key, int64_t since_ms,
                          struct arena *mem, uint64_t *id, struct span *digest)
{
	struct handed_in_query hq = { { .mem = mem }, login, key, digest, since_ms };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, handed_in_run, &hq); /* WAITS */

	if (r >= 0)
		*id = hq.q.message;
	return r < 0 ? r : 0;
}

static int followed_row(struct query *q, sqlite3_stmt *st)
{
	struct store_followed *f = row_add(q, sizeof *f);
	int r = 0;

	if (!f)
		return row_no_memory(st);
	*f = (struct store_followed){ .recipient = (uint32_t)sql_column_int(st, 0),
		                      .step = sql_column_text(st, 1, q->mem, &r),
		                      .action = sql_column_text(st, 2, q->mem, &r),
		                      .account = sql_column_text(st, 3, q->mem, &r) };
	return r < 0 ? row_no_memory(st) : 0;
}

struct defence_query {
	struct query followed;
	struct span findings;
};

static int defence_run(struct ledger_reader *reader, void *arg)
{
	struct defence_query *dq = arg;
	struct query *q = &dq->followed;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_DEFENCE_GET, &st), fault = 0;

	if (r < 0)
		return r;
	sql_bind_id(st, 1, q->message, &id);
	r = sql_step(st);
	if (r == 1)
		dq->findings = sql_column_text(st, 0, q->mem, &fault);
	sql_reset(st);
	if (r >= 0)
		r = fault < 0 ? fault
		              : ledger_statement(reader->db, reader->st, LEDGER_FOLLOWED, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, q->message, &id);
	sql_bind_int(st, 2, (int64_t)q->max);
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = followed_row(q, st);
	return r;
}

WAITS int store_defence(struct store *sp, uint64_t id, size_t max, struct arena *mem,
                        struct store_defence *out)
{
	struct defence_query dq = { .followed = { .message = id, .max = max, .mem = mem } };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, defence_run, &dq); /* WAITS */

	if (r < 0)
		return r;
	*out = (struct store_defence){ dq.findings, dq.followed.out, dq.followed.n };
	return 0;
}

static int find_run(struct ledger_reader *reader, void *arg)
{
	struct query *q = arg;
	return ledger_keys_find(reader, q->message_id, &q->message);
}

WAITS int store_find(struct store *sp, struct span message_id, uint64_t *id)
{
	struct query q = { .message_id = message_id };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, find_run, &q);
	if (r >= 0)
		*id = q.message;
	return r < 0 ? r : 0;
}

/* ---- counts ---- */

struct undecided {
	uint64_t *by_state;
	struct arena mem;
};

static int undecided_run(struct ledger_reader *reader, void *arg)
{
	struct undecided *u = arg;
	sqlite3_stmt *st;
	uint8_t state;
	int r = ledger_statement(reader->db, reader->st, LEDGER_COUNT_UNDECIDED, &st);

	while (r >= 0 && (r = sql_step(st)) == 1) {
		int fault = 0;
		struct span name = sql_column_text(st, 0, &u->mem, &fault);
		if (fault == 0 && recipient_state_from_name(name, &state) == 0)
			u->by_state[state] = (uint64_t)sql_column_int(st, 1);
	}
	return r;
}

WAITS int store_undecided(struct store *sp, uint64_t by_state[RECIPIENT_HELD + 1])
{
	struct undecided u = { .by_state = by_state };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, undecided_run, &u); /* WAITS */

	arena_fini(&u.mem);
	return r < 0 ? r : 0;
}

uint64_t store_seq(const struct store *sp)
{
	return sp->last_seq;
}

void store_follow(struct store *sp, struct store_follower *who)
{
	list_push_back(&sp->followers, &who->link);
}

void store_unfollow(struct store_follower *who)
{
	list_remove(&who->link);
}

void store_space(const struct store *sp, struct store_space *out)
{
	*out = (struct store_space){ .held = journal_spare_octets(sp->journal) };
	for (size_t i = 0; i < sp->segments.n; i++) {
		const struct store_segment *s = &sp->segments.v[i];
		out->held += s->size;
		out->needed += s->alive + s->notes;
	}
}

void store_counts(const struct store *sp, struct store_counts *out)
{
	struct journal_counts j = journal_counts(sp->journal);
	*out = (struct store_counts){
		.messages = sp->n_messages,
		.changes = sp->n_changes,
		.syncs = j.syncs,
		.bytes_written = j.bytes_written,
		.batches = j.batches,
		.segments = j.segments,
		.ledger_batches = ledger_counts(sp->ledger).batches,
	};
}

/* store/mail/read.c - the content of an entry, and what the ledger knows of it. */
#include "store/ledger/ledger_impl.h"
#include "store/read_impl.h"

/* What stands in front of the content is read first: it says where all begins. */
static int entry_read(struct read_job *j, int fd)
{
	struct store_entry_read *e = j->arg;
	AUTO_ARENA mem = { 0 };
	struct read_front_of front;
	struct span own = { 0 };
	int r = read_front(j, fd, &front);
	if (r >= 0 && e->recipient != BOX_NO_RECIPIENT)
		r = read_prefix(j, fd, &front, &mem, &own);
	if (r < 0)
		return r;
	e->header_bytes = own.n + front.prefix + front.header;
	if (e->header && e->max > e->header_bytes)
		e->max = (size_t)e->header_bytes;
	struct span part = span_sub(own, e->offset < own.n ? (size_t)e->offset : own.n, e->max);
	r = buf_put(e->out, part);
	j->offset = e->offset > own.n ? e->offset - own.n : 0;
	j->max = e->max - part.n;
	return r < 0 || !j->max ? r : read_content(j, fd);
}

WAITS int store_mail_read(struct store *sp, struct store_entry_read *e)
{
	struct read_job j = { .sp = sp,
		              .id = e->message,
		              .read = entry_read,
		              .out = e->out,
		              .recipient = e->recipient,
		              .arg = e };
	return read_run(&j);
}

/* ---- several ---- */

static void front_run(struct ledger_reader *reader, struct store *sp, const struct store_fronts *f,
                      struct store_front *front)
{
	struct store_entry_read e = { .message = front->message,
		                      .recipient = front->recipient,
		                      .max = f->max,
		                      .header = f->header,
		                      .out = f->out };
	struct read_job j = { .sp = sp,
		              .id = front->message,
		              .read = entry_read,
		              .out = f->out,
		              .recipient = front->recipient,
		              .file = -1,
		              .arg = &e };
	front->at = f->out->n;
	front->read = read_try(reader, &j) >= 0;
	if (!front->read)
		f->out->n = front->at;
	front->n = f->out->n - front->at;
	front->header_bytes = e.header_bytes;
	front->segment = j.place.at.segment;
}

struct fronts_job {
	struct store *sp;
	struct store_fronts *f;
};

static int fronts_run(struct ledger_reader *reader, void *arg)
{
	const struct fronts_job *j = arg;
	struct store_fronts *f = j->f;
	for (f->done = 0; f->done < f->n && f->out->n < f->enough; f->done++)
		front_run(reader, j->sp, f, &f->fronts[f->done]);
	return 0;
}

WAITS int store_mail_fronts(struct store *sp, struct store_fronts *f)
{
	struct fronts_job j = { sp, f };
	int r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, false, fronts_run, &j); /* WAITS */
	for (size_t i = 0; r >= 0 && i < f->done; i++)
		f->fronts[i].read &= read_was_there(sp, f->fronts[i].segment);
	return r;
}

/* ---- what the ledger knows ---- */

struct about {
	struct span account;
	const struct box_entry *entries;
	size_t n;
	struct arena *mem;
	struct store_entry_about *out;
};

static int about_one(sqlite3_stmt *st, const struct about *q, size_t i)
{
	const struct box_row *row = &q->entries[i].row;
	struct sql_id id;
	sql_bind_id(st, 1, row->message, &id);
	sql_bind_text(st, 2, q->account);
	sql_bind_int(st, 3, row->uid);
	int r = sql_step(st);
	if (r != 1)
		return r;
	r = 0;
	q->out[i] = (struct store_entry_about){ .return_path = sql_column_text(st, 0, q->mem, &r),
		                                .subject = sql_column_text(st, 1, q->mem, &r),
		                                .recipient = sql_column_text(st, 2, q->mem, &r) };
	sql_reset(st);
	return r;
}

static int about_run(struct ledger_reader *reader, void *arg)
{
	const struct about *q = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_ENTRY_ABOUT, &st);
	for (size_t i = 0; i < q->n && r >= 0; i++) {
		q->out[i] = (struct store_entry_about){ 0 };
		r = about_one(st, q, i);
	}
	return r;
}

WAITS int store_mail_about(struct store *sp, struct span account, const struct box_entry *entries,
                           size_t n, struct arena *mem, struct store_entry_about *out)
{
	struct about q = { account, entries, n, mem, out };
	return ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, about_run, &q);
}

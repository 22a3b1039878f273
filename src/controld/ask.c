/* controld/ask.c - what became of a message: changes, status, mailbox, text. */
#include "controld/quarantined.h"
#include "controld/queue.h"

#include "base/base64.h"
#include "calls/mailbox_records.h"
#include "calls/text.h"
#include "calls/ticket.h"
#include "change/change.h"
#include "wire/message/words.h"

enum { LINE_MAX = 1 << 20, ROWS_MAX = 500, RECORD_MAX = 64 << 10, PIECE_BYTES = 64 << 10 };

static void begin_ok(struct json *j)
{
	json_begin_object(j);
	json_member_bool(j, "ok", true);
}

static WAITS int end_ok(struct controld_session *s, struct json *j)
{
	json_end_object(j);
	return controld_put_line(s, j->out);
}

static WAITS int put_records(struct controld_session *s, const struct record_change *records,
                             size_t n)
{
	AUTO_BUF line = BUF(RECORD_MAX);

	for (size_t i = 0; i < n; i++) {
		buf_reset(&line);
		int r = change_json(&records[i], &line);
		if (r >= 0)
			r = controld_put_line(s, &line);
		if (r < 0)
			return ERR_CLOSED;
	}
	return 0;
}

WAITS int controld_changes(struct controld_session *s, json_t *request)
{
	struct queue_changes_args a = {
		.after = (uint64_t)controld_number(request, "after", -1),
		.max = ROWS_MAX,
		.wait_ms = (uint32_t)controld_number(request, "wait", 0),
	};
	struct queue_changes_reply got;
	int r = 0;

	if (json_object_get(request, "message"))
		r = controld_message(s, request, &a.message);
	if (r >= 0)
		r = queue_changes(&a, &s->mem, &got);
	if (r < 0)
		return r;
	r = put_records(s, got.records, got.n_records);
	if (r < 0)
		return r;
	AUTO_BUF line = BUF(1024);
	struct json j = JSON(&line);
	begin_ok(&j);
	json_member_int(&j, "seq", (int64_t)got.seq);
	return end_ok(s, &j);
}

static void put_message(struct json *j, const struct record_message *m)
{
	json_key(j, "message");
	json_begin_object(j);
	json_member_id(j, "id", m->id);
	json_member_time(j, "accepted", m->time_ms);
	json_member_span(j, "return_path", m->return_path);
	json_member_span(j, "login", m->login);
	json_member_span(j, "client_address", m->client_address);
	json_member_span(j, "helo", m->helo);
	json_member_span(j, "protocol", m->protocol);
	json_member_span(j, "message_id", m->message_id);
	message_words_member(j, "subject", m->subject);
	json_member_int(j, "size_bytes", (int64_t)m->size_bytes);
	json_end_object(j);
}

void controld_put_defence(struct json *j, const struct queue_status_reply *got)
{
	json_key(j, "defence");
	json_value(j, got->findings.n ? got->findings : SPAN("[]"));
	json_key(j, "followed");
	json_begin_array(j);
	for (size_t i = 0; i < got->n_followed; i++) {
		json_begin_object(j);
		json_member_int(j, "recipient", got->followed[i].recipient);
		json_member_span(j, "step", got->followed[i].step);
		json_member_span(j, "action", got->followed[i].action);
		json_end_object(j);
	}
	json_end_array(j);
}

static int put_reports(struct json *j, const struct queue_status_reply *got)
{
	AUTO_BUF record = BUF(RECORD_MAX);
	int r = 0;

	json_key(j, "reports");
	json_begin_array(j);
	for (size_t i = 0; r >= 0 && i < got->n_reports; i++) {
		buf_reset(&record);
		r = change_json(&got->reports[i], &record);
		json_value(j, buf_span(&record));
	}
	json_end_array(j);
	return r;
}

static WAITS int find(struct controld_session *s, json_t *request, struct queue_status_args *a,
                      struct queue_status_reply *out)
{
	int r = controld_message(s, request, &a->id);

	if (r >= 0)
		r = queue_status(a, &s->mem, out);
	return r >= 0 && !out->n_message ? ERR_NOT_FOUND : r;
}

/* One that still lies there: "quarantine" has what `postrider quarantine` calls it. */
static WAITS int put_quarantined(const struct quarantined *q, UNUSED struct arena *mem, void *arg)
{
	struct json *j = arg;
	char id[ID_TEXT_LEN + 1];
	AUTO_BUF name = BUF(64);

	id_print(q->message, id);
	buf_printf(&name, "%s.%u", id, q->recipient);
	json_begin_object(j);
	json_member_int(j, "recipient", q->recipient);
	json_member_span(j, "id", buf_span(&name));
	json_member_span(j, "account", q->account);
	json_end_object(j);
	return 0;
}

/* Refused mail goes there as well, where others' settings take it. */
static bool puts_aside(const struct queue_followed *f)
{
	return span_eq(f->action, SPAN("quarantine")) || span_eq(f->action, SPAN("reject"));
}

/* Looked for only if somebody's was put there; left out where that cannot be known now. */
static WAITS void put_where(struct controld_session *s, const struct queue_status_reply *got,
                            struct json *j)
{
	struct quarantined_which which = { .message = got->message->id, .recipient = -1 };
	AUTO_BUF rows = BUF(LINE_MAX);
	struct json inner = JSON(&rows);
	bool more;
	size_t i = 0;

	while (i < got->n_followed && !puts_aside(&got->followed[i]))
		i++;
	if (i == got->n_followed)
		return;
	json_begin_array(&inner);
	int r = quarantined_each(s, &which, put_quarantined, &inner, &more); /* WAITS */
	json_end_array(&inner);
	if (r < 0 || rows.err)
		return;
	json_key(j, "quarantine");
	json_value(j, buf_span(&rows));
}

/* Of its recipients those from a->from on, at most so many (0: all); 1: there are more. */
static WAITS int put_recipients(struct controld_session *s, struct queue_status_args *a,
                                struct queue_status_reply *got, int64_t limit)
{
	int64_t n = 0;
	int r = 0;

	while (r >= 0) {
		size_t most = limit && limit - n < (int64_t)got->n_recipients ? (size_t)(limit - n)
		                                                              : got->n_recipients;
		r = put_records(s, got->recipients, most); /* WAITS */
		n += (int64_t)most;
		a->from += (uint32_t)most;
		if (r >= 0 && most < got->n_recipients)
			return 1;
		arena_reset(&s->mem);
		if (r >= 0)
			r = queue_status(a, &s->mem, got); /* WAITS */
	}
	return r;
}

static int read_page(json_t *request, uint32_t *from, int64_t *limit)
{
	struct span after = controld_string(request, "after");
	uint64_t n = 0;
	int r = controld_limit(request, limit);

	if (r >= 0 && after.n && span_to_u64(after, UINT32_MAX, &n) < 0)
		r = err(ERR_SYNTAX, "after: %.*s is no number of a recipient", SPAN_ARG(after));
	*from = (uint32_t)n;
	return r;
}

WAITS int controld_status(struct controld_session *s, json_t *request)
{
	struct queue_status_args a = { 0 };
	struct queue_status_reply got;
	AUTO_BUF line = BUF(LINE_MAX), next = BUF(16);
	struct json j = JSON(&line);
	int64_t limit;
	uint32_t from;
	int r = read_page(request, &from, &limit);

	if (r >= 0)
		r = find(s, request, &a, &got); /* WAITS */
	if (r < 0)
		return r;
	begin_ok(&j);
	put_message(&j, &got.message[0]);
	controld_put_defence(&j, &got);
	r = put_reports(&j, &got);
	put_where(s, &got, &j); /* WAITS */
	a.from = from;
	if (from)
		r = queue_status(&a, &s->mem, &got); /* WAITS */
	if (r >= 0)
		r = put_recipients(s, &a, &got, limit); /* WAITS */
	r = r == ERR_NOT_FOUND ? 0 : r;
	if (r > 0)
		buf_printf(&next, "%u", a.from);
	json_member_span(&j, "next", buf_span(&next));
	return r < 0 ? r : end_ok(s, &j); /* WAITS */
}

static void put_mailbox_row(struct json *j, const struct queue_mailbox_row *row)
{
	json_begin_object(j);
	json_member_int(j, "uid", row->uid);
	json_member_id(j, "message", row->message);
	json_member_time(j, "received", row->received_ms);
	json_member_int(j, "size_bytes", (int64_t)row->size_bytes);
	json_member_span(j, "return_path", row->return_path);
	json_member_span(j, "recipient", row->recipient);
	json_member_span(j, "subject", row->subject);
	json_end_object(j);
}

WAITS int controld_mailbox(struct controld_session *s, json_t *request)
{
	struct queue_mailbox_args a = {
		.mailbox = controld_string(request, "mailbox"),
		.uid = (uint32_t)controld_number(request, "uid", 0),
		.after = (uint32_t)controld_number(request, "after", 0),
		.max = ROWS_MAX,
	};
	struct queue_mailbox_reply got;
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	struct ticket_operator_args whose = { TICKET_CONTROL, controld_string(request, "account") };
	struct ticket_carried carried;
	int r = whose.account.n ? ticket_operator(&whose, &s->mem, &carried) /* WAITS */
	                        : err(ERR_SYNTAX, "which account?");

	if (r >= 0) {
		a.account = carried.account;
		a.ticket = carried.octets;
		r = queue_mailbox(&a, &s->mem, &got); /* WAITS */
	}
	if (r < 0)
		return r;
	begin_ok(&j);
	json_key(&j, "rows");
	json_begin_array(&j);
	for (size_t i = 0; i < got.n_rows; i++)
		put_mailbox_row(&j, &got.rows[i]);
	json_end_array(&j);
	return end_ok(s, &j);
}

static WAITS int put_text(struct controld_session *s, const struct text *text)
{
	int r = 0;

	for (uint64_t offset = 0; r >= 0 && offset < text->size_bytes;) {
		AUTO_ARENA mem = { 0 };
		struct span octets;

		r = text_piece(text, offset, PIECE_BYTES, &mem, &octets); /* WAITS */
		if (r < 0)
			break;
		r = stream_put(s->stream, octets); /* WAITS */
		offset += octets.n;
	}
	return r;
}

/* The stored text, as it goes to everybody; what a recipient reads is in `messages`. */
WAITS int controld_text(struct controld_session *s, json_t *request)
{
	struct queue_status_args a = { 0 };
	struct queue_status_reply got;
	AUTO_BUF line = BUF(1024);
	struct json j = JSON(&line);
	int r = find(s, request, &a, &got);
	struct queue_text_args ask = { .message = a.id };
	struct queue_text_reply text;
	AUTO_FD int file = -1;
	if (r >= 0)
		r = controld_ticket(s, &ask.ticket);
	if (r >= 0)
		r = queue_text(&ask, &s->mem, &text, &file); /* refuses here when it is gone */
	if (r < 0)
		return r;
	begin_ok(&j);
	json_member_int(&j, "size", (int64_t)got.message[0].size_bytes);
	r = end_ok(s, &j);
	if (r >= 0)
		r = put_text(s, &(struct text){ text.front, file, got.message[0].size_bytes });
	return r < 0 ? ERR_CLOSED : 0;
}

/* While somebody copies the data directory. */
WAITS int controld_keep(struct controld_session *s, json_t *request)
{
	struct queue_keep_args a = { .ms = (uint32_t)controld_number(request, "ms", 0) };
	struct queue_keep_reply got;
	AUTO_BUF line = BUF(1024);
	struct json j = JSON(&line);
	int r = controld_ticket(s, &a.ticket); /* WAITS */

	if (r >= 0)
		r = queue_keep(&a, &s->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	begin_ok(&j);
	json_member_int(&j, "held_octets", (int64_t)got.held_octets);
	return end_ok(s, &j);
}

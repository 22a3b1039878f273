/* httpd/records.c - what became of the messages that an account sent, and orders about those that
 * are undecided. */
#include "httpd/records.h"

#include "base/base64.h"
#include "httpd/draft.h"
#include "httpd/submit.h"
#include "rt/loop.h"
#include "wire/message/words.h"

enum { WAIT_MS = 20 * 1000, PAGE = 20, PAGE_MAX = 50 };

/* ---- one message ---- */

static void put_message(struct json *j, const struct record_message *m, struct span tags,
                        struct span metadata)
{
	json_member_id(j, "id", m->id);
	json_member_time(j, "accepted", m->time_ms);
	json_member_span(j, "return_path", m->return_path);
	json_member_span(j, "message_id", m->message_id);
	message_words_member(j, "subject", m->subject);
	json_member_int(j, "size_bytes", (int64_t)m->size_bytes);
	json_key(j, "tags");
	json_value(j, tags.n ? tags : SPAN("[]"));
	json_key(j, "metadata");
	json_value(j, metadata.n ? metadata : SPAN("{}"));
}

static int put_records(struct json *j, const struct record_change *records, size_t n, bool *decided)
{
	AUTO_BUF record = BUF(64 << 10);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		buf_reset(&record);
		r = change_json(&records[i], &record);
		json_value(j, buf_span(&record));
		*decided = *decided && recipient_state_is_final(records[i].state);
	}
	return r;
}

/* What came back later, which changes nobody's state. */
static int put_reports(struct json *j, const struct record_change *records, size_t n)
{
	bool decided = true;
	int r;

	json_key(j, "reports");
	json_begin_array(j);
	r = put_records(j, records, n, &decided);
	json_end_array(j);
	return r;
}

/* All of it as members of an object; *decided: all its recipients are. */
static WAITS int put_status(struct httpd_request *q, uint64_t id, struct json *j, bool *decided)
{
	struct queue_own_status_args a = { .ticket = httpd_ticket(q), .id = id };
	int r = 0;

	*decided = true;
	for (bool first = true; r >= 0; first = false) {
		AUTO_ARENA mem = { 0 };
		struct queue_status_reply got;

		r = queue_own_status(&a, &mem, &got); /* WAITS */
		if (r == ERR_NOT_FOUND && !first)
			break;
		if (r < 0)
			return r;
		if (first) {
			put_message(j, got.message, got.tags, got.metadata);
			r = put_reports(j, got.reports, got.n_reports);
			if (r < 0)
				return r;
			json_key(j, "recipients");
			json_begin_array(j);
		}
		r = put_records(j, got.recipients, got.n_recipients, decided);
		a.from += (uint32_t)got.n_recipients;
	}
	json_end_array(j);
	return r == ERR_NOT_FOUND ? 0 : r;
}

/* Until one of its recipients changes. */
static WAITS int wait_change(struct httpd_request *q, uint64_t id, uint64_t *seq, int64_t left)
{
	AUTO_ARENA mem = { 0 };
	struct queue_own_changes_args a = { .ticket = httpd_ticket(q),
		                            .after = *seq,
		                            .message = id,
		                            .max = 500,
		                            .wait_ms =
		                                    (uint32_t)(left < WAIT_MS ? left : WAIT_MS) };
	struct queue_changes_reply got;

	fibre_deadline_set(clock_add(loop_now_at(), left + HTTPD_WORK_MS));
	int r = queue_own_changes(&a, &mem, &got); /* WAITS */
	if (r >= 0)
		*seq = got.seq;
	return r;
}

WAITS int httpd_answer_message(struct httpd_request *q, const struct httpd_wanted *w)
{
	int64_t until_at = clock_add(loop_now_at(), w->wait_ms), left = 0;
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	uint64_t seq = w->seq;
	bool decided = false;
	int r;

	do {
		struct json j = JSON(&body);

		buf_reset(&body);
		json_begin_object(&j);
		r = put_status(q, w->id, &j, &decided); /* WAITS */
		json_end_object(&j);
		left = until_at - loop_now_at();
		if (r >= 0 && !decided && left > 0)
			r = wait_change(q, w->id, &seq, left); /* WAITS */
	} while (r >= 0 && !decided && left > 0 && !stream_shutdown());
	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	return r < 0 ? httpd_problem_of(q, r)
	             : httpd_json(q, decided ? 200 : 202, &body); /* WAITS */
}

/* ---- one that was committed just now ---- */

struct fresh {
	const struct httpd_submitted *done;
	struct record_change *latest; /* of each recipient; seq 0: none yet */
	uint64_t seq;
	int64_t accepted_ms;
	size_t n_known, n_decided;
};

static void take(struct fresh *f, const struct record_change *change)
{
	struct record_change *latest;

	if (change->recipient >= f->done->n_recipients || change->report)
		return;
	latest = &f->latest[change->recipient];
	if (!f->accepted_ms)
		f->accepted_ms = change->time_ms;
	f->n_known += !latest->seq;
	f->n_decided += recipient_state_is_final(change->state);
	*latest = *change;
}

static WAITS int next_changes(struct httpd_request *q, struct fresh *f, int64_t wait_ms, size_t *n)
{
	struct queue_own_changes_args a = { .ticket = httpd_ticket(q),
		                            .after = f->seq,
		                            .message = f->done->id,
		                            .max = 500,
		                            .wait_ms = (uint32_t)wait_ms };
	struct queue_changes_reply got;

	fibre_deadline_set(clock_add(loop_now_at(), wait_ms + HTTPD_WORK_MS));
	int r = queue_own_changes(&a, &q->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	for (size_t i = 0; i < got.n_records; i++)
		take(f, &got.records[i]);
	f->seq = got.seq;
	*n = got.n_records;
	return 0;
}

/* Until all are known and, within the time that it has, decided. */
static WAITS int gather(struct httpd_request *q, struct fresh *f)
{
	int64_t until_at = clock_add(loop_now_at(), f->done->wait_ms);
	uint32_t all = f->done->n_recipients;

	while (f->n_decided < all) {
		int64_t left = until_at - loop_now_at();
		bool known = f->n_known == all;
		size_t n;

		if (known && left <= 0)
			break;
		int r = next_changes(q, f,
		                     !known           ? 0
		                     : left < WAIT_MS ? left
		                                      : WAIT_MS,
		                     &n);    /* WAITS */
		if (r < 0 || (!known && !n)) /* they are not in memory any more */
			return r;
	}
	return 0;
}

WAITS int httpd_answer_submitted(struct httpd_request *q, const struct httpd_submitted *done)
{
	struct httpd_wanted w = { done->id, done->seq, done->wait_ms };
	int64_t until_at = clock_add(loop_now_at(), done->wait_ms);
	struct fresh f = { .done = done, .seq = done->seq };
	struct record_message m = done->about;
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	bool decided = true;
	int r = 0;

	f.latest =
	        done->again ? NULL : arena_array(&q->mem, struct record_change, done->n_recipients);
	if (f.latest)
		r = gather(q, &f); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	w.wait_ms = until_at > loop_now_at() ? until_at - loop_now_at() : 0;
	/* Who is tried again has more to tell than the latest change. */
	if (!f.latest || r < 0 || f.n_known < done->n_recipients ||
	    (done->wait_ms && f.n_decided < done->n_recipients))
		return httpd_answer_message(q, &w); /* WAITS */
	m.time_ms = f.accepted_ms;
	json_begin_object(&j);
	put_message(&j, &m, done->tags, done->metadata);
	r = put_reports(&j, NULL, 0);
	json_key(&j, "recipients");
	json_begin_array(&j);
	r = put_records(&j, f.latest, done->n_recipients, &decided);
	json_end_array(&j);
	json_end_object(&j);
	return r < 0 ? httpd_problem_of(q, r)
	             : httpd_json(q, decided ? 200 : 202, &body); /* WAITS */
}

/* ---- asked for ---- */

static WAITS int no_id(struct httpd_request *q)
{
	return httpd_problem(q, 404, "not-found", "%.*s is no id of a message",
	                     SPAN_ARG(q->segments[2])); /* WAITS */
}

WAITS int httpd_message(struct httpd_request *q)
{
	struct httpd_wanted w = { 0 };
	struct span wait = httpd_parameter(q, "wait");

	if (id_parse(q->segments[2], &w.id) < 0 || !w.id)
		return no_id(q); /* WAITS */
	if (wait.n && (clock_parse_length(wait, &w.wait_ms) < 0 || w.wait_ms < 0 ||
	               w.wait_ms > HTTPD_WAIT_MAX_MS))
		return httpd_problem(q, 400, "malformed",
		                     "wait is no time such as 10s, at most 5m"); /* WAITS */
	return httpd_answer_message(q, &w);                                      /* WAITS */
}

/* ---- orders ---- */

static WAITS int order(struct httpd_request *q, enum queue_order_kind kind)
{
	struct queue_own_order_args a = { .ticket = httpd_ticket(q), .order = (uint8_t)kind };
	struct queue_own_order_reply done;
	AUTO_BUF body = BUF(256);
	struct json j = JSON(&body);

	if (id_parse(q->segments[2], &a.message) < 0 || !a.message)
		return no_id(q);                     /* WAITS */
	int r = queue_own_order(&a, &q->mem, &done); /* WAITS */
	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	json_member_int(&j, "done", done.n_done);
	json_member_int(&j, "under_way", done.n_under_way);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

WAITS int httpd_cancel(struct httpd_request *q)
{
	return order(q, QUEUE_CANCEL); /* WAITS */
}

WAITS int httpd_retry(struct httpd_request *q)
{
	return order(q, QUEUE_RETRY); /* WAITS */
}

/* ---- the list ---- */

uint8_t httpd_event_of(const struct record_change *f)
{
	return f->report ? (uint8_t)(HTTPD_EVENT_REPORT + f->report) : f->state;
}

const char *httpd_event_name(uint8_t event)
{
	return event > HTTPD_EVENT_REPORT
	               ? recipient_report_name((uint8_t)(event - HTTPD_EVENT_REPORT))
	               : recipient_state_name(event);
}

int httpd_states(struct span text, bool reports, uint32_t *out)
{
	struct span word;
	uint8_t one;

	while (span_split(&text, ',', &word)) {
		if (recipient_state_from_name(word, &one) >= 0)
			*out |= 1u << one;
		else if (reports && recipient_report_from_name(word, &one) >= 0)
			*out |= 1u << (HTTPD_EVENT_REPORT + one);
		else
			return err(ERR_SYNTAX, "state: %.*s is none", SPAN_ARG(word));
	}
	return 0;
}

static int read_filter(struct httpd_request *q, struct queue_own_list_args *a)
{
	struct span before = httpd_parameter(q, "before"), since = httpd_parameter(q, "since"),
	            limit = httpd_parameter(q, "limit");
	uint64_t n = PAGE;
	uint32_t states = 0;
	int r = httpd_states(httpd_parameter(q, "state"), false, &states);

	a->states = (uint16_t)states;
	a->recipient = httpd_parameter(q, "recipient");
	a->tag = httpd_parameter(q, "tag");
	if (r >= 0 && before.n && id_parse(before, &a->before) < 0)
		r = err(ERR_SYNTAX, "before: %.*s is no id of a message", SPAN_ARG(before));
	if (r >= 0 && since.n && clock_parse_rfc3339(since, &a->since_ms) < 0)
		r = err(ERR_SYNTAX, "since: %.*s is no time such as 2026-11-30T12:00:00Z",
		        SPAN_ARG(since));
	if (r >= 0 && limit.n && (span_to_u64(limit, PAGE_MAX, &n) < 0 || !n))
		r = err(ERR_SYNTAX, "limit: 1 to %d", PAGE_MAX);
	a->max = (uint32_t)n;
	return r;
}

static WAITS int put_page(struct httpd_request *q, const struct queue_own_list_reply *page,
                          struct json *j)
{
	bool decided;
	int r = 0;

	json_begin_object(j);
	json_key(j, "messages");
	json_begin_array(j);
	for (size_t i = 0; r >= 0 && i < page->n_messages; i++) {
		json_begin_object(j);
		r = put_status(q, page->messages[i].id, j, &decided); /* WAITS */
		json_end_object(j);
	}
	json_end_array(j);
	json_key(j, "before");
	if (page->more && page->n_messages) {
		char id[ID_TEXT_LEN + 1];
		id_print(page->messages[page->n_messages - 1].id, id);
		json_str(j, id);
	} else {
		json_str(j, NULL);
	}
	json_end_object(j);
	return r;
}

WAITS int httpd_messages(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct queue_own_list_args a = { .ticket = httpd_ticket(q) };
	struct queue_own_list_reply page;
	int r = read_filter(q, &a);

	if (r >= 0)
		r = queue_own_list(&a, &q->mem, &page); /* WAITS */
	if (r >= 0)
		r = put_page(q, &page, &j);                                /* WAITS */
	return r < 0 ? httpd_problem_of(q, r) : httpd_json(q, 200, &body); /* WAITS */
}

/* queue/attempts/bounce.c - see bounce.h. */
#include "queue/attempts/bounce.h"

#include "base/base64.h"
#include "base/event.h"
#include "notice/notice.h"
#include "queue/state/commit.h"
#include "queue/state/final.h"
#include "queue/state/record.h"
#include "wire/message/write/dsn.h"

enum {
	DSN_BYTES_MAX = 2 << 20, /* of MESSAGE_DSN_RCPTS_MAX recipients, and of their servers' words
	                          */
	SIGNATURE_BYTES_MAX = 32 << 10,
};

static bool has_failed(const struct record_change *f)
{
	return f->state == RECIPIENT_REFUSED || f->state == RECIPIENT_EXPIRED ||
	       f->state == RECIPIENT_CANCELLED;
}

static const struct record_change *first_failed(const struct record_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_failed(&changes[i]))
			return &changes[i];
	return NULL;
}

/* What the server said, code included; empty when no server said anything. */
static struct span reply_of(const struct record_change *f, struct arena *mem)
{
	if (!f->code)
		return (struct span){ 0 };
	return span_str(arena_printf(mem, "%u%s%.*s %.*s", f->code, f->enhanced.n ? " " : "",
	                             SPAN_ARG(f->enhanced), SPAN_ARG(f->text)));
}

/* Without a server's words our own ("no connection") stand behind the sentence. */
static struct span meaning_of(const struct record_change *f, struct arena *mem)
{
	if (f->code || !f->text.n)
		return f->meaning;
	return span_str(arena_printf(mem, "%.*s (%.*s)", SPAN_ARG(f->meaning), SPAN_ARG(f->text)));
}

static void describe(const struct record_change *f, struct arena *mem, struct message_dsn_rcpt *out)
{
	bool no_status = !f->enhanced.n && f->state == RECIPIENT_EXPIRED;

	*out = (struct message_dsn_rcpt){
		.action = MESSAGE_DSN_FAILED,
		.address = f->address,
		.status = no_status ? SPAN("4.4.7") : f->enhanced,
		.remote_mta = f->remote_host,
		.remote_ip = f->remote_address,
		.reply = reply_of(f, mem),
		.meaning = meaning_of(f, mem),
		.last_attempt_time_ms = clock_wall_time_ms(),
	};
}

/* The original's front: its header section; without it the notice still goes out. */
static WAITS int read_front(struct queue *q, const struct bounce_about *about, struct buf *out)
{
	int r;

	if (about->body)
		return buf_put(out, span_sub(span_make(about->body->octets, about->body->n), 0,
		                             MESSAGE_DSN_HEADER_MAX));
	r = store_read_header(q->store, about->message, MESSAGE_DSN_HEADER_MAX, out); /* WAITS */
	return r == ERR_NOT_FOUND || r == ERR_CORRUPT ? 0 : r;
}

/* The same end of the same attempt always gets the same id. */
static struct span message_id_of(const struct queue *q, const struct record_change *first,
                                 struct arena *mem)
{
	char id[ID_TEXT_LEN + 1];

	id_print(first->message, id);
	return span_str(arena_printf(mem, "%s.%u.%u.%u@%s", id, first->recipient, first->attempt,
	                             first->state, q->set->server_hostname));
}

static WAITS int compose(struct queue *q, const struct bounce_about *about,
                         const struct record_change *changes, size_t n, struct arena *mem,
                         struct buf *out, struct record_message *m)
{
	AUTO_BUF front = BUF(MESSAGE_DSN_HEADER_MAX);
	struct message_dsn_rcpt *rcpts = arena_array(mem, struct message_dsn_rcpt, n);
	struct message_dsn dsn = {
		.hostname = span_str(q->set->server_hostname),
		.to = about->return_path,
		.message_id = message_id_of(q, first_failed(changes, n), mem),
		.arrival_time_ms = about->accepted_ms,
		.time_ms = clock_wall_time_ms(),
		.rcpts = rcpts,
	};
	struct message_dsn_made made;
	int r = read_front(q, about, &front); /* WAITS */

	if (r < 0)
		return r;
	if (!rcpts || !dsn.message_id.p)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		if (has_failed(&changes[i]))
			describe(&changes[i], mem, &rcpts[dsn.n_rcpts++]);
	dsn.header = buf_span(&front);
	dsn.seed = map_hash(dsn.message_id);
	r = message_dsn_compose(&dsn, out, &made);
	if (r < 0)
		return r;
	m->message_id = span_str(arena_printf(mem, "<%.*s>", SPAN_ARG(dsn.message_id)));
	m->smtputf8 = made.smtputf8_needed;
	return 0;
}

static void log_dropped(const struct bounce_about *about, const char *why)
{
	char id[ID_TEXT_LEN + 1];

	id_print(about->message, id);
	event_log(EVENT_dsn_dropped, "id=%s return_path=%.*s reason=%s", id,
	          SPAN_ARG(about->return_path), why);
}

static void log_created(const struct bounce_about *about, const struct record_message *dsn)
{
	char id[ID_TEXT_LEN + 1], dsn_id[ID_TEXT_LEN + 1];

	id_print(about->message, id);
	id_print(dsn->id, dsn_id);
	event_log(EVENT_dsn_created, "id=%s dsn=%s to=%.*s", id, dsn_id,
	          SPAN_ARG(about->return_path));
}

/* 1: there is no notification to send; *why. */
static WAITS int notify(struct queue *q, const struct bounce_about *about,
                        struct record_change *changes, size_t n, struct arena *mem,
                        const char **why)
{
	AUTO_BUF text = BUF(DSN_BYTES_MAX), signature = BUF(SIGNATURE_BYTES_MAX);
	struct record_message m = { 0 };
	struct directory_route route = { 0 };
	int r = directory_route(about->return_path, mem, &route); /* WAITS */

	if (r >= 0)
		r = compose(q, about, changes, n, mem, &text, &m); /* WAITS */
	if (r >= 0)
		r = notice_address(about->return_path, &route, mem, &m);
	if (r == ERR_NOT_FOUND || r == ERR_REFUSED || r == ERR_SYNTAX || r == ERR_LIMIT ||
	    r == ERR_TOO_LONG) {
		*why = arena_str(mem, span_str(err_str(r)));
		return 1;
	}
	if (r < 0)
		return r;
	r = notice_take(buf_span(&text), mem, &signature, &m); /* WAITS */
	if (r < 0)
		return r;
	r = final_put(&m, m.return_path, mem);
	if (r >= 0)
		r = commit_message(q, &m, NULL, changes, n, mem); /* WAITS */
	if (r >= 0)
		log_created(about, &m);
	return r < 0 ? r : 0;
}

WAITS int bounce_once(struct queue *q, const struct bounce_about *about,
                      struct record_change *changes, size_t n)
{
	AUTO_ARENA mem = { 0 };
	const char *dropped = NULL;
	int r;

	if (first_failed(changes, n)) {
		dropped = "the sender is null";
		r = about->return_path.n ? notify(q, about, changes, n, &mem, &dropped)
		                         : 1; /* WAITS */
		if (r <= 0)
			return r;
	}
	r = store_record(q->store, changes, n); /* WAITS */
	if (r >= 0 && dropped)
		log_dropped(about, dropped);
	return r;
}

WAITS int bounce_record(struct queue *q, const struct bounce_about *about,
                        struct record_change *changes, size_t n)
{
	int slept;

	for (unsigned n_tries = 0;; n_tries++) {
		if (bounce_once(q, about, changes, n) >= 0) /* WAITS */
			return 0;
		slept = record_back_off(n_tries); /* WAITS */
		if (slept < 0)
			return slept;
	}
}

/* controld/session.c - the loop and the table of the control socket. */
#include "controld/session.h"

#include <stdlib.h>

#include "base/base64.h"
#include "calls/queue.h"
#include "calls/ticket.h"
#include "rt/loop.h"

enum { REQUEST_MAX = 30 << 10, CALL_MS = 10 * 60 * 1000 };

static const struct call {
	const char *name;
	controld_call *fn;
	bool endless; /* a stop does not wait for it */
	bool octets;  /* it reads or writes more than lines, which only the socket can */
} calls[] = {
	{ "send", controld_send, .octets = true },
	{ "changes", controld_changes, .endless = true },
	{ "status", controld_status },
	{ "queue", controld_queue },
	{ "order", controld_order },
	{ "mailbox", controld_mailbox },
	{ "text", controld_text, .octets = true },
	{ "mailboxes", controld_mailboxes },
	{ "make", controld_make },
	{ "rebuild", controld_rebuild },
	{ "append", controld_append, .octets = true },
	{ "messages", controld_messages, .octets = true },
	{ "subscribe", controld_subscribe },
	{ "directory", controld_directory },
	{ "keep", controld_keep },
	{ "spf", controld_spf },
	{ "dmarc", controld_dmarc },
	{ "dns", controld_dns },
	{ "ban", controld_ban },
	{ "defence", controld_defence },
	{ "quarantine", controld_quarantine },
	{ "learn", controld_learn, .octets = true },
	{ "probe", controld_probe },
	{ "metrics", controld_metrics, .octets = true },
	{ "suppression", controld_suppression },
	{ "webhook", controld_webhook },
	{ "mirror", controld_mirror },
	{ "reload", controld_reload },
	{ "acme", controld_acme, .endless = true },
};

static struct {
	size_t n; /* calls being answered that a stop waits for */
	struct cond none;
} running = { .none = { LIST_INIT(running.none.waiters) } };

struct span controld_string(json_t *request, const char *key)
{
	json_t *v = json_object_get(request, key);
	return json_is_string(v) ? span_make(json_string_value(v), json_string_length(v))
	                         : SPAN("");
}

int64_t controld_number(json_t *request, const char *key, int64_t otherwise)
{
	json_t *v = json_object_get(request, key);
	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

int controld_limit(json_t *request, int64_t *out)
{
	*out = controld_number(request, "limit", 0);
	return *out < 0 ? err(ERR_SYNTAX, "a limit below 0") : 0;
}

WAITS int controld_message(struct controld_session *s, json_t *request, uint64_t *id)
{
	struct span text = controld_string(request, "message");
	struct queue_status_reply found;

	if (!text.n)
		return err(ERR_SYNTAX, "which message?");
	struct queue_status_args a = { .message_id = text };
	if (id_parse(text, &a.id) == 0)
		a.message_id = (struct span){ 0 };
	int r = queue_status(&a, &s->mem, &found);
	if (r == ERR_NOT_FOUND || (r >= 0 && !found.n_message))
		return err(ERR_NOT_FOUND, "no message here has this id or Message-ID");
	if (r < 0)
		return r;
	*id = found.message[0].id;
	return 0;
}

WAITS int controld_ticket(struct controld_session *s, struct span *out)
{
	static struct buf octets = BUF(TICKET_OCTETS_MAX);
	static int64_t renew_at = INT64_MIN;
	struct ticket_carried got;

	if (renew_at <= loop_now_at()) {
		struct ticket_operator_args a = { .protocol = TICKET_CONTROL };
		int r = ticket_operator(&a, &s->mem, &got);
		if (r < 0)
			return r;
		buf_reset(&octets);
		r = buf_put(&octets, got.octets);
		if (r < 0)
			return r;
		renew_at = got.renew_at;
	}
	return arena_copy(&s->mem, buf_span(&octets), out);
}

WAITS int controld_account_ticket(struct controld_session *s, json_t *request, struct span *out)
{
	struct ticket_operator_args a = { .protocol = TICKET_CONTROL,
		                          .account = controld_string(request, "account") };
	struct ticket_carried got;

	if (!a.account.n)
		return err(ERR_SYNTAX, "which account?");
	int r = ticket_operator(&a, &s->mem, &got); /* WAITS */
	if (r >= 0)
		*out = got.octets;
	return r;
}

WAITS int controld_put_line(struct controld_session *s, const struct buf *line)
{
	if (line->err)
		return line->err;
	if (s->asked)
		return s->asked->line(s->asked, buf_span(line));
	int r = stream_put(s->stream, buf_span(line));
	return r < 0 ? r : stream_put(s->stream, SPAN("\n"));
}

static WAITS int answer_error(struct controld_session *s, int r)
{
	AUTO_BUF line = BUF(4096);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", false);
	json_member_span(&j, "error", span_str(err_name(r)));
	json_member_span(&j, "what", span_str(err_str(r)));
	json_end_object(&j);
	return controld_put_line(s, &line);
}

WAITS void controld_finish(void)
{
	while (running.n && cond_wait(&running.none, "the last calls") == 0)
		continue;
}

/* What the request asks for; NULL with *r set. */
static const struct call *find_call(json_t *request, int *r)
{
	struct span name = controld_string(request, "call");

	for (size_t i = 0; i < N_ELEMS(calls); i++)
		if (span_eq(name, span_str(calls[i].name)))
			return &calls[i];
	*r = err(ERR_UNKNOWN, "call %.*s is not known", SPAN_ARG(name));
	return NULL;
}

/* Who asks here is the operator, of whom the words for mail programs speak. */
static int damaged(json_t *request)
{
	struct span account = controld_string(request, "account");

	if (!account.n)
		return ERR_DAMAGED;
	return err(ERR_DAMAGED,
	           "this mailbox of %.*s is damaged; give: postrider mailbox rebuild %.*s",
	           SPAN_ARG(account), SPAN_ARG(account));
}

static void begin(const struct call *call)
{
	running.n += !call->endless;
}

static void end(const struct call *call)
{
	running.n -= !call->endless;
	if (!running.n)
		cond_broadcast(&running.none);
}

static WAITS int carry_out(struct controld_session *s, const struct call *call, json_t *request)
{
	int r = call->fn(s, request); /* WAITS */

	return r == ERR_DAMAGED ? damaged(request) : r;
}

static WAITS int dispatch(struct controld_session *s, struct span line)
{
	err_clear();
	json_t *request = NULL;
	int r = controld_parse(line, &request);
	const struct call *call = request ? find_call(request, &r) : NULL;

	if (call) {
		begin(call);
		r = carry_out(s, call, request); /* WAITS */
	}
	json_decref(request);
	if (r < 0 && r != ERR_CLOSED && r != ERR_CANCELLED)
		r = answer_error(s, r); /* WAITS */
	if (r >= 0)
		r = stream_flush(s->stream); /* WAITS */
	if (call)
		end(call);
	return r;
}

WAITS int controld_ask(struct controld_asked *a, json_t *request)
{
	struct controld_session s = { .asked = a, .set = a->set };
	int r = 0;
	const struct call *call = find_call(request, &r);

	err_clear();
	if (!call || call->octets || call->endless)
		return err(ERR_BUG, "not a call for another door");
	fibre_deadline_set(clock_add(loop_now_at(), CALL_MS));
	begin(call);
	r = carry_out(&s, call, request); /* WAITS */
	end(call);
	arena_fini(&s.mem);
	return r;
}

static WAITS int read_request(struct controld_session *s, struct span *line)
{
	for (;;) {
		struct span in = stream_peek(s->stream);
		ptrdiff_t at = span_find(in, '\n');
		if (at >= 0) {
			*line = span_sub(in, 0, (size_t)at);
			return 0;
		}
		if (in.n > REQUEST_MAX)
			return err(ERR_TOO_LONG, "a request is one line of at most %d octets",
			           REQUEST_MAX);
		int r = stream_fill(s->stream);
		if (r < 0)
			return r;
	}
}

static void converse(void *arg)
{
	struct controld_session *s = arg;
	struct span line;
	int r = 0;

	while (r >= 0 && !s->lost) {
		fibre_deadline_set(clock_add(loop_now_at(), CALL_MS));
		r = read_request(s, &line);
		if (r < 0)
			break;
		struct span kept;
		r = arena_copy(&s->mem, line, &kept);
		stream_consume(s->stream, line.n + 1);
		if (r >= 0)
			r = dispatch(s, kept);
		arena_reset(&s->mem);
	}
	if (r == ERR_TOO_LONG)
		(void)!answer_error(s, r);
	if (r != ERR_CLOSED)
		(void)!stream_flush(s->stream);
	arena_fini(&s->mem);
	stream_close(s->stream);
	free(s);
}

void controld_accept(struct stream *stream, void *arg)
{
	const struct controld_server *server = arg;
	struct controld_session *s = calloc(1, sizeof *s);

	if (s) {
		s->stream = stream;
		s->set = server->set;
		s->reload = server->reload;
	}
	if (!s || fibre_run("controld", converse, s) < 0) {
		stream_close(stream);
		free(s);
	}
}

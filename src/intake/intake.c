/* intake/intake.c - a message's life here, from its sender to the commit.  See intake.h. */
#include "intake/intake_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "base/os.h"
#include "calls/record_facts.h"
#include "calls/record_sent.h"
#include "calls/record_found.h"
#include "metrics/metrics.h"
#include "wire/message/structure/cache.h"

#define ID_ROOM "0000000000000"
static_assert(sizeof ID_ROOM == ID_TEXT_LEN + 1, "room for an id");

enum { PREFIX_BYTES_MAX = 32 << 10, PUT_BYTES_MAX = 64 << 10 };

int intake_open(const struct settings *set, const struct intake_source *from, struct intake **out)
{
	struct intake *in = calloc(1, sizeof *in);

	if (!in)
		return err(ERR_NO_MEMORY, "no memory for a message");
	*in = (struct intake){ .set = set,
		               .from = *from,
		               .spool = { .fd = -1, .further = from->further } };
	if (arena_copy(&in->mem, from->client_address, &in->from.client_address) < 0) {
		free(in);
		return err(ERR_NO_MEMORY, "no memory for a message");
	}
	buf_init(&in->prefix, PREFIX_BYTES_MAX);
	buf_init(&in->made, QUEUE_HEADER_BYTES_MAX);
	buf_init(&in->found, RECORD_FINDINGS_BYTES_MAX);
	buf_init(&in->text,
	         INTAKE_HEADER_BYTES_MAX + (size_t)set->store_blob_threshold + PUT_BYTES_MAX);
	*out = in;
	return 0;
}

WAITS void intake_close(struct intake *in)
{
	if (!in)
		return;
	intake_body_forget(in);  /* WAITS */
	intake_content_fini(in); /* WAITS */
	buf_fini(&in->found);
	map_fini(&in->elsewhere);
	arena_fini(&in->mem);
	free(in);
}

void intake_refuse(struct intake *in, int code, const char *enhanced, const char *fmt, ...)
{
	va_list ap;

	if (in->no.code)
		return;
	in->no.code = code;
	in->no.enhanced = enhanced;
	va_start(ap, fmt);
	vsnprintf(in->no.text, sizeof in->no.text, fmt, ap);
	va_end(ap);
}

void intake_refuse_ours(struct intake *in, int r)
{
	const char *enhanced, *text;
	int code;

	event_log(EVENT_internal_error, "what=%s reason=%s", "message text", err_str(r));
	err_reply(r, &code, &enhanced, &text);
	if (code >= 500)
		err_reply(ERR_BUG, &code, &enhanced, &text);
	intake_refuse(in, code, enhanced, "%s", text);
}

/* RFC 5321 4.4.  *id_at: where in the prefix the store writes the id, which it gives out itself. */
static int put_received(struct intake *in, uint32_t *id_at)
{
	struct message_received r = in->from.trace;
	size_t begin = in->prefix.n;
	ptrdiff_t at;

	r.id = SPAN(ID_ROOM);
	r.ip = in->from.client_address;
	r.hostname = span_str(in->set->server_hostname);
	r.auth = in->from.login.n > 0;
	r.utf8 = in->smtputf8;
	r.rcpt = in->n_rcpts == 1 ? in->rcpts[0].address : SPAN("");
	r.time_ms = clock_wall_time_ms();
	int put = message_received_put(&in->prefix, &r);
	if (put < 0)
		return put;
	/* No name before it holds a blank: they are printed cleaned. */
	at = span_find_span(span_sub(buf_span(&in->prefix), begin, in->prefix.n),
	                    SPAN(" id " ID_ROOM));
	if (at < 0)
		return err(ERR_BUG, "a Received field without room for the id");
	*id_at = (uint32_t)(begin + (size_t)at + strlen(" id "));
	return 0;
}

static struct span protocol(const struct intake *in)
{
	struct message_received r = in->from.trace;

	r.auth = in->from.login.n > 0;
	r.utf8 = in->smtputf8;
	return in->from.protocol.n ? in->from.protocol : span_str(message_received_with(&r));
}

static struct record_message record(const struct intake *in)
{
	struct record_message m = {
		.return_path = in->return_path,
		.login = in->from.login,
		.client_address = in->from.client_address,
		.helo = in->from.trace.helo,
		.protocol = protocol(in),
		.message_id = in->facts.message_id,
		.subject = in->facts.subject,
		.body_8bit = in->body_8bit,
		.smtputf8 = in->smtputf8 && in->facts.eight_bit, /* RFC 6531 3.2: if it needs it */
		.recipients = in->rcpts,
		.n_recipients = in->n_rcpts,
		.prefix = buf_span(&in->prefix),
		.header = intake_header(in),
		.body = in->spool.blob ? SPAN("") : intake_body(in),
		.blob = in->spool.blob,
	};

	m.body_bytes = in->spool.blob ? in->spool.size_bytes : m.body.n;
	m.size_bytes = m.prefix.n + m.header.n + m.body_bytes;
	return m;
}

/* A mailbox's list is shown from it, without a look at the text.  Who needs it not has no mailbox
 * here. */
static int put_cache(const struct intake *in, struct record_message *m, struct arena *mem)
{
	AUTO_BUF cache = BUF(MESSAGE_CACHE_MADE_BYTES);
	bool ours = false;
	int r;

	for (size_t i = 0; i < m->n_recipients && !ours; i++)
		ours = m->recipients[i].account.n > 0;
	if (!ours)
		return 0;
	r = message_cache_make(m->header, in->spool.blob ? NULL : &m->body, &cache);
	return r < 0 ? r : record_item_add(m, RECORD_ITEM_ENVELOPE, buf_span(&cache), mem);
}

/* All are known: whoever needs one has no need to look at the text. */
static struct record_facts facts_of(const struct intake *in)
{
	struct record_facts f = { .known = RECORD_FACT_HEADER_8BIT | RECORD_FACT_BODY_8BIT |
		                           RECORD_FACT_SIGNED };

	f.hold |= in->facts.eight_bit ? RECORD_FACT_HEADER_8BIT : 0;
	f.hold |= in->body_8bit ? RECORD_FACT_BODY_8BIT : 0;
	f.hold |= in->facts.is_signed ? RECORD_FACT_SIGNED : 0;
	return f;
}

WAITS int intake_content(struct intake *in, bool aside, struct record_message *out)
{
	int r = intake_content_end(in,
	                           aside ? 0 : (size_t)in->set->store_blob_threshold); /* WAITS */

	spool_close(&in->spool); /* nobody judges it */
	if (r >= 0)
		*out = record(in);
	return r;
}

void intake_content_kept(struct intake *in)
{
	spool_forget(&in->spool);
}

/* Who has one reply for all of them learns at the next RCPT whose it is, and the others are not
 * lost for it. */
static int refuse_full(struct intake *in)
{
	struct intake_no no;
	int r = intake_full(in, &no);

	if (in->n_rcpts == 1 || in->from.answers_each)
		intake_refuse(in, no.code, no.enhanced, "%s", no.text);
	else
		intake_refuse(in, 452, "4.2.2",
		              "A recipient's mailbox is full; send it again to be told which");
	return r;
}

/* Those that were refused alone. */
void intake_give(struct intake *in, uint16_t kind, struct span octets)
{
	assert(in->n_given < N_ELEMS(in->given));
	in->given[in->n_given++] = (struct record_item){ kind, octets };
}

int intake_send_at(struct intake *in, int64_t time_ms)
{
	const struct record_send_at at = { time_ms };
	AUTO_BUF packed = BUF(64);
	struct span octets;
	int r = record_send_at_pack(&at, &packed);

	if (r >= 0)
		r = arena_copy(&in->mem, buf_span(&packed), &octets);
	if (r < 0)
		return r;
	in->waits = true;
	intake_give(in, RECORD_ITEM_SEND_AT, octets);
	return 0;
}

/* Whose mailbox that is, and where in there, is asked again then. */
static int put_off(struct intake *in)
{
	static const struct record_item later = { .kind = RECORD_ITEM_LATER };
	int r = 0;

	for (size_t i = 0; r >= 0 && in->waits && i < in->n_rcpts; i++) {
		struct record_recipient *to = &in->rcpts[i];

		if (!to->account.n)
			continue;
		to->account = SPAN("");
		to->items = arena_new(&in->mem, struct record_item);
		to->n_items = 1;
		if (to->items)
			*to->items = later;
		else
			r = ERR_NO_MEMORY;
	}
	return r;
}

static int note_refused(struct intake *in, const struct queue_submit_reply *done)
{
	struct intake_no no;
	int r = 0;

	for (size_t i = 0; i < done->n_refused && r >= 0; i++) {
		(void)!intake_full(in, &no);
		r = intake_verdict(in, done->refused[i].recipient, RECIPIENT_REFUSED, &no);
	}
	return r;
}

static enum metrics_door door_of(const struct intake_source *from)
{
	switch (from->kind) {
	case INTAKE_SUBMISSION: return METRICS_DOOR_SUBMISSION;
	case INTAKE_OPERATOR: return METRICS_DOOR_OPERATOR;
	default: return from->answers_each ? METRICS_DOOR_LMTP : METRICS_DOOR_TRANSFER;
	}
}

static void count(const struct intake *in)
{
	enum metrics_door door = door_of(&in->from);

	metrics_add(METRIC_MESSAGES, door, 0, 1);
	metrics_add(METRIC_MESSAGE_BYTES, door, 0, (int64_t)in->size_bytes);
	metrics_add(METRIC_RECIPIENTS, door, 0, in->n_rcpts);
	metrics_time(METRIC_ACCEPT, door, 0, os_took_us() - in->since_us);
}

WAITS int intake_commit(struct intake *in, struct queue_submit_reply *out)
{
	uint32_t id_at;
	in->since_us = os_took_us();
	int r = intake_content_end(in, (size_t)in->set->store_blob_threshold); /* WAITS */

	if (r >= 0)
		r = intake_reports_read(in);
	if (r >= 0)
		r = intake_judge(in); /* WAITS */
	if (r >= 0)
		r = intake_unsubscribe(in); /* WAITS */
	if (r >= 0)
		r = intake_results_strip(in);
	if (r >= 0)
		r = intake_edits_apply(in);
	if (r >= 0)
		r = intake_body_rewrite(in); /* WAITS */
	if (r >= 0)
		r = intake_forward(in); /* WAITS */
	if (r >= 0)
		r = intake_sign(in); /* WAITS */
	if (r >= 0)
		r = put_received(in, &id_at);
	if (r >= 0)
		r = put_off(in);
	if (r < 0)
		return r;
	struct record_message m = record(in);
	struct queue_submit_args a = { .message = &m,
		                       .n_message = 1,
		                       .ticket = in->from.ticket,
		                       .id_at = id_at,
		                       .each = in->from.answers_each,
		                       .sends = in->from.kind == INTAKE_SUBMISSION ||
		                                (in->from.kind == INTAKE_TRANSFER &&
		                                 in->from.may_relay),
		                       .sender = in->sender,
		                       .reports = in->reports,
		                       .n_reports = in->n_reports,
		                       .reporter = in->reporter,
		                       .reported_id = in->reported_id,
		                       .reported_path = in->reported_path,
		                       .verdicts = in->verdicts,
		                       .n_verdicts = in->n_verdicts };
	r = record_facts_put(&m, facts_of(in), &in->mem);
	if (r >= 0)
		r = put_cache(in, &m, &in->mem);
	if (r >= 0 && in->found.n)
		r = record_item_add(&m, RECORD_ITEM_VERDICTS, buf_span(&in->found), &in->mem);
	for (size_t i = 0; r >= 0 && i < in->n_given; i++)
		r = record_item_add(&m, in->given[i].kind, in->given[i].octets, &in->mem);
	if (r >= 0)
		r = queue_submit(&a, &in->mem, out); /* WAITS */
	if (r == ERR_QUOTA)
		return refuse_full(in);
	if (r == ERR_LIMIT) { /* of who sends: the words are for it */
		intake_refuse(in, 450, "4.7.1", "%s", err_str(r));
		return ERR_REFUSED;
	}
	if (r < 0)
		return r;
	if (out->again) /* what came is not kept, its file neither */
		return 0;
	spool_forget(&in->spool);
	in->size_bytes = m.size_bytes;
	count(in);
	return note_refused(in, out);
}

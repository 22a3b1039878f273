/* intake/intake.c - a message's life here, from its sender to the commit.  See intake.h. */
#include "intake/intake_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/event.h"

enum { PREFIX_BYTES_MAX = 4096, PUT_BYTES_MAX = 64 << 10 };

int intake_open(const struct settings *set, const struct intake_source *from, struct intake **out)
{
	struct intake *in = calloc(1, sizeof *in);

	if (!in)
		return err(ERR_NO_MEMORY, "no memory for a message");
	*in = (struct intake){ .set = set, .from = *from, .file = -1 };
	if (arena_copy(&in->mem, from->client_address, &in->from.client_address) < 0) {
		free(in);
		return err(ERR_NO_MEMORY, "no memory for a message");
	}
	buf_init(&in->prefix, PREFIX_BYTES_MAX);
	buf_init(&in->made, QUEUE_HEADER_BYTES_MAX);
	buf_init(&in->text,
	         INTAKE_HEADER_BYTES_MAX + (size_t)set->store_blob_threshold + PUT_BYTES_MAX);
	*out = in;
	return 0;
}

WAITS void intake_close(struct intake *in)
{
	if (!in)
		return;
	intake_content_fini(in); /* WAITS */
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

/* RFC 5321 4.4. */
static int put_received(struct intake *in)
{
	struct message_received r = in->from.trace;

	r.ip = in->from.client_address;
	r.hostname = span_str(in->set->server_hostname);
	r.auth = in->from.login.n > 0;
	r.utf8 = in->smtputf8;
	r.rcpt = in->n_rcpts == 1 ? in->rcpts[0].address : SPAN("");
	r.time_ms = clock_wall_time_ms();
	return message_received_put(&in->prefix, &r);
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
		.body = in->blob ? SPAN("") : intake_body(in),
		.blob = in->blob,
	};

	m.body_bytes = in->blob ? in->blob_bytes : m.body.n;
	m.size_bytes = m.prefix.n + m.header.n + m.body_bytes;
	return m;
}

WAITS int intake_commit(struct intake *in, struct queue_submit_reply *out)
{
	int r = intake_content_end(in); /* WAITS */

	if (r >= 0)
		r = intake_judge(in); /* WAITS */
	if (r >= 0)
		r = put_received(in);
	if (r < 0)
		return r;
	struct record_message m = record(in);
	struct queue_submit_args a = { .message = &m,
		                       .n_message = 1,
		                       .ticket = in->from.ticket,
		                       .verdicts = in->verdicts,
		                       .n_verdicts = in->n_verdicts };
	r = queue_submit(&a, &in->mem, out); /* WAITS */
	if (r < 0)
		return r;
	in->blob = 0; /* the store's now */
	in->size_bytes = m.size_bytes;
	return 0;
}

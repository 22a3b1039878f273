/* httpd/submit.c - a message from the members of a request: composed, judged, committed. */
#include "httpd/submit.h"

#include <stdlib.h>

#include "calls/suppressions.h"
#include "calls/text.h"
#include "config/config_port.h"
#include "httpd/draft.h"
#include "httpd/template.h"
#include "intake/intake.h"
#include "rt/loop.h"
#include "wire/message/encode.h"

enum { PIECE = 57 * 1000 /* of an attachment: whole lines of base64 */ };

struct sending {
	struct httpd_request *q;
	struct arena *mem;
	struct record_once once;
	struct httpd_draft d;
	struct intake *in;
	struct intake_no no;
	bool smtputf8;
};

/* ---- envelope ---- */

/* A key may be for some addresses alone. */
static bool may_send_as(const struct httpd_request *q, struct span address)
{
	struct span list = span_str(q->s->key.senders), one;

	if (!list.n)
		return true;
	while (span_split(&list, ',', &one))
		if (span_eq_nocase(one, address))
			return true;
	return false;
}

static WAITS int set_sender(struct sending *x)
{
	struct span from = x->d.message.from.address;
	struct smtp_path path;

	if (!may_send_as(x->q, from)) {
		x->no = (struct intake_no){ .code = 550 };
		snprintf(x->no.text, sizeof x->no.text, "this key may not send as %.*s",
		         SPAN_ARG(from));
		return ERR_REFUSED;
	}
	if (smtp_address_split(from, 0, &path) < 0)
		return err(ERR_SYNTAX, "\"from\": %.*s is no address", SPAN_ARG(from));
	int r = httpd_limits_of(x->q, from, x->d.to.n + x->d.cc.n + x->d.bcc.n);
	return r < 0 ? r : intake_sender(x->in, &path, x->smtputf8, &x->no); /* WAITS */
}

/* One that is refused is told among the others. */
static WAITS int add(struct sending *x, struct span address)
{
	struct smtp_path path;
	struct intake_no no;
	int r = smtp_address_split(address, SMTP_PATH_POSTMASTER, &path);

	if (r < 0)
		return err(ERR_SYNTAX, "%.*s is no address", SPAN_ARG(address));
	r = intake_recipient(x->in, &path, &no); /* WAITS */
	if (r == ERR_REFUSED && no.code == 553)
		return err(ERR_SYNTAX, "%.*s: %s", SPAN_ARG(address), no.text);
	if (r == ERR_REFUSED)
		r = intake_recipient_refused(x->in, &path, &no);
	if (r != ERR_LIMIT)
		return r;
	x->no = (struct intake_no){ .code = 550 };
	snprintf(x->no.text, sizeof x->no.text, "more recipients than one message may have (%jd)",
	         (intmax_t)x->q->s->set->smtp_rcpt_max);
	return ERR_REFUSED;
}

static WAITS int set_recipients(struct sending *x)
{
	const struct message_people *lists[] = { &x->d.to, &x->d.cc, &x->d.bcc };
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(lists); i++)
		for (size_t k = 0; r >= 0 && k < lists[i]->n; k++)
			r = add(x, lists[i]->v[k].address); /* WAITS */
	return r < 0 ? r : intake_recipients_end(x->in);    /* WAITS */
}

/* ---- content ---- */

static WAITS int put(struct intake *in, struct span octets)
{
	int r = 0;

	while (octets.n && r >= 0) {
		struct span piece = span_sub(octets, 0, 64 << 10);

		intake_put(in, piece);
		octets = span_sub(octets, piece.n, octets.n);
		r = intake_settle(in); /* WAITS */
	}
	return r;
}

static WAITS int put_lines(struct intake *in, struct span octets)
{
	AUTO_BUF lines = BUF(PIECE * 2);
	int r = 0;

	while (octets.n && r >= 0) {
		struct span piece = span_sub(octets, 0, PIECE);

		octets = span_sub(octets, piece.n, octets.n);
		buf_reset(&lines);
		r = message_base64_put(&lines, piece);
		if (r >= 0)
			r = put(in, buf_span(&lines)); /* WAITS */
	}
	return r;
}

/* Whole pieces, so that lines are whole. */
static WAITS int read_piece(const struct text *file, uint64_t at, size_t n, struct buf *out)
{
	int r = 0;

	buf_reset(out);
	while (r >= 0 && out->n < n) {
		AUTO_ARENA mem = { 0 };
		struct span got;

		r = text_piece(file, at + out->n, n - out->n, &mem, &got); /* WAITS */
		if (r >= 0)
			r = buf_put(out, got);
	}
	return r;
}

static WAITS int put_file(struct sending *x, const struct httpd_file *f)
{
	const struct spool *spool = &x->d.parts->spool;
	struct text file = { .file = spool->fd, .size_bytes = spool->size_bytes };
	AUTO_BUF octets = BUF(PIECE);
	int r = 0;

	for (uint64_t at = 0; r >= 0 && at < f->n; at += PIECE) {
		size_t n = f->n - at < PIECE ? (size_t)(f->n - at) : PIECE;

		r = read_piece(&file, f->at + at, n, &octets); /* WAITS */
		if (r >= 0)
			r = put_lines(x->in, buf_span(&octets)); /* WAITS */
		if (x->in->no.code)
			break;
	}
	return r;
}

static WAITS int put_attached(struct sending *x, const struct message_attachment *a)
{
	const struct httpd_file *f = httpd_draft_file(&x->d, a);

	return f ? put_file(x, f) : put_lines(x->in, a->octets); /* WAITS */
}

static int by_place(const void *a, const void *b)
{
	size_t x = *((const struct message_attachment *)a)->place,
	       y = *((const struct message_attachment *)b)->place;

	return (x > y) - (x < y);
}

/* Pictures of the html stand before what is attached. */
static WAITS int put_content(struct sending *x, struct span composed)
{
	struct message_attachment *all = x->d.attachments;
	size_t at = 0;
	int r = 0;

	if (x->d.n_attachments)
		qsort(all, x->d.n_attachments, sizeof *all, by_place);
	for (size_t i = 0; r >= 0 && i < x->d.n_attachments; i++) {
		size_t place = *all[i].place;

		r = put(x->in, span_sub(composed, at, place - at)); /* WAITS */
		if (r >= 0)
			r = put_attached(x, &all[i]); /* WAITS */
		at = place;
	}
	return r < 0 ? r : put(x->in, span_sub(composed, at, composed.n)); /* WAITS */
}

/* ---- the message ---- */

static struct intake_source source(struct httpd_request *q, char ip[ADDRESS_TEXT_BYTES])
{
	const struct tls_facts *tls = stream_tls(q->s->stream);

	return (struct intake_source){
		.kind = INTAKE_SUBMISSION,
		.may_relay = true,
		.answers_each = true,
		.login = span_str(q->s->key.login.account),
		.ticket = httpd_ticket(q),
		.client_address = span_str(address_text(stream_peer(q->s->stream), false, ip)),
		.protocol = SPAN("HTTP"),
		.trace = { .helo = SPAN("http"),
		           .ehlo = true,
		           .auth = true,
		           .tls = tls != NULL,
		           .tls_version = span_str(tls ? tls->version : NULL),
		           .tls_cipher = span_str(tls ? tls->cipher : NULL) },
	};
}

/* What is kept with it: tags, and the program's own name of the request. */
static int give(struct sending *x)
{
	const struct record_tags tags = { x->d.tags, x->d.metadata };
	AUTO_BUF packed = BUF(RECORD_TAGS_BYTES_MAX);
	struct span octets;
	int r = record_tags_pack(&tags, &packed);

	if (r == ERR_TOO_LONG)
		return err(ERR_SYNTAX, "\"tags\" and \"metadata\" are over %d octets together",
		           RECORD_TAGS_BYTES_MAX);
	if (r >= 0)
		r = arena_copy(x->mem, buf_span(&packed), &octets);
	if (r >= 0 && (tags.tags.n || tags.metadata.n))
		intake_give(x->in, RECORD_ITEM_TAGS, octets);
	buf_reset(&packed);
	if (r >= 0)
		r = record_once_pack(&x->once, &packed);
	if (r >= 0)
		r = arena_copy(x->mem, buf_span(&packed), &octets);
	if (r >= 0 && x->once.key.n)
		intake_give(x->in, RECORD_ITEM_IDEMPOTENCY_KEY, octets);
	if (r >= 0 && x->d.send_at_ms)
		r = intake_send_at(x->in, x->d.send_at_ms);
	return r;
}

static struct span only_recipient(const struct httpd_draft *d)
{
	const struct message_people *p = d->to.n ? &d->to : d->cc.n ? &d->cc : &d->bcc;

	return p->v[0].address;
}

static int add_field(struct httpd_draft *d, struct message_extra *all, const char *name,
                     const char *value)
{
	for (size_t i = 0; i < d->message.n_extras; i++)
		if (span_eq_nocase(all[i].name, span_str(name)))
			return err(ERR_SYNTAX, "\"headers\": %s is made by \"unsubscribe\"", name);
	all[d->message.n_extras++] = (struct message_extra){ span_str(name), span_str(value) };
	return value ? 0 : ERR_NO_MEMORY;
}

/* RFC 8058 3: both are signed with the message (wire/dkim/sign.c). */
static WAITS int put_link(struct sending *x)
{
	struct httpd_draft *d = &x->d;
	const struct settings *set = x->q->s->set;
	const struct unsubscribe_make_args a = { httpd_ticket(x->q), only_recipient(d), d->list };
	struct message_extra *all =
	        arena_array(x->mem, struct message_extra, d->message.n_extras + 2);
	AUTO_BUF url = BUF(512);
	struct unsubscribe_make_reply made;
	int r = all ? unsubscribe_make(&a, x->mem, &made) : ERR_NO_MEMORY; /* WAITS */

	if (r == ERR_TOO_LONG)
		return err(ERR_SYNTAX, "%s", err_str(r));
	if (r < 0)
		return r;
	if (d->message.n_extras)
		memcpy(all, d->message.extras, d->message.n_extras * sizeof *all);
	d->message.extras = all;
	httpd_put_url(set, &url);
	r = add_field(d, all, "List-Unsubscribe",
	              arena_printf(x->mem,
	                           "<%.*s/u/%.*s>, <mailto:%.*s?subject=unsubscribe%%20%.*s>",
	                           SPAN_ARG(buf_span(&url)), SPAN_ARG(made.token),
	                           SPAN_ARG(d->message.from.address), SPAN_ARG(made.token)));
	return r < 0 ? r : add_field(d, all, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

static WAITS int commit(struct sending *x, struct queue_submit_reply *done)
{
	AUTO_BUF text = BUF((size_t)x->q->s->set->smtp_size_max);
	int r = x->d.unsubscribes ? put_link(x) : 0; /* WAITS */

	x->in->list = x->d.list;
	if (r >= 0)
		r = httpd_draft_compose(&x->d, x->q->s->set, &text, &x->smtputf8);

	if (r >= 0)
		r = set_sender(x); /* WAITS */
	if (r >= 0)
		r = set_recipients(x); /* WAITS */
	if (r >= 0 && x->in->n_verdicts == x->in->n_rcpts) {
		x->no = (struct intake_no){ .code = 550 };
		snprintf(x->no.text, sizeof x->no.text,
		         "none of the recipients can be sent to; the first: %.*s",
		         SPAN_ARG(x->in->verdicts[0].text));
		return ERR_REFUSED;
	}
	if (r >= 0)
		r = put_content(x, buf_span(&text)); /* WAITS */
	if (r >= 0)
		r = give(x);
	if (r >= 0)
		r = intake_commit(x->in, done); /* WAITS */
	if (r == ERR_REFUSED && !x->no.code)
		x->no = x->in->no;
	return r;
}

/* A refusal of the dialogue as a problem. */
static void refuse(const struct sending *x, int r, struct httpd_no *out)
{
	const struct intake_no *no = &x->no;

	if (r == ERR_TOO_LONG || (r == ERR_REFUSED && no->code == 552))
		httpd_no(out, 413, "too-large", "the message is bigger than %jd octets",
		         (intmax_t)x->q->s->set->smtp_size_max);
	else if (r == ERR_EXISTS)
		httpd_no(out, 422, "key-used", "%s; nothing was sent", err_str(r));
	else if (r == ERR_AGAIN)
		httpd_no(out, 409, "in-progress", "%s; ask again in a moment", err_str(r));
	else if (r != ERR_REFUSED)
		httpd_no_of(out, r);
	else if (no->code / 100 == 4)
		httpd_no(out, no->code == 450 || no->code == 452 ? 429 : 503, "not-now", "%s",
		         no->text);
	else
		httpd_no(out, 422, "refused", "%s", no->text);
}

/* The intake's memory ends with it. */
static int tell(struct sending *x, const struct queue_submit_reply *done,
                struct httpd_submitted *out)
{
	const struct intake *in = x->in;
	struct record_message *m = &out->about;

	*out = (struct httpd_submitted){ .id = done->id,
		                         .seq = done->seq,
		                         .wait_ms = x->d.wait_ms,
		                         .again = done->again,
		                         .n_recipients = (uint32_t)in->n_rcpts,
		                         .tags = x->d.tags,
		                         .metadata = x->d.metadata };
	m->id = done->id;
	m->size_bytes = in->size_bytes;
	if (arena_copy(x->mem, in->return_path, &m->return_path) < 0 ||
	    arena_copy(x->mem, in->facts.message_id, &m->message_id) < 0 ||
	    arena_copy(x->mem, in->facts.subject, &m->subject) < 0)
		out->again = true; /* the ledger knows it all */
	return 0;
}

static int open_intake(struct sending *x, const struct httpd_parts *parts)
{
	char ip[ADDRESS_TEXT_BYTES];
	struct intake_source from = source(x->q, ip);

	from.further = parts && parts->spool.blob;
	return intake_open(x->q->s->set, &from, &x->in);
}

static WAITS int submit(struct sending *x, const struct httpd_handed *what,
                        struct httpd_submitted *out)
{
	struct queue_submit_reply done;
	json_t *body = NULL;
	int r = httpd_template_fill(x->q, what->body, &body); /* WAITS */

	if (r >= 0)
		r = httpd_draft_read(body, what->parts, x->mem, &x->d);
	if (r >= 0)
		r = open_intake(x, what->parts);
	if (r >= 0)
		r = commit(x, &done); /* WAITS */
	if (r >= 0 && !done.limited)
		httpd_limits_none(x->q);
	if (r >= 0)
		r = tell(x, &done, out);
	intake_close(x->in); /* WAITS */
	json_decref(body);
	return r;
}

WAITS int httpd_submit(struct httpd_request *q, const struct httpd_handed *what, struct arena *mem,
                       struct httpd_submitted *out, struct httpd_no *no)
{
	struct sending *x = arena_new(mem, struct sending); /* too much for a fibre's frame */
	int r;

	if (!x) {
		httpd_no_of(no, ERR_NO_MEMORY);
		return ERR_NO_MEMORY;
	}
	*x = (struct sending){ .q = q, .mem = mem, .once = what->once };
	r = submit(x, what, out); /* WAITS */
	if (r < 0 && r != ERR_CLOSED && r != ERR_CANCELLED)
		refuse(x, r, no);
	return r;
}

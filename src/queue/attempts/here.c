/* queue/attempts/here.c - see here.h. */
#include "queue/attempts/here.h"

#include "calls/record_facts.h"
#include "calls/spool.h"
#include "notice/notice.h"
#include "queue/attempts/outcome.h"
#include "wire/message/header.h"
#include "wire/smtp/verdict/verdict.h"

enum { PIECE = 256 << 10 };

/* ---- the message ---- */

static struct span value_of(struct span header, struct span name, struct arena *mem)
{
	struct message_field field;

	return message_header_find(header, name, &field)
	               ? message_value_text(field.value, MESSAGE_LINE_MAX, mem)
	               : SPAN("");
}

static int describe(const struct entry *e, const struct text *text, struct arena *mem,
                    struct record_message *m)
{
	const struct record_facts facts = { .known = RECORD_FACT_SIGNED,
		                            .hold = e->is_signed ? RECORD_FACT_SIGNED : 0 };
	size_t at = message_header_body(text->front);

	m->return_path = e->return_path;
	m->protocol = SPAN("LATER");
	m->header = span_sub(text->front, 0, at);
	m->body = span_sub(text->front, at, text->front.n);
	m->message_id = value_of(m->header, SPAN("Message-ID"), mem);
	m->subject = value_of(m->header, SPAN("Subject"), mem);
	m->body_8bit = e->body_8bit;
	m->smtputf8 = e->smtputf8;
	m->size_bytes = text->size_bytes;
	m->body_bytes = text->size_bytes - at;
	return e->is_signed ? record_facts_put(m, facts, mem) : 0;
}

/* What stands in a file goes into another one: each message has its own. */
static WAITS int copy_body(const struct text *text, size_t at, struct spool *spool)
{
	int r = 0;

	while (r >= 0 && at < text->size_bytes) {
		AUTO_ARENA mem = { 0 };
		struct span piece;

		r = text_piece(text, at, PIECE, &mem, &piece); /* WAITS */
		if (r >= 0)
			r = spool_put(spool, piece); /* WAITS */
		at += r >= 0 ? piece.n : 0;
	}
	return r < 0 ? r : spool_end(spool); /* WAITS */
}

/* Whom it goes to, all of them at once: a crash may repeat it, and then for all. */
struct addressed {
	struct record_message m;
	uint32_t *of; /* the entry's recipient that each of m's was made of */
	struct courier_outcome *outcomes;
};

static int add(struct addressed *x, const struct record_message *one, uint32_t of,
               struct arena *mem)
{
	size_t n = x->m.n_recipients + one->n_recipients;
	struct record_recipient *all = arena_array(mem, struct record_recipient, n);
	uint32_t *whose = arena_array(mem, uint32_t, n);

	if (!all || !whose)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		bool before = i < x->m.n_recipients;
		all[i] = before ? x->m.recipients[i] : one->recipients[i - x->m.n_recipients];
		whose[i] = before ? x->of[i] : of;
	}
	x->m.recipients = all;
	x->m.n_recipients = n;
	x->of = whose;
	return 0;
}

static WAITS int submit(const struct entry *e, const struct text *text, struct addressed *x,
                        struct arena *mem, struct queue_submit_reply *done)
{
	struct queue_submit_args a = { .message = &x->m, .n_message = 1, .each = true };
	struct spool spool = SPOOL;
	int r = describe(e, text, mem, &x->m);

	if (r >= 0 && text->file >= 0)
		r = copy_body(text, x->m.header.n, &spool); /* WAITS */
	if (spool.blob)
		x->m.body = SPAN("");
	x->m.blob = spool.blob;
	spool_close(&spool);
	if (r >= 0)
		r = queue_submit(&a, mem, done); /* WAITS */
	if (r >= 0)
		spool_forget(&spool);
	spool_drop(&spool); /* WAITS */
	return r;
}

/* ---- what became of it ---- */

static struct courier_outcome refused(uint16_t code, const char *enhanced, const char *text)
{
	struct smtp_outcome o = { .stage = SMTP_STAGE_RCPT, .code = code, .text = span_str(text) };
	struct span rest = span_str(enhanced);

	(void)!smtp_enhanced_parse(&rest, &o.enhanced);
	return (struct courier_outcome){ .stage = SMTP_STAGE_RCPT,
		                         .class = (uint8_t)smtp_verdict(&o).class,
		                         .code = code,
		                         .enhanced = span_str(enhanced),
		                         .text = o.text };
}

static struct courier_outcome outcome_of(int r, struct arena *mem)
{
	const char *text = r < 0 ? arena_str(mem, span_str(err_str(r))) : NULL;

	if (r >= 0)
		return (struct courier_outcome){ .delivered = true,
			                         .class = SMTP_CLASS_DELIVERED,
			                         .text = SPAN("delivered into the mailbox") };
	text = text ? text : "";
	switch (r) {
	case ERR_NOT_FOUND:
	case ERR_SYNTAX: return refused(550, "5.1.1", text);
	case ERR_REFUSED: return refused(550, "5.2.1", text);
	case ERR_QUOTA: return refused(552, "5.2.2", text);
	default: return outcome_local(text);
	}
}

/* Whose address it is now. */
static WAITS int address(struct addressed *x, const struct entry *e, uint32_t i, struct arena *mem)
{
	struct span to = e->rcpts[i].address;
	struct record_message one = { 0 };
	struct directory_route route;
	int r = directory_route(to, mem, &route); /* WAITS */

	if (r >= 0 && !route.local)
		r = err(ERR_NOT_FOUND, "%.*s is not of this server any more", SPAN_ARG(to));
	if (r >= 0)
		r = notice_address(route.address, &route, mem, &one);
	return r < 0 ? r : add(x, &one, i, mem);
}

static WAITS void hand_in(const struct entry *e, const struct text *text, struct addressed *x,
                          struct arena *mem)
{
	struct queue_submit_reply done = { 0 };
	int r = submit(e, text, x, mem, &done); /* WAITS */

	for (size_t i = 0; i < x->m.n_recipients; i++)
		x->outcomes[x->of[i]] = outcome_of(r, mem);
	for (size_t i = 0; r >= 0 && i < done.n_refused; i++)
		if (done.refused[i].recipient < x->m.n_recipients)
			x->outcomes[x->of[done.refused[i].recipient]] =
			        refused(552, "5.2.2", "the mailbox is full");
}

WAITS int here_deliver(const struct entry *e, const struct text *text, struct arena *mem,
                       struct courier_outcomes *out)
{
	struct addressed x = { .outcomes = arena_array(mem, struct courier_outcome, e->n_rcpts) };

	*out = (struct courier_outcomes){ x.outcomes, e->n_rcpts };
	if (!x.outcomes)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < e->n_rcpts; i++) {
		int r = address(&x, e, i, mem); /* WAITS */
		if (r < 0)
			x.outcomes[i] = outcome_of(r, mem);
	}
	if (x.m.n_recipients)
		hand_in(e, text, &x, mem); /* WAITS */
	for (uint32_t i = 0; i < e->n_rcpts; i++)
		x.outcomes[i].recipient = e->rcpts[i].recipient;
	return 0;
}

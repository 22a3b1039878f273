/* imapd/answer.c - what is sent: untagged answers, the tagged one, and the price of errors. */
#include "imapd/session.h"

#include "base/event.h"
#include "policy/bans.h"
#include "rt/loop.h"

static bool is_ours(int r)
{
	return err_class(r) == ERR_CLASS_BUG || err_class(r) == ERR_CLASS_TEMP;
}

bool imapd_is_end(int r)
{
	return r == ERR_CANCELLED || r == ERR_CLOSED || r == ERR_TIMEOUT || r == ERR_NET;
}

bool imapd_news_end(int r)
{
	return imapd_is_end(r) || r == ERR_TICKET || r == ERR_NOT_FOUND;
}

int imapd_bad(struct imapd_call *c, int r)
{
	c->bad = r < 0 && r != ERR_REFUSED && r != ERR_NO_MEMORY;
	if (r < 0 && !c->text)
		c->text = arena_str(&c->mem, span_str(err_str(r)));
	return r;
}

int imapd_no(struct imapd_call *c, const char *code, const char *text)
{
	c->code = code;
	c->text = text;
	return ERR_REFUSED;
}

WAITS int imapd_send(struct imapd_session *s, struct buf *out)
{
	if (out->err)
		return err(out->err, "an answer is too long");
	fibre_deadline_set(clock_add(loop_now_at(), s->set->imap_write_time));
	int r = stream_put(s->stream, buf_span(out)); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), IMAPD_WORK_MS));
	if (out->room > 2 * IMAPD_OUT_BYTES)
		buf_release(out);
	else
		buf_reset(out);
	return r;
}

WAITS int imapd_ease(struct imapd_session *s, struct imapd_call *c)
{
	if (c->out.err)
		return c->out.err;
	return c->out.n < IMAPD_OUT_BYTES ? 0 : imapd_send(s, &c->out); /* WAITS */
}

WAITS int imapd_put(struct imapd_session *s, struct imapd_call *c, struct span octets)
{
	if (octets.n < IMAPD_OUT_BYTES) {
		buf_put(&c->out, octets);
		return imapd_ease(s, c); /* WAITS */
	}
	int r = imapd_send(s, &c->out); /* WAITS */
	if (r < 0)
		return r;
	fibre_deadline_set(clock_add(loop_now_at(), s->set->imap_write_time));
	r = stream_put(s->stream, octets); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), IMAPD_WORK_MS));
	return r;
}

WAITS int imapd_say(struct imapd_session *s, const char *what, const char *text)
{
	AUTO_BUF out = BUF(4096);

	imap_put_status(&out, SPAN("*"), what, SPAN(""), span_str(text));
	int r = imapd_send(s, &out); /* WAITS */
	return r < 0 ? r : stream_flush(s->stream);
}

static const char *code_of(int r)
{
	switch (r) {
	case ERR_NOT_FOUND: return "NONEXISTENT";
	case ERR_EXISTS: return "ALREADYEXISTS";
	case ERR_QUOTA: return "OVERQUOTA";
	case ERR_TOO_BIG: return "TOOBIG";
	case ERR_TOO_LONG:
	case ERR_LIMIT: return "LIMIT";
	case ERR_TICKET: return "EXPIRED";
	case ERR_CORRUPT:
	case ERR_DAMAGED: return "CORRUPTION"; /* RFC 5530 3 */
	default: return is_ours(r) ? "UNAVAILABLE" : "";
	}
}

static const char *text_of(const struct imapd_call *c, int r)
{
	if (!is_ours(r) || r == ERR_TICKET || r == ERR_LIMIT || r == ERR_DAMAGED)
		return err_str(r);
	/* The words may name files: they are for the log. */
	event_log(EVENT_internal_error, "what=%s reason=%s", err_name(r), err_str(r));
	if (c->in_part)
		return "That was done in part; the rest cannot be done now. Try again later";
	if (r == ERR_UNAVAILABLE) /* who does it may have ended before it could say so */
		return "The mailboxes cannot be had now; a change may have been made, or not. Try "
		       "again later";
	return "That cannot be done now; nothing was changed. Try again later";
}

WAITS int imapd_answer(struct imapd_session *s, struct imapd_call *c, int r)
{
	struct span tag = imap_reader_tag(&s->reader);

	if (c->silent && r >= 0)
		return imapd_send(s, &c->out); /* WAITS */
	if (r >= 0) {
		const char *text =
		        c->text ? c->text
		                : arena_printf(&c->mem, "%s done", imap_verb_name(c->cmd.verb));
		imap_put_status(&c->out, tag, "OK", span_str(c->code), span_str(text));
		return imapd_send(s, &c->out); /* WAITS */
	}
	const char *text = c->text ? c->text : text_of(c, r);
	const char *code = c->code ? c->code : c->bad ? "" : code_of(r);
	imap_put_status(&c->out, tag, c->bad ? "BAD" : "NO", span_str(code), span_str(text));
	int sent = imapd_send(s, &c->out); /* WAITS */
	if (sent >= 0 && r == ERR_TICKET)
		return ERR_TICKET;
	if (c->bad)
		(void)bans_harm(s->set, stream_peer(s->stream), BANS_ERROR, loop_now_at());
	if (sent >= 0 && c->bad && ++s->n_errors > (unsigned)s->set->smtp_errors_max) {
		sent = imapd_say(s, "BYE", "Too many errors, closing"); /* WAITS */
		return sent < 0 ? sent : ERR_REFUSED;
	}
	return sent;
}

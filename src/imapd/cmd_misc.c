/* imapd/cmd_misc.c - NOOP CHECK LOGOUT ID NAMESPACE COMPRESS, and IDLE.
 *
 * RFC 3501 6.1; RFC 2971; RFC 2342; RFC 2177; RFC 4978.
 */
#include "imapd/session.h"
#include "wire/imap/args/login.h"

WAITS int imapd_cmd_noop(struct imapd_session *s, struct imapd_call *c)
{
	if (s->box)
		s->box->dirty = true;
	return imapd_bad(c, imap_take_end(&c->args));
}

WAITS int imapd_cmd_logout(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_take_end(&c->args));

	if (r < 0)
		return r;
	buf_puts(&c->out, "* BYE Goodbye\r\n");
	s->quit = true;
	return 0;
}

WAITS int imapd_cmd_id(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_id id;
	int r = imapd_bad(c, imap_id_parse(&c->args, &id));

	buf_puts(&c->out, r < 0 ? "" : "* ID (\"name\" \"Postrider\")\r\n");
	return r;
}

WAITS int imapd_cmd_namespace(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_take_end(&c->args));

	buf_puts(&c->out, r < 0 ? "" : "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
	return r;
}

/* RFC 4978 3: the answer is the last that goes as it is. */
WAITS int imapd_cmd_compress(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_compress_parse(&c->args));

	if (r < 0)
		return r;
	if (stream_compressed(s->stream))
		return imapd_no(c, "COMPRESSIONACTIVE", "DEFLATE is active already");
	c->text = "Compressed from here on";
	r = imapd_answer(s, c, 0); /* WAITS */
	imapd_taken(s);
	if (r >= 0)
		r = stream_compress(s->stream); /* WAITS */
	c->silent = true;
	return r == ERR_NO_MEMORY ? ERR_CLOSED : r;
}

WAITS int imapd_cmd_idle(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_take_end(&c->args));

	if (r < 0)
		return r;
	buf_puts(&c->out, "+ idling\r\n");
	s->idling = true;
	c->silent = true;
	if (s->box)
		s->box->dirty = true;
	return imapd_news(s, c, true); /* WAITS */
}

WAITS int imapd_idle_news(struct imapd_session *s)
{
	struct imapd_call c = { .out = BUF(IMAPD_OUT_MAX) };
	int r = login_renew(&s->login); /* WAITS */

	if (r >= 0)
		r = imapd_news(s, &c, true); /* WAITS */
	if (r >= 0)
		r = imapd_send(s, &c.out); /* WAITS */
	if (r < 0 && !imapd_news_end(r))
		r = 0; /* still dirty: the next one tells it */
	buf_fini(&c.out);
	arena_fini(&c.mem);
	return r;
}

WAITS int imapd_idle_line(struct imapd_session *s, struct imapd_call *c)
{
	s->idling = false;
	c->cmd.verb = IMAP_VERB_IDLE;
	if (span_eq_nocase(s->reader.text, SPAN("DONE")))
		return 0;
	c->bad = true;
	c->text = "IDLE: DONE ends it";
	return ERR_SYNTAX;
}

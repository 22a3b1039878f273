/* imapd/cmd_append.c - APPEND.
 *
 * RFC 3501 and RFC 9051 6.3.11 (6.3.12); RFC 4315 3 (APPENDUID); RFC 7889 (APPENDLIMIT).  The
 * content goes the way of all messages (intake/intake.h); one message a command.
 */
#include "imapd/flags.h"
#include "imapd/message.h"
#include "imapd/name.h"

#include "intake/intake.h"
#include "wire/imap/args/append.h"
#include "wire/message/structure/cache.h"

struct appending {
	struct imap_append args;
	struct mailbox_info to;
	struct mailbox_added added;
	struct intake *in;
	struct span mailbox;
};

/* Without a message. */
WAITS int imapd_cmd_append(struct imapd_session *s, struct imapd_call *c)
{
	return imapd_bad(c, imap_bad(&c->args, "a message is missing"));
}

/* Whatever it is that follows is read to its end, so that the dialogue stays in step. */
static WAITS int receive(struct imapd_session *s, struct intake *in)
{
	enum imap_read event;
	int r;

	for (;;) {
		r = imapd_next(s, &event); /* WAITS */
		if (r < 0 || event == IMAP_READ_APPENDED)
			return r;
		if (event == IMAP_READ_REFUSED || event == IMAP_READ_CLOSE)
			return err(event == IMAP_READ_CLOSE ? ERR_CLOSED : ERR_SYNTAX, "%s",
			           s->reader.why ? s->reader.why : "APPEND: one message a command");
		if (event == IMAP_READ_MESSAGE)
			continue; /* a second one: not accepted */
		if (event != IMAP_READ_PIECE)
			return err(ERR_BUG, "no piece of a message");
		intake_put(in, s->reader.text);
		r = intake_settle(in); /* WAITS */
		if (r < 0)
			return r;
	}
}

static WAITS int commit(struct imapd_session *s, struct imapd_call *c, struct appending *a)
{
	AUTO_BUF cache = BUF(MESSAGE_CACHE_MADE_BYTES);
	struct record_message m;
	struct mailbox_append_args args = { .ticket = imapd_ticket(s),
		                            .mailbox = a->to.mailbox,
		                            .added = &a->added,
		                            .n_added = 1 };
	struct mailbox_append_reply done;
	int r = intake_content(a->in, &m); /* WAITS */

	if (r == ERR_REFUSED)
		return imapd_no(c, a->in->no.code == 552 ? "TOOBIG" : "CANNOT",
		                arena_str(&c->mem, span_str(a->in->no.text)));
	if (r >= 0)
		r = message_cache_make(m.header, m.blob ? NULL : &m.body, &cache);
	if (r < 0)
		return r;
	a->added.message = &m;
	a->added.n_message = 1;
	a->added.cache = buf_span(&cache);
	r = mailbox_append(&args, &c->mem, &done); /* WAITS */
	if (r < 0)
		return r;
	intake_content_kept(a->in);
	if (done.n_uids)
		c->code = arena_printf(&c->mem, "APPENDUID %u %u", done.uid_validity,
		                       done.uids[0].first);
	if (s->box && s->box->mailbox == a->to.mailbox)
		s->box->dirty = true;
	return 0;
}

static WAITS int prepare(struct imapd_session *s, struct imapd_call *c, struct appending *a)
{
	struct intake_source from = { .kind = INTAKE_OPERATOR, .client_address = SPAN("") };
	int r = imapd_bad(c, imap_append_parse(&c->args, &a->args));

	if (r >= 0 && (a->args.utf8 || s->reader.literal8))
		return imapd_no(c, "CANNOT", "APPEND of literal8 is not offered here");
	if (r >= 0 && s->reader.size > (uint64_t)s->set->smtp_size_max)
		return imapd_no(c, "TOOBIG", "The message is larger than APPENDLIMIT says");
	if (r < 0)
		return r;
	r = imapd_find(s, c, a->args.mailbox, &a->to); /* WAITS */
	if (r == ERR_REFUSED)
		c->code = "TRYCREATE";
	if (r >= 0)
		r = imapd_flags(s, c, &a->args.flags, &a->added.flags); /* WAITS */
	a->added.date_s = a->args.has_time ? a->args.time.unix_s : 0;
	return r < 0 ? r : intake_open(s->set, &from, &a->in);
}

WAITS int imapd_cmd_append_messages(struct imapd_session *s, struct imapd_call *c)
{
	struct appending a = { 0 };
	int r = prepare(s, c, &a); /* WAITS */

	if (r < 0) {
		/* The octets come all the same, or the client is told now: the reader knows. */
		enum imap_read event;
		int more = imapd_next(s, &event); /* WAITS */
		return more < 0 ? more : event == IMAP_READ_CLOSE ? ERR_CLOSED : r;
	}
	bool nothing = !s->reader.size;
	imap_reader_accept(&s->reader);
	r = receive(s, a.in); /* WAITS */
	if (r >= 0) {
		struct imap_cursor end = c->args;
		end.rest = s->reader.text;
		r = imapd_bad(c, imap_append_end(&end, &a.args));
	} else if (r == ERR_SYNTAX) {
		r = imapd_bad(c, r);
	}
	if (r >= 0 && nothing)
		r = imapd_no(c, "", "An empty message is not kept");
	if (r >= 0)
		r = commit(s, c, &a); /* WAITS */
	intake_close(a.in);           /* WAITS */
	return r;
}

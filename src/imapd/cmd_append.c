/* imapd/cmd_append.c - APPEND, of one message or several.
 *
 * RFC 3501 6.3.11 and RFC 9051 6.3.12; RFC 3502 (MULTIAPPEND: all or none); RFC 3516 4.4
 * (literal8); RFC 4315 3 (APPENDUID); RFC 6855 4 (UTF8); RFC 7889 (APPENDLIMIT).  Each content goes
 * the way of all messages (intake/intake.h); they are kept by one call, in which their headers and
 * what is small go along: what is more goes to files.
 */
#include "imapd/flags.h"
#include "imapd/message.h"
#include "imapd/name.h"

#include "base/utf8.h"
#include "intake/intake.h"
#include "wire/imap/args/append.h"
#include "wire/message/structure/cache.h"

enum {
	MESSAGES_MAX = 1000,        /* of one command, and of them */
	FILES_MAX = 200,            /* in files; of all but the first all sessions share a part */
	CALL_BYTES_MAX = 900 << 10, /* of what is not in files: a call holds 1 MiB */
	ASIDE_BYTES = 128 << 10,    /* past it even a small body goes to a file */
	ADDED_BYTES = 256,          /* of a message in the call, besides its content */
};

struct one {
	struct one *next;
	struct imap_append args;
	struct intake *in;
	struct record_message m;
	struct mailbox_added added;
};

struct appending {
	struct mailbox_info to;
	struct one *first, *last;
	size_t n, n_files, call_bytes;
	uint64_t octets; /* that were announced */
};

/* Without a message. */
WAITS int imapd_cmd_append(struct imapd_session *s, struct imapd_call *c)
{
	return imapd_bad(c, imap_bad(&c->args, "a message is missing"));
}

static int parse(struct imapd_session *s, struct imapd_call *c, const struct appending *x,
                 struct imap_append *out)
{
	struct imap_cursor rest = c->args;

	if (!x->last)
		return imapd_bad(c, imap_append_parse(&rest, out));
	rest.rest = s->reader.text;
	return imapd_bad(c, imap_append_next_parse(&rest, &x->last->args, out));
}

/* Whether the message that is announced is one to take. */
static int check(struct imapd_session *s, struct imapd_call *c, const struct appending *x,
                 const struct imap_append *args)
{
	if (args->utf8 && !imapd_utf8(s))
		return imapd_no(c, "CANNOT", "UTF8=ACCEPT is not enabled");
	if (s->reader.size > (uint64_t)s->set->smtp_size_max)
		return imapd_no(c, "TOOBIG", "The message is larger than APPENDLIMIT says");
	if (x->n == MESSAGES_MAX || x->n_files == FILES_MAX || x->call_bytes > CALL_BYTES_MAX)
		return imapd_no(c, "LIMIT", "Too many messages at once; append them in parts");
	return 0;
}

/* What has no room is refused before it is sent (RFC 9208 4.3.1), else it would fill the disk
 * meanwhile.  What is little is looked at when it is kept. */
static WAITS int check_room(struct imapd_session *s, struct imapd_call *c, struct appending *x)
{
	struct mailbox_room_reply found;

	x->octets += s->reader.size;
	if (x->octets <= ASIDE_BYTES)
		return 0;
	struct mailbox_room_args a = { span_str(s->login.account), x->octets };
	int r = mailbox_room(&a, &c->mem, &found); /* WAITS */
	return r < 0 || !found.full
	               ? r
	               : imapd_no(c, "OVERQUOTA",
	                          "The account has no room for that; remove messages first");
}

/* A message is announced.  Accepted unless there is an error. */
static WAITS int begin(struct imapd_session *s, struct imapd_call *c, struct appending *x)
{
	struct intake_source from = { .kind = INTAKE_KEPT,
		                      .client_address = SPAN(""),
		                      .further = x->n_files > 0 };
	struct one *one = arena_new(&c->mem, struct one);
	int r = one ? parse(s, c, x, &one->args) : ERR_NO_MEMORY;

	if (r >= 0)
		r = check(s, c, x, &one->args);
	if (r >= 0 && !x->last) {
		r = imapd_find(s, c, one->args.mailbox, &x->to); /* WAITS */
		if (r == ERR_REFUSED)
			c->code = "TRYCREATE";
	}
	if (r >= 0)
		r = check_room(s, c, x); /* WAITS */
	if (r >= 0)
		r = imapd_flags(s, c, &one->args.flags, &one->added.flags); /* WAITS */
	if (r >= 0)
		r = intake_open(s->set, &from, &one->in);
	if (r < 0)
		return r;
	one->added.date_s = one->args.has_time ? one->args.time.unix_s : 0;
	*(x->last ? &x->last->next : &x->first) = one;
	x->last = one;
	x->n++;
	imap_reader_accept(&s->reader);
	return s->reader.size ? 0 : imapd_no(c, "", "An empty message is not kept");
}

static WAITS int take_piece(struct imapd_session *s, struct imapd_call *c, struct intake *in)
{
	if (span_find(s->reader.text, '\0') >= 0)
		return imapd_no(c, "UNKNOWN-CTE",
		                "Octets of 0 are not kept: encode them in base64");
	intake_put(in, s->reader.text);
	return intake_settle(in); /* WAITS */
}

/* The message has come. */
static WAITS int end(struct imapd_session *s, struct imapd_call *c, struct appending *x)
{
	AUTO_BUF cache = BUF(MESSAGE_CACHE_MADE_BYTES);
	struct one *one = x->last;
	const struct intake_no *no = &one->in->no;
	int r = intake_content(one->in, x->call_bytes > ASIDE_BYTES, &one->m); /* WAITS */

	if (r == ERR_REFUSED)
		return imapd_no(c, no->code == 552 ? "TOOBIG" : "UNAVAILABLE",
		                arena_str(&c->mem, span_str(no->text)));
	if (r >= 0 && !imapd_utf8(s) && !utf8_is_ascii(one->m.header)) /* RFC 6855 4 */
		return imapd_no(
		        c, "CANNOT",
		        "The header section is 8-bit: ENABLE UTF8=ACCEPT or IMAP4rev2 first");
	if (r >= 0)
		r = message_cache_make(one->m.header, one->m.blob ? NULL : &one->m.body, &cache);
	if (r >= 0)
		r = arena_copy(&c->mem, buf_span(&cache), &one->added.cache);
	one->added.message = &one->m;
	one->added.n_message = 1;
	x->n_files += one->m.blob != 0;
	x->call_bytes += one->m.header.n + one->m.body.n + cache.n + ADDED_BYTES;
	return r;
}

/* The reader has given up.  r: why we did, if we did first. */
static WAITS int given_up(struct imapd_session *s, struct imapd_call *c, enum imap_read event,
                          int r)
{
	if (r >= 0)
		r = imapd_bad(c, err(ERR_SYNTAX, "%s", s->reader.why ? s->reader.why : "APPEND"));
	if (event == IMAP_READ_REFUSED)
		return r;
	r = imapd_answer(s, c, r); /* WAITS */
	if (r >= 0)
		r = imapd_say(s, "BYE", "Too much is to be skipped, closing"); /* WAITS */
	return r < 0 ? r : ERR_CLOSED;
}

/* The whole command, whatever is wrong with it, so that the dialogue stays in step. */
static WAITS int receive(struct imapd_session *s, struct imapd_call *c, struct appending *x)
{
	struct imap_cursor rest = c->args;
	int r = begin(s, c, x); /* WAITS */

	for (;;) {
		enum imap_read event;
		int next = imapd_next(s, &event); /* WAITS */
		if (next < 0)
			return next;
		if (event == IMAP_READ_REFUSED || event == IMAP_READ_CLOSE)
			return given_up(s, c, event, r); /* WAITS */
		if (r >= 0)
			r = event == IMAP_READ_PIECE ? take_piece(s, c, x->last->in) /* WAITS */
			                             : end(s, c, x);                 /* WAITS */
		if (r >= 0 && event == IMAP_READ_MESSAGE)
			r = begin(s, c, x); /* WAITS */
		if (imapd_is_end(r))
			return r;
		if (event != IMAP_READ_APPENDED)
			continue;
		rest.rest = s->reader.text;
		return r < 0 ? r : imapd_bad(c, imap_append_end(&rest, &x->last->args));
	}
}

static WAITS int commit(struct imapd_session *s, struct imapd_call *c, struct appending *x)
{
	AUTO_BUF uids = BUF(1 << 20);
	struct mailbox_append_args a = { .ticket = imapd_ticket(s),
		                         .mailbox = x->to.mailbox,
		                         .added =
		                                 arena_array(&c->mem, struct mailbox_added, x->n) };
	struct mailbox_append_reply done;

	if (!a.added)
		return ERR_NO_MEMORY;
	for (struct one *one = x->first; one; one = one->next)
		a.added[a.n_added++] = one->added;
	int r = mailbox_append(&a, &c->mem, &done); /* WAITS */
	if (r < 0)
		return r;
	for (struct one *one = x->first; one; one = one->next)
		intake_content_kept(one->in);
	for (size_t i = 0; i < done.n_uids; i++) {
		struct imap_run run = { done.uids[i].first,
			                done.uids[i].first + done.uids[i].count - 1 };
		buf_puts(&uids, i ? "," : "");
		imap_put_runs(&uids, &run, 1);
	}
	c->code = arena_printf(&c->mem, "APPENDUID %u %.*s", done.uid_validity,
	                       SPAN_ARG(buf_span(&uids)));
	if (s->box && s->box->mailbox == x->to.mailbox)
		s->box->dirty = true;
	return 0;
}

WAITS int imapd_cmd_append_messages(struct imapd_session *s, struct imapd_call *c)
{
	struct appending x = { 0 };
	int r = receive(s, c, &x); /* WAITS */

	if (r >= 0)
		r = commit(s, c, &x); /* WAITS */
	for (struct one *one = x.first; one; one = one->next)
		intake_close(one->in); /* WAITS */
	return r;
}

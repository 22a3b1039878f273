/* pop3d/cmd_retr.c - RETR and TOP: a message, read while it is sent.
 *
 * RFC 1939 5, 7.  What is in the mailbox goes out as it is, UTF8 or not: RFC 6856 2.1 would have
 * a header that is not ASCII refused to who has not said UTF8, but programs that meet the refusal
 * stop at that message each time (mpop) or call the server broken (getmail).
 * What comes out has CRLF alone, as RFC 1939 3 demands; a bare CR or LF that somebody appended by
 * IMAP becomes one.
 */
#include "pop3d/session.h"

#include "wire/smtp/data.h"

enum {
	TOP_READ_BYTES = 16 << 10, /* at once, where little of a message is wanted */
	PIECE_BYTES = 8 << 10,     /* of it in one write                           */
};

/* A message that is being sent. */
struct text {
	struct pop3d_session *session;
	uint32_t uid, at_once;
	struct arena mem; /* of the block */
	struct span block;
	uint64_t at; /* behind the block */
	uint64_t size, header_bytes;
	bool all;         /* RETR */
	uint32_t n_lines; /* of the body, still wanted by TOP */
	struct smtp_data_out dots;
	struct buf out;
};

static void text_fini(struct text *t)
{
	arena_fini(&t->mem);
	buf_fini(&t->out);
}

/* The block from t->at on; empty at the end. */
static WAITS int next_block(struct text *t)
{
	struct mailbox_read_args a = { .ticket = pop3d_ticket(t->session),
		                       .mailbox = t->session->mailbox,
		                       .uid = t->uid,
		                       .offset = t->at,
		                       .max = t->at_once };
	struct mailbox_read_reply got;

	arena_fini(&t->mem);
	t->block = SPAN("");
	int r = mailbox_read(&a, &t->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	t->block = got.octets;
	t->at += got.octets.n;
	t->size = got.size;
	t->header_bytes = got.header_bytes;
	return !got.octets.n && t->at < t->size
	               ? err(ERR_CORRUPT, "a message is shorter than its size")
	               : 0;
}

/* Of the block, what TOP still wants; then t->at is at the message's end. */
static struct span cut(struct text *t)
{
	uint64_t from = t->at - t->block.n;
	size_t n = from < t->header_bytes ? (size_t)(t->header_bytes - from) : 0;

	n = n < t->block.n ? n : t->block.n;
	while (n < t->block.n && t->n_lines) {
		const char *lf = memchr(t->block.p + n, '\n', t->block.n - n);
		n = lf ? (size_t)(lf + 1 - t->block.p) : t->block.n;
		t->n_lines -= lf != NULL;
	}
	if (!t->n_lines && from + n >= t->header_bytes)
		t->at = t->size;
	return span_sub(t->block, 0, n);
}

static WAITS int send_block(struct text *t)
{
	struct span rest = t->all ? t->block : cut(t);
	int r = 0;

	while (r >= 0 && rest.n) {
		struct span piece = span_sub(rest, 0, PIECE_BYTES);
		r = smtp_data_out_put(&t->dots, piece, &t->out);
		if (r >= 0)
			r = pop3d_put(t->session, buf_span(&t->out)); /* WAITS */
		buf_reset(&t->out);
		rest = span_sub(rest, piece.n, rest.n);
	}
	return r;
}

/* An error once something was sent ends the session: the client must not take it for the whole. */
static WAITS int send_text(struct text *t)
{
	int r = t->all ? pop3d_ok(t->session, "%ju octets", (uintmax_t)t->size)
	               : pop3d_ok(t->session, "Top follows"); /* WAITS */

	smtp_data_out_init(&t->dots);
	t->out = BUF(SMTP_DATA_OUT_MAX(PIECE_BYTES));
	if (r >= 0)
		r = send_block(t); /* WAITS */
	while (r >= 0 && t->at < t->size) {
		r = next_block(t); /* WAITS */
		if (r >= 0)
			r = send_block(t); /* WAITS */
	}
	if (r >= 0)
		r = smtp_data_out_end(&t->dots, &t->out);
	return r < 0 ? r : pop3d_put(t->session, buf_span(&t->out)); /* WAITS */
}

static WAITS int send_message(struct pop3d_session *s, uint32_t number, struct text *t)
{
	int r = pop3d_check_number(s, number); /* WAITS */

	if (r)
		return r < 0 ? r : 0;
	t->session = s;
	t->uid = view_uid(&s->drop.view, number);
	r = next_block(t); /* WAITS */
	if (r == ERR_NOT_FOUND)
		return pop3d_err(s, "", "Message %u was removed by another session", number);
	if (r < 0)
		return pop3d_failed(s, r); /* WAITS */
	return send_text(t);               /* WAITS */
}

WAITS int pop3d_cmd_retr(struct pop3d_session *s, const struct pop3_command *cmd)
{
	AUTO(text_fini) struct text t = { .all = true, .at_once = MAILBOX_READ_BYTES_MAX };
	int r = send_message(s, cmd->n, &t); /* WAITS */

	s->n_retrieved += r >= 0 && t.at;
	return r;
}

WAITS int pop3d_cmd_top(struct pop3d_session *s, const struct pop3_command *cmd)
{
	AUTO(text_fini) struct text t = { .n_lines = cmd->n_lines, .at_once = TOP_READ_BYTES };

	return send_message(s, cmd->n, &t); /* WAITS */
}

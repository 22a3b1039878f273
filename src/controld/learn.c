/* controld/learn.c - what the operator says of wanted and unwanted mail. */
#include "controld/session.h"

#include "calls/learn.h"
#include "intake/wanted.h"

enum { MESSAGE_BYTES_MAX = 512 << 10, LINE_BYTES = 1024 };

static const char *const whats[LEARN_WHATS] = {
	[LEARN_HAM] = "ham", [LEARN_SPAM] = "spam", [LEARN_FORGET] = "forget"
};
static const char *const dones[] = { "counted", "turned", "repeated",
	                             "known" }; /* classify_learned */

static int what_of(struct span name, uint8_t *out)
{
	for (uint8_t i = 0; i < LEARN_WHATS; i++)
		if (span_eq(name, span_str(whats[i]))) {
			*out = i;
			return 0;
		}
	return err(ERR_SYNTAX, "what is learned? ham, spam, forget or show");
}

/* The message that follows the request; lines end in CRLF. */
static WAITS int take_message(struct controld_session *s, uint64_t left, struct buf *out)
{
	while (left) {
		struct span piece = span_sub(stream_peek(s->stream), 0, left);
		int r = piece.n ? buf_put(out, piece) : stream_fill(s->stream); /* WAITS */
		if (r < 0) {
			s->lost = true;
			return r;
		}
		stream_consume(s->stream, piece.n);
		left -= piece.n;
	}
	return 0;
}

/* An account's own ticket, or the operator's for the server's. */
static WAITS int ticket_of(struct controld_session *s, json_t *request, bool *server,
                           struct span *out)
{
	*server = !controld_string(request, "account").n;
	return *server ? controld_ticket(s, out)                   /* WAITS */
	               : controld_account_ticket(s, request, out); /* WAITS */
}

static WAITS int answer(struct controld_session *s, const char *done,
                        const struct learn_message_reply *got)
{
	AUTO_BUF line = BUF(LINE_BYTES);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_span(&j, "done", span_str(done));
	json_member_int(&j, "told_spam", got->told_spam);
	json_member_int(&j, "told_ham", got->told_ham);
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}

static WAITS int learn(struct controld_session *s, json_t *request, struct span message)
{
	struct learn_message_args a = { .hashes = SPAN("") };
	struct learn_message_reply got = { 0 };
	int r = what_of(controld_string(request, "what"), &a.what);

	if (r >= 0)
		r = ticket_of(s, request, &a.server, &a.ticket); /* WAITS */
	if (r >= 0 && a.what == LEARN_FORGET)
		r = learn_message(&a, &s->mem, &got); /* WAITS */
	else if (r >= 0)
		r = intake_teach(a.ticket, a.server, a.what, message, &s->mem, &got); /* WAITS */
	if (r >= 0 && got.done >= N_ELEMS(dones))
		r = err(ERR_UNAVAILABLE, "the store answered what cannot be");
	if (r < 0)
		return r;
	return answer(s, a.what == LEARN_FORGET ? "forgotten" : dones[got.done], &got); /* WAITS */
}

/* How much was told: of the server, and with it of the account. */
static WAITS int show(struct controld_session *s, json_t *request)
{
	struct learn_account account = { controld_string(request, "account") };
	struct learn_score_args a = { .hashes = SPAN(""), .accounts = &account, .n_accounts = 1 };
	struct learn_score_reply got;
	int r = learn_score(&a, &s->mem, &got); /* WAITS */

	if (r < 0 || got.n_verdicts != 1)
		return r < 0 ? r : ERR_BUG;
	struct learn_message_reply sum = { .told_spam = got.verdicts[0].told_spam,
		                           .told_ham = got.verdicts[0].told_ham };
	return answer(s, got.verdicts[0].enough ? "enough" : "not enough", &sum); /* WAITS */
}

WAITS int controld_learn(struct controld_session *s, json_t *request)
{
	AUTO_BUF message = BUF(MESSAGE_BYTES_MAX);
	int64_t size = controld_number(request, "size", 0);

	if (size < 0 || size > MESSAGE_BYTES_MAX) {
		s->lost = true;
		return err(ERR_TOO_BIG, "of a message %d octets are looked at", MESSAGE_BYTES_MAX);
	}
	int r = take_message(s, (uint64_t)size, &message); /* WAITS */
	if (r < 0)
		return r;
	if (span_eq(controld_string(request, "what"), SPAN("show")))
		return show(s, request);              /* WAITS */
	return learn(s, request, buf_span(&message)); /* WAITS */
}

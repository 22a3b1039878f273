/* deliver/deliver.h - one attempt: one message to recipients of one destination, without I/O.
 *
 * Sources: RFC 5321 3.3, 4.2.1, 4.5.3.1.10, 5.1 (hosts, retries, splitting); RFC 7435
 *          (opportunistic TLS); RFC 7505 (null MX); RFC 9422 (limits that a server tells).
 * No I/O, no clock, no fibres: the courier drives it with fibres, others with plain sockets,
 * a test with a script.  All decisions are here and nowhere else.  Floor 2: above
 * wire/smtp/client.
 *
 * The caller turns this loop:
 *
 *	for (;;)
 *		switch (deliver_want(d)) {
 *		case DELIVER_WANT_DNS:      answer deliver_question(d) by deliver_answer(d,
 *&answer); case DELIVER_WANT_SESSION:  a kept session or a new one, as deliver_plan(d) says:
 *		                            deliver_session(d, &session) or deliver_no_session(d,
 *...); case DELIVER_WANT_RUN:      turn the session's client until it is idle or closed:
 *		                            deliver_ran(d, tls version); the message goes as it is,
 *		                            or made 7bit when deliver_converts(d);
 *		case DELIVER_WANT_CONTENT:  look at the message: deliver_content(d, &content);
 *		case DELIVER_WANT_RELEASE:  keep, quit or close it, as deliver_release(d) says;
 *		case DELIVER_DONE:          deliver_outcomes(d, &n): one a recipient, in order;
 *		}
 *
 * The caller owns time: what takes too long it ends by saying so (an answer or a session that
 * did not come, smtp_client_closed), the search for servers by deliver_end_search, and all of
 * it by deliver_stop.  After any of them the loop still ends in DONE, with an outcome for
 * every recipient.  What the caller gives when it was not wanted is ignored.
 */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include "base/arena.h"
#include "deliver/session.h"

struct deliver;

/* One recipient's end.  Everything that ledger, JSON and people are told comes from here;
 * spans live in the arena. */
struct deliver_outcome {
	bool delivered, temporary;
	struct smtp_client_result said; /* stage, code, words, class */
	struct span host, address;      /* "192.0.2.1:25"; empty before there was a server */
	struct span tls_version, tls_policy;
};

/* message and its recipients are borrowed; everything lives in mem.  message->smtputf8: its header
 * section holds UTF-8 that demands it (RFC 6531 3.2); the addresses are looked at here.  Those
 * that are international in their domain alone go in A-labels, and demand nothing.  ERR_NO_MEMORY;
 * ERR_SYNTAX: no recipients; ERR_TOO_LONG: more than SMTP_CLIENT_RCPTS_MAX, or a relay's
 * name that is too long. */
NODISCARD int deliver_new(const struct deliver_rules *rules, const struct deliver_to *to,
                          const struct smtp_client_tx *message, struct arena *mem,
                          struct deliver **out);
/* Before the first step: the body must stay as it is, so that nobody need look whether it can be
 * made 7bit. */
void deliver_signed(struct deliver *d);

enum deliver_want {
	DELIVER_WANT_DNS,
	DELIVER_WANT_SESSION,
	DELIVER_WANT_RUN,
	DELIVER_WANT_CONTENT,
	DELIVER_WANT_RELEASE,
	DELIVER_DONE,
};
enum deliver_want deliver_want(const struct deliver *d);

struct deliver_question deliver_question(const struct deliver *d);
void deliver_answer(struct deliver *d, const struct deliver_answer *answer);

void deliver_plan(const struct deliver *d, struct deliver_plan *out);
/* The next hosts, max at most, whose addresses are not yet asked for; borrowed.  How many. */
size_t deliver_further_hosts(const struct deliver *d, struct span *out, size_t max);
/* The transaction is begun on it. */
void deliver_session(struct deliver *d, const struct deliver_session *s);
/* No session with the plan's first candidate.  cause: CONNECT, LOCAL, SHUTDOWN; why: borrowed. */
void deliver_no_session(struct deliver *d, enum smtp_cause cause, struct span why);
/* The client is idle or closed. */
void deliver_ran(struct deliver *d, struct span tls_version);
/* The message is to be made 7bit (wire/message/seven_bit.h) on its way into the client. */
bool deliver_converts(const struct deliver *d);
/* NULL: the message cannot be read, which is trouble of our own. */
void deliver_content(struct deliver *d, const struct deliver_content *content);
/* The session is the caller's again. */
enum deliver_release deliver_release(struct deliver *d);

/* No further server is tried: what failed so far is told. */
void deliver_end_search(struct deliver *d);
/* Ends the attempt: who is not decided is deferred, with this cause.  Not while RUN is wanted:
 * first end that by smtp_client_closed. */
void deliver_stop(struct deliver *d, enum smtp_cause cause);

/* When DONE. */
const struct deliver_outcome *deliver_outcomes(const struct deliver *d, size_t *n);

#endif

/* login/login.h - a client logs in: SASL (RFC 4422) for SMTP, IMAP and POP3 alike.
 *
 * Floor 4, in the role that listens.  The protocol hands in the client's lines as they came and
 * sends what it is told to send; here are mechanisms, base64 and channel bindings, and auth is
 * asked.  What differs between protocols is only how a line is framed:
 *
 *	int r = login_open(&from, mechanism, &l);
 *	if (r >= 0)
 *		r = login_feed(l, initial, has_initial, &step);
 *	while (r == LOGIN_CHALLENGE) {
 *		send "334 " (SMTP) or "+ " (IMAP, POP3), step.challenge, CRLF; read a line
 *		r = login_feed(l, line, true, &step);
 *	}
 *	r == LOGIN_DONE: step.account is logged in, step.ticket opens what is its own (kept.h)
 *	login_close(l);
 *
 * Successes and failures are logged here, and a wrong password takes its second here.
 */
#ifndef LOGIN_LOGIN_H
#define LOGIN_LOGIN_H

#include "base/buf.h"
#include "calls/ticket.h"
#include "config/settings.h"
#include "rt/stream/stream.h"

enum {
	LOGIN_LINE_MAX = 12288, /* RFC 4954 4, RFC 9051 4.3: octets of a line in base64 */
	LOGIN_FAILURES_MAX = 3, /* of a session, before it is closed */
};

struct login;

/* From where; borrowed for as long as the login lives. */
struct login_from {
	struct stream *stream; /* its peer's address, for limits; its TLS, to bind to */
	const struct settings *set;
	enum ticket_protocol protocol; /* which passwords count, and what the ticket opens */
};

enum login_next { LOGIN_DONE, LOGIN_CHALLENGE };

/* In the login's own memory, until login_close. */
struct login_step {
	struct span challenge; /* LOGIN_CHALLENGE: base64, may be empty */
	struct span account;   /* LOGIN_DONE */
	struct span ticket;
	int64_t renew_at;
	uint8_t rights;      /* login_password: what the ticket opens (enum ticket_right) */
	struct span senders; /* likewise: of a key (calls/directory.h) */
};

/* Somebody may log in here: there is TLS, or it comes by a Unix socket, or the peer is on loopback
 * and that is permitted (smtp.plain_auth_on_loopback).  Otherwise no mechanism is offered (RFC 8314
 * 3). */
bool login_permitted(const struct stream *stream, const struct settings *set);
/* The mechanisms to offer, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN". */
int login_mechanisms_put(const struct stream *stream, const struct settings *set, struct buf *out);

/* mechanism: its name in any case.  ERR_UNKNOWN: not here; ERR_TLS: not without TLS. */
NODISCARD int login_open(const struct login_from *from, struct span mechanism, struct login **out);
/* One line of the client, without CRLF: base64, "=" for no octets, "*" to give up.  given false:
 * the command had no initial response (line is nothing then).
 *   LOGIN_CHALLENGE, LOGIN_DONE
 *   ERR_REFUSED  the client gave up ("*")
 *   ERR_SYNTAX   no base64, or the mechanism's grammar is broken
 *   ERR_UNKNOWN  an extension or channel binding that is not known here
 *   ERR_AUTH     wrong name or password: count it
 *   ERR_LIMIT    too many wrong ones from there: err_str says how long to wait
 *   others       of the fibre, or faults of ours: they can log in later */
NODISCARD WAITS int login_feed(struct login *l, struct span line, bool given,
                               struct login_step *out);
/* Wipes what was secret; NULL is nothing. */
void login_close(struct login *l);

/* USER and PASS of POP3, LOGIN of IMAP, a key of HTTP: name and password at once.  mem: for *out.
 * LOGIN_DONE, ERR_TLS, or as login_feed. */
NODISCARD WAITS int login_password(const struct login_from *from, struct span name,
                                   struct span password, struct arena *mem, struct login_step *out);
/* Of a key that is nobody's account, and that was looked at elsewhere: what came of it (r: 0, or
 * ERR_AUTH) is logged and counted as of the others, and a wrong one takes its second.  r, or of the
 * fibre. */
NODISCARD WAITS int login_key(const struct login_from *from, struct span name, int r);

#endif

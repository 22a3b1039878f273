/* login/login.h - a client logs in: SASL (RFC 4422) for SMTP, IMAP and POP3 alike.
 *
 * Floor 4, in the role that listens.  The protocol hands in the client's lines as they came and
 * sends what it is told to send; here are mechanisms, base64 and channel bindings, and auth is
 * asked.  What differs between protocols is only how a line is framed:
 *
 *	int r = login_open(&from, mechanism, clear, &l);    ERR_UNKNOWN: no such mechanism here
 *	if (r >= 0)
 *		r = login_feed(l, initial, has_initial, &step);
 *	while (r == LOGIN_CHALLENGE) {
 *		send "334 " (SMTP) or "+ " (IMAP, POP3), step.challenge, CRLF; read a line
 *		r = login_feed(l, line, true, &step);
 *	}
 *	r == LOGIN_DONE: step.account is logged in, step.ticket opens what is its own
 *	login_close(l);
 */
#ifndef LOGIN_LOGIN_H
#define LOGIN_LOGIN_H

#include "base/buf.h"
#include "calls/ticket.h"
#include "rt/stream/stream.h"

enum { LOGIN_LINE_MAX = 12288 }; /* RFC 4954 4, RFC 9051 4.3: octets of a line in base64 */

struct login;

/* From where; borrowed for as long as the login lives. */
struct login_from {
	struct stream *stream;         /* its peer's address, for limits; its TLS, to bind to */
	enum ticket_protocol protocol; /* which passwords count, and what the ticket opens   */
};

enum login_next { LOGIN_DONE, LOGIN_CHALLENGE };

/* In the login's own memory, until login_close. */
struct login_step {
	struct span challenge; /* LOGIN_CHALLENGE: base64, may be empty */
	struct span name;      /* as the client said it, for the log; empty until it did */
	struct span account;   /* LOGIN_DONE */
	struct span ticket;
	int64_t renew_at;
};

/* The mechanisms to offer, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN", each with prefix in
 * front ("AUTH=" in IMAP, "" elsewhere) and a space between.  clear: passwords may travel here
 * (TLS, or loopback where that is permitted); without, only SCRAM. */
int login_mechanisms_put(struct buf *out, const struct stream *stream, const char *prefix,
                         bool clear);

/* mechanism: its name in any case.  ERR_UNKNOWN: not here, or it needs TLS (ERR_TLS). */
NODISCARD int login_open(const struct login_from *from, struct span mechanism, bool clear,
                         struct login **out);
/* One line of the client, without CRLF: base64, "=" for no octets, "*" to give up.  given false:
 * the command had no initial response (line is nothing then).
 *   LOGIN_CHALLENGE, LOGIN_DONE
 *   ERR_REFUSED  the client gave up ("*")
 *   ERR_SYNTAX   no base64, or the mechanism's grammar is broken
 *   ERR_AUTH     wrong name or password; say so after a second, and count it
 *   ERR_LIMIT    too many wrong ones from there: err_str says how long to wait
 *   ERR_UNKNOWN  an extension or channel binding that is not known here
 *   others       faults of ours: they can log in later */
NODISCARD WAITS int login_feed(struct login *l, struct span line, bool given,
                               struct login_step *out);
/* USER and PASS of POP3, LOGIN of IMAP: name and password at once.  As login_feed. */
NODISCARD WAITS int login_password(const struct login_from *from, struct span name,
                                   struct span password, struct arena *mem, struct login_step *out);
/* Wipes what was secret; NULL is nothing. */
void login_close(struct login *l);

#endif

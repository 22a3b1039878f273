/* tests/unit/deliver/script.h - the engine against written servers, without I/O.
 *
 * A session's script is what the server does each time the client wants to hear it,
 * separated by ';':
 *
 *   text      it sends the line ('|' in it is CRLF: more lines at once)
 *   TLS       (when the client wants the handshake) it succeeds; TLS! fails
 *   HANGUP    it closes; so does the end of the script
 *   SILENCE   nothing comes for too long
 * and a script of "!" is no connection at all.
 */
#ifndef TESTS_UNIT_DELIVER_SCRIPT_H
#define TESTS_UNIT_DELIVER_SCRIPT_H

#include "deliver/deliver.h"

enum { SCRIPT_SESSIONS_MAX = 8 };

struct script {
	const char *sessions[SCRIPT_SESSIONS_MAX]; /* the n-th new one gets the n-th          */
	unsigned n_messages;                       /* one after the other, sessions are kept  */
	unsigned n_rcpts;
	bool eight_bit, smtputf8, is_signed;
	const char *return_path; /* NULL is alice@us.test                            */
	const char *rcpt_domain; /* NULL is d */
	struct deliver_content content;
	bool unreadable;      /* the content */
	struct deliver_to to; /* domain "" is "d": MX 10 m1, 20 m2                      */
	unsigned transactions_max;
	enum smtp_cause stop; /* the attempt is stopped when it wants its second session  */
};

/* Runs it.  What happened, a message after the other, "|" between them:
 *   "m1+O close, m1+F keep"     each session: host, + new or = kept, how it is protected
 *                               (Opportunistic, None, Required, Implicit, Failed), how it was
 *                               given back
 * and its recipients' outcomes:
 *   "D250@m1 T451@m1 P:no-such-domain"   delivered, for now or for good; the code, or the
 *                               class when it was no reply; the host
 * Both in static buffers.  *heard: all that the servers heard, a space between lines. */
void script_run(const struct script *s, const char **sessions, const char **outcomes,
                const char **heard);

#endif

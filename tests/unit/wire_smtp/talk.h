/* tests/unit/wire_smtp/talk.h - the client engine against a written conversation.
 *
 * A script is lines; the first letter says who:
 *
 *   S text   the server sends it (CRLF is added); S lines in a row come in one read
 *   C text   the client must send it; C lines in a row must be all that it sends
 *            before it wants anything else
 *   T        the client must want STARTTLS, and the handshake succeeds
 *   M        a transaction begins: talk.tx
 *   B text   the client must want the message; a line of it is given
 *   E        the message ends
 *   I / X    the client must be idle / closed
 *   Q        the caller quits
 */
#ifndef TESTS_UNIT_WIRE_SMTP_TALK_H
#define TESTS_UNIT_WIRE_SMTP_TALK_H

#include "base/buf.h"
#include "wire/smtp/client/client.h"

struct talk {
	struct smtp_client *c;
	struct smtp_client_tx tx;
	size_t piece;  /* octets a read, a write, a chunk; 0 is all at once           */
	size_t budget; /* octets of the server until the connection breaks; 0 is none */
	bool broken;
	struct buf seen; /* what the client sent and no C line has claimed            */
};

/* A transaction from a@me.example to b@, c@, d@mx.example. */
extern const struct smtp_client_tx TALK_TX;
extern const struct smtp_client_conf TALK_CONF;

void talk_open(struct talk *t, const struct smtp_client_conf *conf, size_t piece);
void talk_close(struct talk *t);
/* Runs the script, checking; stops where the connection breaks. */
void talk(struct talk *t, const char *script);
/* "rcpt 550 5.1.1 no-such-user P; body 250 delivered; ..."; a cause stands in for
 * the code as its enhanced code alone.  "-" is not decided.  From a static buffer. */
const char *talk_outcomes(const struct talk *t);
const char *talk_end(const struct talk *t);

/* Runs the script in pieces of 0 (all), 1 and 3 octets, and compares the outcomes. */
void talk_check(const struct smtp_client_conf *conf, const struct smtp_client_tx *tx,
                const char *script, const char *outcomes);

#endif

/* tests/unit/courier/harness.h - a loop, a DNS and SMTP servers for courier's tests.
 *
 * resolver_ask and resolver_ask_ptr here are doubles, linked in place of the real ones: they answer
 * from a zone.  The servers are real: TCP on loopback addresses, all on one port.
 */
#ifndef TESTS_UNIT_COURIER_HARNESS_H
#define TESTS_UNIT_COURIER_HARNESS_H

#include "config/settings.h"
#include "resolver/resolver.h"
#include "rt/stream/stream.h"
#include "test.h"

/* Runs fn in a fibre, and the loop until nothing is left; fn's waits end after a minute. */
void in_fibre(void (*fn)(void));
/* Lets the others run until cond holds. */
#define WAIT_FOR(cond)                                                                             \
	do {                                                                                       \
		while (!(cond) && fibre_yield() >= 0)                                              \
			continue;                                                                  \
		CHECK(cond);                                                                       \
	} while (0)

/* data: records separated by commas ("10 mx1.test,20 mx2.test"; a null MX is "0 ");
 * or "SERVFAIL", "TIMEOUT".  A name in no row does not exist. */
struct dns_row {
	const char *name;
	enum resolver_type type;
	const char *data;
};
void dns_zone(const struct dns_row *rows, size_t n);
extern unsigned dns_n_asked;

/* A message with a body in a file: octet i of it all is big_octet(i), the first BIG_FRONT_BYTES
 * are none of the file's.  text_piece is the real one behind a wrapper (ld --wrap). */
enum { BIG_FRONT_BYTES = 1000 };
char big_octet(uint64_t i);
extern struct big {
	uint64_t size;
	uint64_t fails_at; /* from there on pieces fail; 0 never      */
	uint64_t cut_at;   /* the file ends there; 0 never            */
	unsigned n_pieces;
	uint64_t ahead;          /* most octets read before the server had them */
	const uint64_t *arrived; /* what the server has                     */
} big;
/* Its front, in mem, and a descriptor that reads its file. */
struct span big_front(struct arena *mem);
int big_file(void);

/* A server's script: a line a step, for one connection.
 *   > text    sends a line ('|' in it is CRLF: more lines in the same segment)
 *   + text    sends text without CRLF
 *   < VERB    reads a line that must begin so
 *   .         reads a message to its final dot
 *   tls       the handshake, as server
 *   cut N     reads N octets, whatever they are
 *   flood     sends reply lines for ever
 *   trickle   sends an octet every 20 ms, never a whole line
 *   hang      reads until the client closes
 *   rest      answers QUIT with 221, anything else with 250, until the client closes
 *   mark / again  goes back to mark
 * At the end of the script the connection is closed. */
struct server {
	const char *address;
	const char *scripts[3]; /* connection n gets the n-th, or else the last */

	struct listener *listener;
	unsigned n_connections, n_open, n_messages, n_wrong;
	struct buf heard; /* the commands, each ended by LF */
	struct buf body;  /* the latest message as it was meant: dots undone */
	uint64_t n_body;
};
/* A port that is free on 127.0.0.2 and 127.0.0.3. */
uint16_t pick_port(void);
/* A listening socket on servers_port. */
int listen_on(const char *address, int backlog);
void server_open(struct server *s);
void server_close(struct server *s); /* waits until its connections have ended */
extern uint16_t servers_port;

#define HELLO                                                                                      \
	"> 220 mx.test ESMTP\n< EHLO us.test\n> 250-mx.test|250-PIPELINING|250-8BITMIME|250 "      \
	"SIZE\n"
#define ENVELOPE "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 354 go\n"

#endif

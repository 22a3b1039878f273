/* courier/connection.h - one SMTP session with one server.  Floor 5.
 *
 * The session itself is wire/smtp/client.h; here it gets octets, time limits and TLS.
 */
#ifndef COURIER_CONNECTION_H
#define COURIER_CONNECTION_H

#include "courier/body.h"
#include "courier/destination.h"
#include "courier/failure.h"

struct connection {
	struct list idle; /* in the pool; see pool.h */
	struct stream *stream;
	struct smtp_client *client;
	struct address address;
	uint64_t hash; /* of the address */
	char host[256];
	char address_text[ADDRESS_TEXT_BYTES];
	const char *tls_policy;
	bool tls_broke; /* the handshake failed */
	bool renew;     /* the next wait is for something new: its time limit starts over */
	enum smtp_client_phase phase; /* that the time limit was taken from */
	int64_t limit_at;
};

/* Connects.  tls NONE: a handshake with this server has failed just now.
 * What stream_connect returns; ERR_NO_MEMORY. */
NODISCARD WAITS int connection_open(const struct candidate *to, enum smtp_client_tls tls,
                                    struct connection **out);
/* Goes on until the client is idle or closed, whatever happens; the results are
 * in the client.  body may be NULL when no transaction was begun. */
WAITS void connection_run(struct connection *c, struct body *body);
/* Takes what the server said unasked, without waiting.  False when the session is over. */
bool connection_is_alive(struct connection *c);
/* QUIT, a short wait for the answer, and free. */
WAITS void connection_end(struct connection *c);
void connection_free(struct connection *c); /* NULL is nothing */
/* Borrowed from the connection. */
struct where connection_where(const struct connection *c);

#endif

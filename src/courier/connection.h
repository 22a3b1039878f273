/* courier/connection.h - one SMTP session with one server.  Floor 5.
 *
 * The session itself is wire/smtp/client/client.h, and what it is for is deliver/session.h's
 * to say; here it gets octets, time limits and TLS.
 */
#ifndef COURIER_CONNECTION_H
#define COURIER_CONNECTION_H

#include "base/list.h"
#include "config/settings.h"
#include "courier/body.h"
#include "deliver/session.h"
#include "rt/stream/stream.h"

/* A connected Unix socket; the courier may not make one. */
typedef WAITS int connection_reach_fn(struct span path, int *fd);

/* What all connections share. */
struct connection_rules {
	const struct settings *set;
	connection_reach_fn *reach;
	struct tls_context *any;      /* takes any certificate                            */
	struct tls_context *testing;  /* checks likewise, and takes any; NULL: no roots here */
	struct tls_context *dane;     /* those that TLSA records vouch for                */
	struct tls_context *verified; /* checks certificate and name; NULL: no roots here */
};

struct connection {
	struct list idle; /* in the pool; see pool.h */
	struct pool *pool;
	const struct connection_rules *rules;
	struct stream *stream;
	struct smtp_client *client;
	enum deliver_tls tls;
	struct ip ip;
	uint64_t hash; /* see connection_hash */
	char host[256];
	enum smtp_cause tls_broke;       /* the handshake failed, or NONE                  */
	const struct deliver_dane *dane; /* until then                              */
	bool renew; /* the next wait is for something new: its time limit starts over */
	enum smtp_client_phase phase; /* that the time limit was taken from */
	int64_t limit_at;
};

/* Connects to the plan's first candidate.  What stream_connect or reach returns; ERR_NO_MEMORY. */
NODISCARD WAITS int connection_open(const struct connection_rules *rules,
                                    const struct deliver_plan *plan, struct connection **out);
/* Of whatever must be equal for a session to serve: address and port or path, protocol, login and
 * TLSA records. */
uint64_t connection_hash(const struct deliver_candidate *to, const struct deliver_plan *plan);
/* Goes on until the client is idle or closed, whatever happens; the results are
 * in the client.  body may be NULL when no transaction was begun. */
WAITS void connection_run(struct connection *c, struct body *body);
/* Takes what the server said unasked, without waiting.  False when the session is over. */
bool connection_is_alive(struct connection *c);
/* "TLSv1.3", empty without; borrowed. */
struct span connection_tls_version(const struct connection *c);
/* QUIT, a short wait for the answer, and free. */
WAITS void connection_end(struct connection *c);
void connection_free(struct connection *c); /* NULL is nothing */

#endif

/* component/net/session.h - one SMTP or LMTP session with one server, that never blocks.
 *
 * The session itself is wire/smtp/client/client.h, and what it is for is deliver/session.h's
 * to say; here it gets octets, time limits and TLS.
 */
#ifndef COMPONENT_NET_SESSION_H
#define COMPONENT_NET_SESSION_H

#include "component/net/body.h"
#include "component/net/link.h"
#include "component/options.h"
#include "component/net/poller.h"
#include "deliver/session.h"

struct session {
	struct list list;        /* in the client, while no attempt has it */
	struct poller_wait wait; /* whose has the session */
	const struct options *options;
	struct link_tls *tls_contexts;
	struct link link;
	struct smtp_client *client; /* NULL until it is connected */
	enum deliver_tls tls;
	bool unverified;                 /* whatever tls says: this machine's loopback */
	const struct deliver_dane *dane; /* borrowed until the handshake is over */
	bool by_dane, in_handshake;
	struct ip ip;
	uint16_t port;
	char host[256];
	uint64_t login; /* of protocol, user and password */
	enum smtp_cause tls_broke;
	bool renew; /* the next wait is for something new: its time limit starts over */
	enum smtp_client_phase phase;
	int64_t limit_at;
};

/* Begins to connect to the plan's first candidate.  What link_open returns; ERR_NO_MEMORY. */
NODISCARD int session_open(const struct options *o, struct link_tls *tls,
                           const struct deliver_plan *plan, bool unverified, struct session **out);
/* After POLLOUT: the client is there.  ERR_NET, ERR_NO_MEMORY; ERR_CANCELLED: the program has no
 * token. */
NODISCARD int session_opened(struct session *s, const struct deliver_plan *plan);
/* Goes as far as it can without waiting, and with a body for some ms at most.  True: idle or
 * closed, and the results are in the client; false: wait for session_events until limit_at.  body
 * may be NULL when no transaction was begun.
 */
bool session_turn(struct session *s, struct body *body);
short session_events(const struct session *s);
/* The time limit is over, or all time is. */
void session_fail(struct session *s, enum smtp_cause cause);
/* "TLSv1.3", empty without; borrowed. */
struct span session_tls_version(const struct session *s);
/* Kept, would it serve where this is wanted? */
bool session_serves(const struct session *s, const struct deliver_candidate *to,
                    const struct deliver_plan *plan);
/* Takes what the server said unasked.  False: the session is over. */
bool session_is_alive(struct session *s);
void session_free(struct session *s); /* NULL is nothing */

#endif

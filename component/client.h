/* component/client.h - what lasts from one mail to the next: options, name servers, sessions. */
#ifndef COMPONENT_CLIENT_H
#define COMPONENT_CLIENT_H

#include "component/net/dns.h"
#include "component/net/session.h"
#include "component/net/sts.h"
#include "component/reach.h"
#include "component/route.h"
#include "postrider.h"

/* What is told of a client that is none. */
#define CLIENT_NULL "the client is NULL: postrider_client_new had no memory, or was not called"

#define CLIENT_BUSY "a send of this client is under way: wait for its end, or use another client"

enum { CLIENT_WORDS = 512 };

enum { SIGN_KEYS_MAX = 8 };

/* For DKIM. */
struct sign_key {
	struct span domain, selector; /* in A-labels */
	struct evp_pkey_st *private_key;
	bool ed25519;
};

struct sign_keys {
	struct arena mem;
	struct sign_key v[SIGN_KEYS_MAX];
	size_t n;
};

struct send_job;

struct postrider_client {
	struct send_job *job; /* under way; or NULL */
	struct sign_keys keys;
	bool ended;             /* the send, by the program's word: no row is told any more */
	bool inside, freed;     /* client_enter; what it called has freed it, which then waits */
	_Atomic bool cancelled; /* by any thread, which then wakes us */
	struct poller_wait wake;
	int wake_fd; /* -1: a cancel is seen at the next event */
	struct options options;
	struct poller poller;
	struct dns *dns; /* NULL until a name is asked for; likewise sts */
	struct sts *sts;
	struct link_tls tls;
	struct list idle, leaving; /* sessions */
	size_t n_idle;
	struct reach reach;    /* of direct sends */
	struct list witnesses; /* component/witness.h */
	int (*decided)(void *arg, const struct postrider_result *r, size_t i); /* or NULL */
	void *arg;
	char words[CLIENT_WORDS]; /* of the latest error; empty: none */
};

/* Which way it goes: route_parse, and there is something to log in with. */
NODISCARD int client_route(const struct postrider_client *c, const char *server, struct arena *mem,
                           struct route *out);
/* What calls functions of the program's stands between these, so that they cannot call it again.
 * False: they try to.  After leave the client may be no more. */
NODISCARD bool client_enter(struct postrider_client *c);
void client_leave(struct postrider_client *c);
/* Options stay as they are while there is a send; words for postrider_client_error. */
NODISCARD int client_may_change(const struct postrider_client *c, const char *what);
/* A send is under way between these: a cancel wakes it, and is over with it. */
void client_begin_send(struct postrider_client *c);
void client_end_send(struct postrider_client *c);

/* A session that would serve, or NULL; candidate: for which of the plan's. */
struct session *client_take(struct postrider_client *c, const struct deliver_plan *plan,
                            size_t *candidate);
/* The session is the client's: kept, or told goodbye. */
void client_keep(struct postrider_client *c, struct session *s);
void client_goodbye(struct postrider_client *c, struct session *s);

#endif

/* component/web/call.h - one connection to a web server by HTTPS: found, opened, secured; a request
 * out, its answer in; never blocks. */
#ifndef COMPONENT_WEB_CALL_H
#define COMPONENT_WEB_CALL_H

#include "component/client.h"
#include "component/web/answer.h"
#include "component/web/request.h"

enum { CALL_ADDRESSES_MAX = 8 };

enum call_state {
	CALL_FINDS, /* its addresses */
	CALL_OPENS,
	CALL_SECURES,
	CALL_TALKS,
};

/* What became of it. */
enum call_end {
	CALL_GOES_ON,
	CALL_ANSWERED,   /* answer has it */
	CALL_UNFOUND,    /* no address */
	CALL_UNOPENED,   /* nobody answers there */
	CALL_UNSECURED,  /* TLS, or the certificate */
	CALL_BROKEN,     /* the connection, or what came is no answer */
	CALL_UNREADABLE, /* the message cannot be read; or no memory */
	CALL_LATE,       /* a time limit is over */
};

struct call {
	struct postrider_client *client;
	const struct route *route;
	struct arena *mem;
	struct poller_wait wait;
	struct link link;
	enum call_state state;
	struct ip addresses[CALL_ADDRESSES_MAX];
	size_t n_addresses, at;
	struct dns_asked *asked;
	bool in_a, written, unreadable;
	bool fired; /* what was waited for has happened: */
	short happened;
	int64_t until_at, limit_at;
	struct web_request request;
	struct web_answer answer;
	/* Called when something has happened: call_turn tells what. */
	void (*fn)(void *arg);
	void *arg;
};

/* Its members until `in_a` are given, and fn. */
void call_init(struct call *c);
/* The request is there: begins, over the connection that there is, or a new one. */
void call_begin(struct call *c, int64_t until_at);
/* Goes as far as it can without waiting; words of an end are err_str's of *r. */
enum call_end call_turn(struct call *c, int *r);
/* Some ms later fn is called. */
void call_rest(struct call *c, int64_t ms);
/* The connection is of no use any more. */
void call_drop(struct call *c);
void call_fini(struct call *c);

#endif

/* httpd/httpd.h - the HTTP server: programs send, and ask what became of it (docs/guide/http.md).
 *
 * Floor of smtpd, in the edge role.  HTTP/1.1 (RFC 9112) by wire/http; what an account may is asked
 * of the store with the ticket that its key opened (calls/queue.h, queue_own_*).
 */
#ifndef HTTPD_HTTPD_H
#define HTTPD_HTTPD_H

#include "config/settings.h"
#include "rt/stream/stream.h"
#include "rt/stream/tls.h"
#include "wire/http/head.h"

enum httpd_kind {
	HTTPD_HTTP,  /* 80: sends to HTTPS; answers itself where the client is this machine */
	HTTPD_HTTPS, /* 443 */
	HTTPD_OWN,   /* the operator's, in clear text */
};

/* A segment ":" of the path is any one.  right: enum ticket_right; 0: anybody. */
struct httpd_request;
typedef int httpd_handler(struct httpd_request *q);
struct httpd_route {
	enum http_method method;
	const char *path;
	httpd_handler *handler;
	unsigned right;
	const void *arg; /* the handler's */
};
/* Those of the API. */
const struct httpd_route *httpd_api(size_t *n);

/* One listener's service.  Borrowed for as long as sessions live. */
struct httpd_server {
	enum httpd_kind kind;
	const struct settings *set;
	struct tls_context *tls;
	const struct httpd_route *routes;
	size_t n_routes;
	/* Who may: before every handler.  1; 0: may not, and that was answered.  NULL: a route with
	 * a right wants an account's key. */
	httpd_handler *gate;
	const char *guide; /* where what there is stands; NULL: in the API's */
};

/* A new connection (listener_open's callback); arg is the struct httpd_server. */
void httpd_accept(struct stream *stream, void *arg);

/* Sessions now. */
size_t httpd_sessions(void);
/* The server stops: streams of events end. */
void httpd_stop(void);

#endif

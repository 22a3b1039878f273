/* httpd/session.h - a connection and the request at hand: what the handlers share.
 *
 * A handler answers once, by httpd_json or httpd_problem, and returns what that returned; a
 * negative value ends the connection.
 */
#ifndef HTTPD_SESSION_H
#define HTTPD_SESSION_H

#include <jansson.h>

#include "base/json.h"
#include "httpd/httpd.h"
#include "login/kept.h"
#include "wire/http/chunks.h"
#include "wire/http/head.h"

enum {
	HTTPD_WORK_MS = 60 * 1000, /* for what an answer needs, but for waiting on purpose */
	HTTPD_SEGMENTS_MAX = 6,    /* of a path */
	HTTPD_ANSWER_MAX = 4 << 20,
	HTTPD_KEY_MAX = 200, /* octets of an Idempotency-Key */
};

struct httpd_session;

/* Whose key the connection has shown last. */
struct httpd_key {
	uint64_t digest; /* of the Authorization field, keyed; 0: none */
	struct login_kept login;
	uint8_t rights; /* enum ticket_right */
	char *senders;  /* calls/directory.h */
};

/* What a connection is for, once it is no longer for requests. */
struct httpd_other {
	/* WAITS.  True: it is parked; else *r says why it ends. */
	bool (*go_on)(struct httpd_session *s, stream_resume_fn *resume, int *r);
	void (*end)(struct httpd_other *o);
};

struct httpd_session {
	struct stream *stream;
	const struct httpd_server *server;
	const struct settings *set;
	struct httpd_key key;
	struct httpd_other *other; /* NULL: for requests */
	unsigned n_requests, n_errors, n_wrong_keys;
	bool counted;
	bool lingers; /* the client is writing what is not wanted */
};

struct httpd_request {
	struct httpd_session *s;
	struct arena mem;  /* of the request */
	struct buf octets; /* of the head: a key is in it */
	struct http_head head;
	const struct httpd_route *route;
	struct span segments[HTTPD_SEGMENTS_MAX]; /* of the path, decoded */
	size_t n_segments;
	struct http_chunks chunks;
	uint64_t body_left; /* HTTP_LENGTH */
	size_t body_n, body_max;
	int64_t body_begun_at;
	bool body_over, answered, closes;
	unsigned allowed;            /* a bit for each enum http_method that the path is for */
	size_t held_bytes;           /* held.c */
	struct httpd_limits *limits; /* of who hands in a message; NULL: nobody, or not asked */
	struct span digest;          /* of the body, as text; with Idempotency-Key */
	int status;                  /* answered with */
	int64_t begun_us;
};

/* As stream_fill; that the account has changed is seen to at the next request. */
NODISCARD WAITS int httpd_fill(struct httpd_session *s);

/* ---- body.c ---- */

/* The body, which may have max octets, in pieces. */
NODISCARD WAITS int httpd_body_begin(struct httpd_request *q, size_t max);
/* Appends the next one, which may be empty.  1; 0: it is over.  ERR_TOO_LONG, ERR_SYNTAX,
 * ERR_TIMEOUT: httpd_body_refuse answers that. */
NODISCARD WAITS int httpd_body_next(struct httpd_request *q, struct buf *out);
NODISCARD WAITS int httpd_body_refuse(struct httpd_request *q, int r);
/* All of it.  1: it is there; 0: it is not, and that was answered. */
NODISCARD WAITS int httpd_body(struct httpd_request *q, size_t max, struct buf *out);
/* Reads on past what was not wanted of it, if that is little; else the connection closes. */
NODISCARD WAITS int httpd_body_skip(struct httpd_request *q);
/* The text as a JSON object; the caller's.  1; 0: it is none, and that was answered. */
NODISCARD WAITS int httpd_parse_json(struct httpd_request *q, struct span text, json_t **out);
/* The body likewise.  Also sets q->digest. */
NODISCARD WAITS int httpd_body_json(struct httpd_request *q, size_t max, json_t **out);
/* What is kept here as JSON; the caller's.  NULL: it is none. */
json_t *httpd_kept_json(struct span text);
/* Sets q->digest to that of the octets, if the request has an Idempotency-Key. */
NODISCARD int httpd_digest(struct httpd_request *q, struct span octets);

/* ---- held.c ---- */

/* The request holds n octets more, until it ends.  ERR_LIMIT: with those of all others that is over
 * http.memory; small ones, and one that is alone, always have room. */
NODISCARD int httpd_hold(struct httpd_request *q, size_t n);
void httpd_held_end(struct httpd_request *q);

/* ---- limits.c ---- */

/* A message of that sender was handed in, to so many: the answer tells the limits that it counts
 * for, and a refusal when to come again.  ERR_NO_MEMORY: it does not. */
NODISCARD int httpd_limits_of(struct httpd_request *q, struct span sender, size_t n);
/* It was committed, and counts for none. */
void httpd_limits_none(struct httpd_request *q);
/* Seconds until it can be handed in again; 0: not known. */
WAITS int64_t httpd_limits_open(struct httpd_request *q);
WAITS void httpd_limits_put(struct httpd_request *q, struct buf *head);

/* ---- reply.c ---- */

/* An answer with a body; fields: further ones, each with its CRLF. */
NODISCARD WAITS int httpd_answer(struct httpd_request *q, int status, const char *type,
                                 struct span fields, struct span body);
NODISCARD WAITS int httpd_json(struct httpd_request *q, int status, const struct buf *body);
/* A refusal, before it is answered. */
struct httpd_no {
	int status;
	const char *type;
	char detail[1200]; /* what the client gave may be long, and is repeated in part */
};
void httpd_no(struct httpd_no *out, int status, const char *type, const char *fmt, ...)
        PRINTF(4, 5);
/* Of an error: as httpd_problem_of. */
void httpd_no_of(struct httpd_no *out, int r);
/* The problem document, as a value. */
void httpd_no_json(const struct httpd_no *no, struct json *j);
NODISCARD WAITS int httpd_refuse(struct httpd_request *q, const struct httpd_no *no);
/* RFC 9457: type is the slug of /problems/, title and detail say what happened and what to do. */
NODISCARD WAITS int httpd_problem(struct httpd_request *q, int status, const char *type,
                                  const char *fmt, ...) PRINTF(4, 5);
/* Of an error of ours, or of a call's: r is negative.  ERR_TICKET, ERR_NOT_FOUND, ERR_LIMIT and
 * others have statuses of their own; what is our fault is 503. */
NODISCARD WAITS int httpd_problem_of(struct httpd_request *q, int r);

/* ---- key.c ---- */

/* The request's key opens that (enum ticket_right).  1; 0: it does not, and that was answered. */
NODISCARD WAITS int httpd_may(struct httpd_request *q, unsigned right);
struct span httpd_ticket(const struct httpd_request *q);
void httpd_key_forget(struct httpd_key *k);

/* ---- reply.c, too ---- */

/* Where this server is found from outside: https://HOST[:PORT]. */
void httpd_put_url(const struct settings *set, struct buf *out);

/* ---- route.c ---- */

NODISCARD WAITS int httpd_route(struct httpd_request *q);

/* The first value of that name in the query, decoded; empty: there is none, or it is malformed. */
struct span httpd_parameter(struct httpd_request *q, const char *name);

/* ---- handlers ---- */

WAITS httpd_handler httpd_send;
WAITS httpd_handler httpd_batch;
WAITS httpd_handler httpd_message;
WAITS httpd_handler httpd_messages;
WAITS httpd_handler httpd_cancel;
WAITS httpd_handler httpd_retry;
WAITS httpd_handler httpd_unsubscribe;
WAITS httpd_handler httpd_suppressions;
WAITS httpd_handler httpd_suppress;
WAITS httpd_handler httpd_unsuppress;
WAITS httpd_handler httpd_events;
WAITS httpd_handler httpd_templates;
WAITS httpd_handler httpd_template;
WAITS httpd_handler httpd_template_put;
WAITS httpd_handler httpd_template_remove;
WAITS httpd_handler httpd_template_preview;
WAITS httpd_handler httpd_forms;
WAITS httpd_handler httpd_form;
WAITS httpd_handler httpd_form_make;
WAITS httpd_handler httpd_form_put;
WAITS httpd_handler httpd_form_remove;
WAITS httpd_handler httpd_filled;
WAITS httpd_handler httpd_form_token;
WAITS httpd_handler httpd_webhooks;
WAITS httpd_handler httpd_webhook;
WAITS httpd_handler httpd_webhook_new;
WAITS httpd_handler httpd_webhook_change;
WAITS httpd_handler httpd_webhook_remove;
WAITS httpd_handler httpd_webhook_rotate;
WAITS httpd_handler httpd_webhook_test;
WAITS httpd_handler httpd_webhook_replay;
WAITS httpd_handler httpd_webhook_attempts;
/* The server stops: nobody waits for a test of an endpoint any more. */
void httpd_tests_stop(void);
WAITS httpd_handler httpd_domains;
WAITS httpd_handler httpd_domain;
WAITS httpd_handler httpd_openapi;
WAITS httpd_handler httpd_autoconfig;
WAITS httpd_handler httpd_mta_sts;
WAITS httpd_handler httpd_autodiscover;
WAITS httpd_handler httpd_autodiscover_json;
WAITS httpd_handler httpd_profile;

#endif

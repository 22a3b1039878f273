/* controld/session.h - what the calls of the control socket share. */
#ifndef CONTROLD_SESSION_H
#define CONTROLD_SESSION_H

#include <jansson.h>

#include "base/arena.h"
#include "base/json.h"
#include "controld/controld.h"

struct controld_session {
	struct stream *stream;        /* NULL: asked by */
	struct controld_asked *asked; /* another door */
	const struct settings *set;
	WAITS int (*reload)(bool *good, struct buf *text);
	struct arena mem; /* of the present call */
	bool lost;        /* where the next request begins: the connection ends */
};

/* Answers one call: 0, or a negative error that is answered as {"ok":false,...}.  A
 * call that has begun to answer ends the connection instead (ERR_CLOSED). */
typedef int controld_call(struct controld_session *s, json_t *request);
WAITS controld_call controld_send, controld_changes, controld_status, controld_queue,
        controld_order, controld_mailbox, controld_mailboxes, controld_text, controld_make,
        controld_append, controld_messages, controld_subscribe, controld_rebuild,
        controld_directory, controld_keep, controld_spf, controld_dmarc, controld_dns, controld_ban,
        controld_quarantine, controld_defence, controld_learn, controld_probe, controld_metrics,
        controld_suppression, controld_webhook, controld_mirror, controld_reload, controld_acme;

/* Puts one finished line. */
NODISCARD WAITS int controld_put_line(struct controld_session *s, const struct buf *line);

/* The operator's ticket, renewed in time; lives in s->mem. */
NODISCARD WAITS int controld_ticket(struct controld_session *s, struct span *out);

/* The ticket for the mailboxes of the request's "account"; lives in s->mem. */
NODISCARD WAITS int controld_account_ticket(struct controld_session *s, json_t *request,
                                            struct span *out);
/* So many octets that follow the request, into the intake, or dropped (NULL). */
struct intake;
NODISCARD WAITS int controld_take_text(struct controld_session *s, struct intake *in, uint64_t n);

/* A member of the request.  Empty span, or otherwise, when it is not there. */
struct span controld_string(json_t *request, const char *key);
int64_t controld_number(json_t *request, const char *key, int64_t otherwise);
/* The "limit" member, else 0; ERR_SYNTAX: below 0. */
NODISCARD int controld_limit(json_t *request, int64_t *out);
/* The "message" member: an id (13 characters), else a Message-ID that is looked up. */
NODISCARD WAITS int controld_message(struct controld_session *s, json_t *request, uint64_t *id);

#endif

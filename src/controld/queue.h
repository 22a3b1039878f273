/* controld/queue.h - what the calls about the queue share. */
#ifndef CONTROLD_QUEUE_H
#define CONTROLD_QUEUE_H

#include "calls/queue.h"
#include "controld/session.h"

/* The members of a request that say which recipients are meant.  ERR_SYNTAX, ERR_NOT_FOUND. */
NODISCARD WAITS int controld_filter(struct controld_session *s, json_t *request,
                                    struct queue_filter *out);
/* A place in its order as text, and back; ERR_SYNTAX. */
void controld_put_place(const struct queue_place *place, struct buf *out);
NODISCARD int controld_take_place(struct span text, struct queue_place *out);
/* One line each. */
NODISCARD WAITS int controld_put_rows(struct controld_session *s, const struct queue_row *rows,
                                      size_t n);
/* Who gives an order: "alice (uid 1000)". */
NODISCARD int controld_who(struct controld_session *s, json_t *request, struct span *out);
/* One page of recipients after the other, however many there are; *sum counts on.  With a->tell a
 * row each is put. */
NODISCARD WAITS int controld_give_order(struct controld_session *s, struct queue_order_args *a,
                                        struct queue_order_reply *sum);
/* What the steps of the defence found, and what followed for whom: two members. */
void controld_put_defence(struct json *j, const struct queue_status_reply *got);

#endif

/* controld/queue.h - what the calls about the queue share. */
#ifndef CONTROLD_QUEUE_H
#define CONTROLD_QUEUE_H

#include "calls/queue.h"
#include "controld/session.h"

/* The members of a request that say which recipients are meant.  ERR_SYNTAX, ERR_NOT_FOUND. */
NODISCARD WAITS int controld_filter(struct controld_session *s, json_t *request,
                                    struct queue_filter *out);
/* One line each. */
NODISCARD WAITS int controld_put_rows(struct controld_session *s, const struct queue_row *rows,
                                      size_t n);

#endif

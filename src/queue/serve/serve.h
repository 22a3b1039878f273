/* queue/serve/serve.h - the calls that the queue answers (calls/queue.h).
 *
 * Floor 4.  queue_open has returned before the first of them comes.  What is registered asks for
 * the tickets of calls/ticket.h; the handlers themselves do not.
 */
#ifndef QUEUE_SERVE_H
#define QUEUE_SERVE_H

#include "calls/mirror.h"
#include "calls/queue.h"

WAITS queue_submit_fn queue_submit_here;
WAITS queue_file_fn queue_file_here;
WAITS queue_text_fn queue_text_here;
WAITS queue_changes_fn queue_changes_here;
WAITS queue_status_fn queue_status_here;
WAITS queue_list_fn queue_list_here;
/* Of an account; 0: of none. */
uint64_t queue_owner(struct span account);
/* As queue_changes_here, and beside each record its message's owner, in mem. */
NODISCARD WAITS int queue_owned_changes_here(const struct queue_changes_args *a, struct arena *mem,
                                             struct queue_changes_reply *out, uint64_t **owners);
/* Of the account's messages alone. */
WAITS int queue_own_status_here(const struct queue_own_status_args *a, struct span account,
                                struct arena *mem, struct queue_status_reply *out);
WAITS int queue_own_changes_here(const struct queue_own_changes_args *a, struct span account,
                                 struct arena *mem, struct queue_changes_reply *out);
WAITS int queue_own_list_here(const struct queue_own_list_args *a, struct span account,
                              struct arena *mem, struct queue_own_list_reply *out);
WAITS queue_order_fn queue_order_here;
WAITS mirror_rows_fn mirror_rows_here;
WAITS queue_mailbox_fn queue_mailbox_here;
WAITS queue_keep_fn queue_keep_here;
WAITS int queue_own_order_here(const struct queue_own_order_args *a, struct span account,
                               struct arena *mem, struct queue_own_order_reply *out);
/* Registers them all. */
void queue_serve(void);

#endif

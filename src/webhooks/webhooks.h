/* webhooks/webhooks.h - what becomes of an account's messages, posted to the endpoints that it has
 * named: answers webhook_order of calls/webhooks.h.
 *
 * In the store role, above the queue, whose stream of changes it follows; the courier posts.  What
 * is kept stands in a small SQLite file, data/webhooks.db, which is a record.
 */
#ifndef WEBHOOKS_WEBHOOKS_H
#define WEBHOOKS_WEBHOOKS_H

#include "config/settings.h"
#include "rt/fibre.h"

struct store;

/* Once the queue is open.  ERR_CONFIG: a setting, or a newer program's file; ERR_CORRUPT, ERR_IO,
 * ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD WAITS int webhooks_start(const struct settings *set, struct store *sp);
/* The settings have changed: the waits that come next.  ERR_CONFIG: the old ones stay. */
NODISCARD int webhooks_reload(void);
/* What is under way is given up, and made again after the next start. */
WAITS void webhooks_stop(void);

/* What is heard of an account: while it is closed nothing is posted for it. */
struct directory_account;
void webhooks_account(const struct directory_account *a);
/* An account was removed: so are its endpoints. */
NODISCARD WAITS int webhooks_forget(struct span account);

/* Into the metrics: how many endpoints there are, by what they do. */
void webhooks_count(void);

#endif

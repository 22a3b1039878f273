/* queue/state/returns.h - which messages have a return path of their own, by which what comes back
 * is known (wire/smtp/return_path.h).
 *
 * What an account has set (docs/guide/directory.md), else what comes by HTTP: mail programs' mail
 * keeps its sender, for other servers remember who has come before by that.
 */
#ifndef QUEUE_STATE_RETURNS_H
#define QUEUE_STATE_RETURNS_H

#include "calls/directory.h"
#include "rt/fibre.h"

/* login: whoever handed it in; empty: nobody did, and it has none. */
bool returns_wanted(struct span login, bool by_http);
/* The one of this message of that sender's, in mem. */
NODISCARD WAITS int returns_path(struct span sender, uint64_t message, struct arena *mem,
                                 struct span *out);

#endif

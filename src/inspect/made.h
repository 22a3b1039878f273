/* inspect/made.h - bodies that filters have made, until whoever asked has fetched them.
 *
 * A body is larger than an answer may be, so it is fetched piece by piece (calls/inspect.h:
 * inspect_body).  At most MADE_MAX wait; when another comes, what nobody has fetched for
 * MADE_MS goes, or the oldest.
 */
#ifndef INSPECT_MADE_H
#define INSPECT_MADE_H

#include "base/buf.h"
#include "calls/inspect.h"

enum { MADE_MAX = 32, MADE_MS = 60 * 1000 };

/* Takes what is in *body. */
void made_put(struct buf *body, struct inspect_new_body *out);
/* Registers the call. */
void made_serve(void);

#endif

/* controld/dkim_watch.h - notices when DKIM records that were to be published are in DNS.  Floor 5.
 *
 * Looks at those that it has not seen yet: at the start, a minute after an order about keys, and
 * then less and less often, once an hour at last.
 */
#ifndef CONTROLD_DKIM_WATCH_H
#define CONTROLD_DKIM_WATCH_H

#include "rt/fibre.h"

NODISCARD int dkim_watch_start(void);
/* There may be new keys. */
void dkim_watch_kick(void);
void dkim_watch_stop(void);

#endif

/* store/sweep.h - what a start leaves for later, so that it need not wait for it.  Floor 2. */
#ifndef STORE_SWEEP_H
#define STORE_SWEEP_H

#include "store/store.h"

/* Removes blobs that no message has; cancels recipients whose content is gone.  What fails is
 * tried again at the next call. */
WAITS void store_sweep(struct store *sp);

#endif

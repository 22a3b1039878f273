/* calls/calls.h - which roles have calls between them. */
#ifndef CALLS_CALLS_H
#define CALLS_CALLS_H

#include "ipc/ipc.h"

/* What one of the two may ask of the other: nothing, calls, calls whose replies bring
 * descriptors too. */
enum calls_between { CALLS_NONE, CALLS_PLAIN, CALLS_WITH_FD };
enum calls_between calls_between(enum role a, enum role b);

#endif

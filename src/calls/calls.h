/* calls/calls.h - which roles have calls between them. */
#ifndef CALLS_CALLS_H
#define CALLS_CALLS_H

#include "ipc/ipc.h"

/* One of the two may ask the other something. */
bool calls_between(enum role a, enum role b);

#endif

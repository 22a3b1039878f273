/* calls/calls.h - the calls between roles, wired.  Floor 6. */
#ifndef ROLE_CALLS_H
#define ROLE_CALLS_H

#include "ipc/ipc.h"

/* Serves every call of calls.def that belongs to role r. */
void calls_serve(enum role r);

#endif

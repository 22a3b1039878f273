/* rt/worker.h - a thread of its own for one kind of work that blocks, while fibres wait.
 *
 * Where offload() shares its threads with all that blocks, a worker does what it is given in
 * order and nothing else: a sync never waits for password hashes.  Floor 1.
 */
#ifndef RT_WORKER_H
#define RT_WORKER_H

#include "rt/fibre.h"

struct worker;

/* name: what tools show, at most 15 octets.  ERR_NO_MEMORY. */
NODISCARD int worker_start(const char *name, struct worker **out);
/* Ends the thread; nobody waits for it any more.  NULL is permitted. */
void worker_stop(struct worker *w);
/* As offload(), on the worker's thread, behind what was given to it before. */
WAITS int worker_run(struct worker *w, int (*fn)(void *arg), void *arg, const char *what);

#endif

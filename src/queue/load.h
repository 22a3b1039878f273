/* queue/load.h - reads unfinished work back from disk: at the start, and what did not fit. */
#ifndef QUEUE_LOAD_H
#define QUEUE_LOAD_H

#include "queue/state.h"

/* The loader: one fibre for the queue's life.  arg: struct queue. */
WAITS void load_run(void *arg);

#endif

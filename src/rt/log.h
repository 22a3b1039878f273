/* rt/log.h - the log's way out: gathered in a turn of the loop, and never waited for.  Floor 1. */
#ifndef RT_LOG_H
#define RT_LOG_H

#include <stdbool.h>

enum { LOG_HELD_BYTES = 64 << 10 };

/* From now on events (base/event.h) go through here to stderr.  Before the sandbox: a pipe or a
 * terminal is opened anew, so as not to wait on it, which its other users do not notice.  A
 * reader that stalls stops nobody: up to LOG_HELD_BYTES are held for it, and what is over is
 * lost, counted, and told by log_lost when the reader is back.  What is held is written when
 * the process ends, also by a fatal signal; a kill -9 loses the records of one turn. */
void log_open(void);
/* For the loop: true while one turns, so that records wait for log_flush. */
void log_gather(bool on);
/* Writes what is held, as far as it is taken; false: something is left. */
bool log_flush(void);
/* Writes what is held, and waits a moment for it: before _exit, which runs no atexit. */
void log_finish(void);
/* Where to write from a signal handler, not to wait. */
int log_fd(void);

#endif

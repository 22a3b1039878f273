/* calls/call.h - a call between roles: one contract, answered here or over a link.
 *
 * CALL_DECLARE(name, args, reply) in the header of the contract declares
 *   name()        what callers use.  It runs the handler that this process has registered,
 *                 with nothing packed, else it packs, asks over IPC and unpacks;
 *   name_fn       the type of a handler;
 *   name_serve()  registers a handler, for callers in this process and for those roles that
 *                 calls.def permits.  Before the first link opens; NULL takes it back.
 * calls.c makes both functions from the call's row in calls.def.  A folder that answers calls
 * registers all its handlers in one function (queue_serve(), auth_serve() ...); a test
 * registers its double the same way.
 *
 * args and reply are PACK structs (base/coding/pack.h).  Spans and lists of the reply live in mem;
 * the reply is written on success only.  name() may also return what ipc_call returns
 * (ERR_UNAVAILABLE when the role is down).
 */
#ifndef CALLS_CALL_H
#define CALLS_CALL_H

#include "base/coding/pack.h"
#include "rt/fibre.h"

#define CALL_DECLARE(name, args, reply)                                                            \
	NODISCARD WAITS int name(const struct args *a, struct arena *mem, struct reply *out);      \
	typedef int name##_fn(const struct args *a, struct arena *mem, struct reply *out);         \
	void name##_serve(name##_fn *fn)

/* The same for a call that brings a descriptor of a regular file (row CALL_GIVE_FD), or -1.  It
 * stays its asker's; the handler borrows it until it returns. */
#define CALL_GIVE_FD_DECLARE(name, args, reply)                                                    \
	NODISCARD WAITS int name(const struct args *a, int fd, struct arena *mem,                  \
	                         struct reply *out);                                               \
	typedef int name##_fn(const struct args *a, int fd, struct arena *mem, struct reply *out); \
	void name##_serve(name##_fn *fn)

/* The same for a call whose reply brings a descriptor of a regular file (row CALL_FD).  A handler
 * that returns 0 has opened *fd for its asker, who closes it; between processes it is passed
 * beside the link, and our copy closed.  name(): *fd is -1 when the other side sent none. */
#define CALL_FD_DECLARE(name, args, reply)                                                         \
	NODISCARD WAITS int name(const struct args *a, struct arena *mem, struct reply *out,       \
	                         int *fd);                                                         \
	typedef int name##_fn(const struct args *a, struct arena *mem, struct reply *out,          \
	                      int *fd);                                                            \
	void name##_serve(name##_fn *fn)

#endif

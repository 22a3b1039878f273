/* calls/call.h - a service call: one declaration, two bodies.  Floor 1.
 *
 * CALL_DECLARE(name, args, reply) in the header of the folder that owns the call
 * declares
 *   name()       what callers use: role/calls.c makes it from one row of
 *                role/calls.def; it runs name_here() straight when the serving role
 *                lives in this process, else packs, asks over IPC and unpacks;
 *   name_here()  the body, written in the serving role's folder.
 * args and reply are PACK structs (base/pack.h).  Spans and lists of the reply live
 * in mem; the reply is written on success only.  name() may also return what
 * ipc_call returns (ERR_UNAVAILABLE when the role is down).
 */
#ifndef RT_CALL_H
#define RT_CALL_H

#include "base/pack.h"
#include "rt/fibre.h"

#define CALL_DECLARE(name, args, reply)                                                            \
	NODISCARD WAITS int name(const struct args *a, struct arena *mem, struct reply *out);      \
	NODISCARD WAITS int name##_here(const struct args *a, struct arena *mem, struct reply *out)

#endif

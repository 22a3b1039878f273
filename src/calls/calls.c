/* calls/calls.c - both ends of every call between roles, from calls.def.
 *
 * For each row: name() asks (straight when the serving role is in this process,
 * else over IPC), and a handler serves name_here() to those roles that the row
 * permits.
 */
#include "calls/calls.h"

#include "calls/auth.h"
#include "calls/directory.h"
#include "calls/policy.h"
#include "calls/queue.h"

#define CALL(method, serving, name, args, reply, from)                                             \
	int name(const struct args *a, struct arena *mem, struct reply *out)                       \
	{                                                                                          \
		if (ipc_is_here(ROLE_##serving))                                                   \
			return name##_here(a, mem, out);                                           \
		AUTO_BUF question = BUF(IPC_FRAME_MAX);                                            \
		AUTO_BUF answer = BUF(IPC_FRAME_MAX);                                              \
		struct span kept;                                                                  \
		int r = args##_pack(a, &question);                                                 \
		if (r < 0)                                                                         \
			return err(r, #name ": the arguments do not fit one call");                \
		r = ipc_call(ROLE_##serving, method, buf_span(&question), &answer);                \
		if (r < 0)                                                                         \
			return r;                                                                  \
		r = arena_copy(mem, buf_span(&answer), &kept);                                     \
		return r < 0 ? r : reply##_unpack(kept, mem, out);                                 \
	}                                                                                          \
	static int serve_##name(struct span in, struct buf *out, enum role asker)                  \
	{                                                                                          \
		AUTO_ARENA                                                                         \
		mem = { 0 };                                                                       \
		struct args a = { 0 };                                                             \
		struct reply given = { 0 };                                                        \
		int r = args##_unpack(in, &mem, &a);                                               \
		if (r < 0)                                                                         \
			return err(r, #name ": role %s sent malformed arguments",                  \
			           role_name(asker));                                              \
		r = name##_here(&a, &mem, &given);                                                 \
		return r < 0 ? r : reply##_pack(&given, out);                                      \
	}
#include "calls/calls.def"
#undef CALL

void calls_serve(enum role r)
{
#define FROM(role) (1u << ROLE_##role)
#define CALL(method, serving, name, args, reply, from)                                             \
	if (r == ROLE_##serving)                                                                   \
		ipc_serve(method, #name, serve_##name, from);
#include "calls/calls.def"
#undef CALL
#undef FROM
}

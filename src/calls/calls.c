/* calls/calls.c - both ends of every call between roles, from calls.def. */
#include "calls/calls.h"

#include "calls/auth.h"
#include "calls/directory.h"
#include "calls/policy.h"
#include "calls/queue.h"

#define FROM(role) (1u << ROLE_##role)
#define ONE        0

#define CALL(method, serving, instance, name, args, reply, from)                                   \
	static name##_fn *name##_handler;                                                          \
	int name(const struct args *a, struct arena *mem, struct reply *out)                       \
	{                                                                                          \
		if (name##_handler)                                                                \
			return name##_handler(a, mem, out);                                        \
		AUTO_BUF question = BUF(IPC_FRAME_MAX);                                            \
		AUTO_BUF answer = BUF(IPC_FRAME_MAX);                                              \
		struct span kept;                                                                  \
		int r = args##_pack(a, &question);                                                 \
		if (r < 0)                                                                         \
			return err(r, #name ": the arguments do not fit one call");                \
		r = ipc_call(IPC_ADDRESS(ROLE_##serving, instance), method, buf_span(&question),   \
		             &answer);                                                             \
		if (r < 0)                                                                         \
			return r;                                                                  \
		r = arena_copy(mem, buf_span(&answer), &kept);                                     \
		return r < 0 ? r : reply##_unpack(kept, mem, out);                                 \
	}                                                                                          \
	static int serve_##name(struct span in, struct buf *out, struct ipc_address asker)         \
	{                                                                                          \
		AUTO_ARENA                                                                         \
		mem = { 0 };                                                                       \
		struct args a = { 0 };                                                             \
		struct reply given = { 0 };                                                        \
		int r = args##_unpack(in, &mem, &a);                                               \
		if (r < 0)                                                                         \
			return err(r, #name ": role %s sent malformed arguments",                  \
			           role_name(asker.role));                                         \
		r = name##_handler(&a, &mem, &given);                                              \
		return r < 0 ? r : reply##_pack(&given, out);                                      \
	}                                                                                          \
	void name##_serve(name##_fn *fn)                                                           \
	{                                                                                          \
		name##_handler = fn;                                                               \
		ipc_serve(method, #name, fn ? serve_##name : NULL, from);                          \
	}
#include "calls/calls.def"
#undef CALL

bool calls_between(enum role a, enum role b)
{
	static const struct {
		enum role serving;
		unsigned from;
	} calls[] = {
#define CALL(method, role, instance, name, args, reply, askers) { ROLE_##role, askers },
#include "calls/calls.def"
#undef CALL
	};

	for (size_t i = 0; i < N_ELEMS(calls); i++)
		if ((calls[i].serving == a && (calls[i].from & 1u << b)) ||
		    (calls[i].serving == b && (calls[i].from & 1u << a)))
			return true;
	return false;
}

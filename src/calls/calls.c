/* calls/calls.c - both ends of every call between roles, from calls.def. */
#include "calls/calls.h"

#include <unistd.h>

#include "base/os.h"
#include "calls/auth.h"
#include "calls/bans.h"
#include "calls/directory.h"
#include "calls/dkim.h"
#include "calls/dns.h"
#include "calls/inspect.h"
#include "calls/learn.h"
#include "calls/mailbox.h"
#include "calls/metrics.h"
#include "calls/mirror.h"
#include "calls/policy.h"
#include "calls/queue.h"
#include "calls/ticket.h"
#include "calls/greylist.h"
#include "calls/kit.h"
#include "calls/suppressions.h"
#include "calls/tls.h"
#include "calls/webhooks.h"

#define FROM(role) (1u << ROLE_##role)
#define ONE        0

enum { SECRET_ROOM = 16 << 10 }; /* what grows leaves itself behind */

static void question_begin(struct buf *question, uint16_t method)
{
	if (method >= IPC_METHOD_SECRET)
		(void)!buf_reserve(question, SECRET_ROOM);
}

static void question_end(struct buf *question)
{
	if (question->room >= SECRET_ROOM)
		os_wipe(question->p, question->n);
	buf_fini(question);
}

/* Over a link: what was packed into question, if it could be.  *answer lives in mem. */
static WAITS int ask(struct ipc_address to, uint16_t method, const char *name, int packed,
                     const struct buf *question, int give, struct arena *mem, struct span *answer,
                     int *fd)
{
	AUTO_BUF out = BUF(IPC_FRAME_MAX);

	if (packed < 0)
		return err(packed, "%s: the arguments do not fit one call", name);
	int r = ipc_call(to, method, buf_span(question), give, &out, fd); /* WAITS */
	if (r < 0)
		return r;
	r = arena_copy(mem, buf_span(&out), answer);
	if (r < 0 && fd && *fd >= 0)
		close(*fd);
	return r;
}

static int malformed(int r, const char *name, struct ipc_address asker)
{
	return err(r, "%s: role %s sent malformed arguments", name, role_name(asker.role));
}

#define ASK(method, serving, instance, name, args, give, fd)                                       \
	AUTO(question_end) struct buf question = BUF(IPC_FRAME_MAX);                               \
	struct span answer;                                                                        \
	question_begin(&question, method);                                                         \
	int packed = args##_pack(a, &question);                                                    \
	int r = ask(IPC_ADDRESS(ROLE_##serving, instance), method, #name, packed, &question, give, \
	            mem, &answer, fd);                                                             \
	if (r < 0)                                                                                 \
	return r

#define TAKE_ARGS(name, args)                                                                      \
	AUTO_ARENA mem = { 0 };                                                                    \
	struct args a = { 0 };                                                                     \
	int r = args##_unpack(in, &mem, &a);                                                       \
	if (r < 0)                                                                                 \
	return malformed(r, #name, asker)

#define SERVE(method, name, from, takes_fd)                                                        \
	void name##_serve(name##_fn *fn)                                                           \
	{                                                                                          \
		name##_handler = fn;                                                               \
		ipc_serve(method, #name, fn ? serve_##name : NULL, from, takes_fd);                \
	}

#define CALL(method, serving, instance, name, args, reply, from)                                   \
	static name##_fn *name##_handler;                                                          \
	int name(const struct args *a, struct arena *mem, struct reply *out)                       \
	{                                                                                          \
		if (name##_handler)                                                                \
			return name##_handler(a, mem, out);                                        \
		ASK(method, serving, instance, name, args, -1, NULL);                              \
		return reply##_unpack(answer, mem, out);                                           \
	}                                                                                          \
	static int serve_##name(struct span in, int given, struct buf *out, int *fd,               \
	                        struct ipc_address asker)                                          \
	{                                                                                          \
		TAKE_ARGS(name, args);                                                             \
		struct reply got = { 0 };                                                          \
		r = name##_handler(&a, &mem, &got);                                                \
		return r < 0 ? r : reply##_pack(&got, out);                                        \
	}                                                                                          \
	SERVE(method, name, from, false)

#define CALL_GIVE_FD(method, serving, instance, name, args, reply, from)                           \
	static name##_fn *name##_handler;                                                          \
	int name(const struct args *a, int fd, struct arena *mem, struct reply *out)               \
	{                                                                                          \
		if (name##_handler)                                                                \
			return name##_handler(a, fd, mem, out);                                    \
		ASK(method, serving, instance, name, args, fd, NULL);                              \
		return reply##_unpack(answer, mem, out);                                           \
	}                                                                                          \
	static int serve_##name(struct span in, int given, struct buf *out, int *fd,               \
	                        struct ipc_address asker)                                          \
	{                                                                                          \
		TAKE_ARGS(name, args);                                                             \
		struct reply got = { 0 };                                                          \
		r = name##_handler(&a, given, &mem, &got);                                         \
		return r < 0 ? r : reply##_pack(&got, out);                                        \
	}                                                                                          \
	SERVE(method, name, from, true)

#define CALL_FD(method, serving, instance, name, args, reply, from)                                \
	static name##_fn *name##_handler;                                                          \
	int name(const struct args *a, struct arena *mem, struct reply *out, int *fd)              \
	{                                                                                          \
		if (name##_handler)                                                                \
			return name##_handler(a, mem, out, fd);                                    \
		int came;                                                                          \
		ASK(method, serving, instance, name, args, -1, &came);                             \
		r = reply##_unpack(answer, mem, out);                                              \
		if (r >= 0)                                                                        \
			*fd = came;                                                                \
		else if (came >= 0)                                                                \
			close(came);                                                               \
		return r;                                                                          \
	}                                                                                          \
	static int serve_##name(struct span in, int given, struct buf *out, int *fd,               \
	                        struct ipc_address asker)                                          \
	{                                                                                          \
		TAKE_ARGS(name, args);                                                             \
		struct reply got = { 0 };                                                          \
		r = name##_handler(&a, &mem, &got, fd);                                            \
		return r < 0 ? r : reply##_pack(&got, out);                                        \
	}                                                                                          \
	SERVE(method, name, from, false)
#include "calls/calls.def"
#undef CALL
#undef CALL_GIVE_FD
#undef CALL_FD

/* Two rows of one method do not compile: of one process, with all roles, it is one handler. */
static UNUSED void methods_are_unique(int method)
{
	switch (method) {
#define CALL(method, ...) case method:
#define CALL_FD           CALL
#define CALL_GIVE_FD      CALL
#include "calls/calls.def"
#undef CALL
#undef CALL_GIVE_FD
#undef CALL_FD
	default: return;
	}
}

static const struct {
	enum role serving;
	unsigned from;
	bool with_fd;
} calls[] = {
#define CALL(method, role, instance, name, args, reply, askers)    { ROLE_##role, askers, false },
#define CALL_FD(method, role, instance, name, args, reply, askers) { ROLE_##role, askers, true },
#define CALL_GIVE_FD                                               CALL_FD
#include "calls/calls.def"
#undef CALL
#undef CALL_GIVE_FD
#undef CALL_FD
};

enum calls_between calls_between(enum role a, enum role b)
{
	enum calls_between found = CALLS_NONE;

	for (size_t i = 0; i < N_ELEMS(calls); i++) {
		if (!(calls[i].serving == a && (calls[i].from & 1u << b)) &&
		    !(calls[i].serving == b && (calls[i].from & 1u << a)))
			continue;
		if (calls[i].with_fd)
			return CALLS_WITH_FD;
		found = CALLS_PLAIN;
	}
	return found;
}

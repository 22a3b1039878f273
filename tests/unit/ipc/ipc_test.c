/* Calls between roles: two ends in one process, and ends that break the rules. */
#include "ipc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/event.h"
#include "fibre_harness.h"
#include "ipc/ipc_frame.h"

enum {
	REPEAT = 1,  /* answers with its arguments */
	FAIL = 2,    /* answers ERR_QUOTA */
	HOLD = 3,    /* answers when `held` is signalled */
	HUGE = 4,    /* an answer that does not fit */
	GRUMBLE = 5, /* an error with control octets */
	PRIVATE = 6, /* for the courier only */
	LONG_MS = 10000,
	CALLERS = 300,
	EACH = 4,
};

static struct cond held;
static int n_holding, n_broken, n_up, n_down, n_done;

static int serve_echo(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	CHECK_INT(from.role, ROLE_EDGE);
	if (args.n % 3 == 1 && fibre_yield() < 0)
		return ERR_CANCELLED;
	if (args.n % 3 == 2 && fibre_sleep(1) < 0)
		return ERR_CANCELLED;
	buf_put(out, args);
	return (int)(args.n % 7);
}

static int serve_fail(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	buf_puts(out, "not to be seen");
	return err(ERR_QUOTA, "mailbox %.*s is full", SPAN_ARG(args));
}

static int serve_hold(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	int r;

	n_holding++;
	r = cond_wait(&held, "the test");
	n_holding--;
	buf_put(out, args);
	return r;
}

static int serve_huge(struct span args, int given, struct buf *out, int *fd,
                      struct ipc_address from)
{
	for (int i = 0; i < 3; i++)
		if (buf_reserve(out, IPC_FRAME_MAX / 2) == 0)
			out->n += IPC_FRAME_MAX / 2;
	return 0;
}

static int serve_grumble(struct span args, int given, struct buf *out, int *fd,
                         struct ipc_address from)
{
	return err(ERR_REFUSED, "no\r\n250 yes\x1b[2J");
}

static void count_broken(struct span line, void *arg)
{
	n_broken += span_find_span(line, SPAN(" ipc_broken ")) >= 0;
}

static void count_links(struct ipc_address peer, bool up)
{
	n_up += up;
	n_down += !up;
}

static void serve_all(void)
{
	const unsigned edge = 1u << ROLE_EDGE;

	cond_init(&held);
	n_holding = n_broken = n_up = n_down = n_done = 0;
	ipc_serve(REPEAT, "echo", serve_echo, edge, false);
	ipc_serve(FAIL, "fail", serve_fail, edge, false);
	ipc_serve(HOLD, "hold", serve_hold, edge, false);
	ipc_serve(HUGE, "huge", serve_huge, edge, false);
	ipc_serve(GRUMBLE, "grumble", serve_grumble, edge, false);
	ipc_serve(PRIVATE, "private", serve_echo, 1u << ROLE_COURIER, false);
	ipc_on_link(count_links);
	event_set_sink(count_broken, NULL);
}

/* To the store goes out at one end; what comes in at the other is from the edge. */
static void link_both(void)
{
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_STORE, 0), ends[0], -1), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(ROLE_EDGE, 0), ends[1], -1), 0);
}

/* A link to `peer` whose other end is ours to write to. */
static int link_raw(enum role peer)
{
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	CHECK_INT(ipc_link(IPC_ADDRESS(peer, 0), ends[0], -1), 0);
	return ends[1];
}

static void end_all(void)
{
	ipc_fini();
	event_set_sink(NULL, NULL);
}

static void until(int *value, int want)
{
	int64_t give_up = clock_add(loop_now_at(), LONG_MS);

	while (*value != want && loop_now_at() < give_up)
		CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(*value, want);
}

/* Waits for n octets at a raw end; fewer when it was closed. */
static void read_raw(int fd, size_t n, struct buf *out)
{
	int64_t give_up = clock_add(loop_now_at(), LONG_MS);
	ssize_t got;

	buf_reset(out);
	CHECK_INT(buf_reserve(out, n), 0);
	while (out->n < n && loop_now_at() < give_up) {
		got = read(fd, out->p + out->n, n - out->n);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return;
		out->n += got > 0 ? (size_t)got : 0;
		CHECK_INT(fibre_sleep(1), 0);
	}
}

static int call(uint16_t method, struct span args, struct buf *out)
{
	return ipc_call(IPC_ADDRESS(ROLE_STORE, 0), method, args, -1, out, NULL);
}

/* ---- good ends ------------------------------------------------------------- */

static void caller(void *arg)
{
	uintptr_t seed = (uintptr_t)arg;

	for (int i = 0; i < EACH; i++) {
		AUTO_BUF args = BUF(IPC_FRAME_MAX), out = BUF(IPC_FRAME_MAX);
		size_t n = (seed * 7919 + (size_t)i * 104729) % (seed % 20 ? 3000 : 300000);

		CHECK_INT(buf_reserve(&args, n + 1), 0);
		for (size_t k = 0; k < n; k++)
			args.p[k] = (char)(seed + k * 31 + (size_t)i);
		args.n = n;
		CHECK_INT(call(REPEAT, buf_span(&args), &out), (int)(n % 7));
		CHECK(span_eq(buf_span(&out), buf_span(&args)));
	}
	n_done++;
}

FIBRE_TEST(ipc_many_callers)
{
	serve_all();
	link_both();
	for (uintptr_t i = 0; i < CALLERS; i++)
		CHECK_INT(fibre_spawn("caller", caller, (void *)i), 0);
	until(&n_done, CALLERS);
	CHECK_INT(n_broken, 0);
	CHECK_INT(n_up, 2);
	end_all();
}

static void caller_once(void *arg)
{
	AUTO_BUF out = BUF(64);

	CHECK_INT(call(REPEAT, SPAN("abc"), &out), 3);
	CHECK_SPAN(buf_span(&out), SPAN("abc"));
	n_done++;
}

/* The reason for gathering: many calls, one system call each way. */
FIBRE_TEST(ipc_gathers_a_turn)
{
	struct ipc_counts before;

	serve_all();
	link_both();
	CHECK_INT(fibre_yield(), 0);
	before = ipc_counts;
	for (int i = 0; i < 100; i++)
		CHECK_INT(fibre_spawn("caller", caller_once, NULL), 0);
	until(&n_done, 100);
	CHECK_INT(ipc_counts.writes - before.writes, 2);
	CHECK_INT(ipc_counts.reads - before.reads, 2);
	end_all();
}

FIBRE_TEST(ipc_sizes)
{
	static const struct {
		size_t n;
		int r;
	} t[] = {
		{ 0, 0 },
		{ IPC_FRAME_MAX - IPC_FRAME_MAX % 21, 0 },
		{ IPC_FRAME_MAX, IPC_FRAME_MAX % 7 },
		{ IPC_FRAME_MAX + 1, ERR_TOO_LONG },
		{ 21, 0 },
	};
	AUTO_BUF args = BUF(IPC_FRAME_MAX + 1), out = BUF(IPC_FRAME_MAX), small = BUF(20);

	serve_all();
	link_both();
	CHECK_INT(buf_reserve(&args, IPC_FRAME_MAX + 1), 0);
	memset(args.p, 'x', IPC_FRAME_MAX + 1);
	EACH_ROW(t) {
		args.n = t[row].n;
		buf_reset(&out);
		CHECK_INT(call(REPEAT, buf_span(&args), &out), t[row].r);
		CHECK_INT(out.n, t[row].r < 0 ? 0 : t[row].n);
	}
	CHECK_INT(call(HUGE, SPAN(""), &out), ERR_TOO_LONG);
	CHECK_INT(call(REPEAT, SPAN("123456789012345678901"), &small), ERR_TOO_LONG);
	CHECK_INT(n_broken, 0);
	end_all();
}

FIBRE_TEST(ipc_errors_cross_with_their_words)
{
	AUTO_BUF out = BUF(100);

	serve_all();
	link_both();
	CHECK_INT(call(FAIL, SPAN("anna"), &out), ERR_QUOTA);
	CHECK_STR(err_str(ERR_QUOTA), "mailbox anna is full");
	CHECK_INT(call(GRUMBLE, SPAN(""), &out), ERR_REFUSED);
	CHECK_STR(err_str(ERR_REFUSED), "no??250 yes?[2J");
	CHECK_INT(out.n, 0);
	end_all();
}

/* ---- waiting, time, and ends that go --------------------------------------- */

static void hold_caller(void *arg)
{
	AUTO_BUF out = BUF(64);
	int *want = arg;

	CHECK_INT(call(HOLD, SPAN("held"), &out), *want);
	CHECK_INT(out.n, *want == 0 ? 4 : 0);
	n_done++;
}

FIBRE_TEST(ipc_late_answers_are_dropped)
{
	AUTO_BUF out = BUF(64);

	serve_all();
	link_both();
	for (int i = 0; i < 3; i++) {
		FIBRE_TIMEOUT(20);
		CHECK_INT(call(HOLD, SPAN("late"), &out), ERR_TIMEOUT);
	}
	CHECK_INT(n_holding, 3);
	cond_broadcast(&held);
	CHECK_INT(call(REPEAT, SPAN("abc"), &out), 3);
	CHECK_SPAN(buf_span(&out), SPAN("abc"));
	{
		FIBRE_TIMEOUT(-1);
		CHECK_INT(call(REPEAT, SPAN("abc"), &out), ERR_TIMEOUT);
	}
	CHECK_INT(n_broken, 0);
	end_all();
}

FIBRE_TEST(ipc_callers_may_be_cancelled)
{
	struct fibre *f;
	int want = ERR_CANCELLED;

	serve_all();
	link_both();
	CHECK_INT(fibre_spawn_ref("caller", hold_caller, &want, &f), 0);
	until(&n_holding, 1);
	fibre_cancel(f);
	until(&n_done, 1);
	cond_broadcast(&held);
	until(&n_holding, 0);
	end_all();
}

FIBRE_TEST(ipc_broken_link_ends_calls)
{
	AUTO_BUF out = BUF(4096);
	int want = ERR_UNAVAILABLE, fd;

	serve_all();
	fd = link_raw(ROLE_STORE);
	for (int i = 0; i < 20; i++)
		CHECK_INT(fibre_spawn("caller", hold_caller, &want), 0);
	read_raw(fd, 20 * (IPC_LENGTH_BYTES + IPC_CALL_BYTES + 4), &out);
	CHECK_INT(n_done, 0);
	close(fd);
	until(&n_done, 20);
	CHECK_INT(n_up, 1);
	CHECK_INT(n_down, 1);
	CHECK_INT(n_broken, 0); /* a role that ended is told by the parent */
	end_all();
}

FIBRE_TEST(ipc_new_link_replaces_the_old)
{
	AUTO_BUF out = BUF(64);
	int want = ERR_UNAVAILABLE;

	serve_all();
	link_both();
	CHECK_INT(fibre_spawn("caller", hold_caller, &want), 0);
	until(&n_holding, 1);
	link_both();
	until(&n_done, 1);
	CHECK_INT(call(REPEAT, SPAN("abc"), &out), 3);
	cond_broadcast(&held); /* its link is gone: nothing comes of it */
	until(&n_holding, 0);
	CHECK_INT(n_up, 4);
	CHECK_INT(n_down, 2);
	end_all();
}

static void link_late(void *arg)
{
	CHECK_INT(fibre_sleep(20), 0);
	link_both();
}

FIBRE_TEST(ipc_waits_for_a_link)
{
	AUTO_BUF out = BUF(64);
	int64_t start = loop_now_at();

	serve_all();
	CHECK_INT(call(REPEAT, SPAN("abc"), &out), ERR_UNAVAILABLE);
	CHECK_INT(loop_now_at() - start, IPC_LINK_WAIT_MS);
	{
		FIBRE_TIMEOUT(20);
		CHECK_INT(call(REPEAT, SPAN("abc"), &out), ERR_TIMEOUT);
	}
	CHECK_INT(fibre_spawn("link", link_late, NULL), 0);
	CHECK_INT(call(REPEAT, SPAN("abc"), &out), 3);
	end_all();
}

static int n_entered;

static void bulk_caller(void *arg)
{
	AUTO_BUF args = BUF(IPC_FRAME_MAX), out = BUF(64);

	CHECK_INT(buf_reserve(&args, IPC_FRAME_MAX), 0);
	memset(args.p, 'x', IPC_FRAME_MAX);
	args.n = IPC_FRAME_MAX;
	n_entered++;
	CHECK_INT(call(REPEAT, buf_span(&args), &out), ERR_UNAVAILABLE);
	n_done++;
}

static size_t n_waiting_for_room;

static void count_room(const char *name, const char *waits_for, int64_t since_at, void *arg)
{
	n_waiting_for_room += waits_for && strcmp(waits_for, "room on a link") == 0;
}

/* The other role does not read: what is queued stays below its limit. */
FIBRE_TEST(ipc_callers_wait_for_room)
{
	enum { BULK = 12 };
	int fd;

	serve_all();
	n_entered = 0;
	fd = link_raw(ROLE_STORE);
	for (int i = 0; i < BULK; i++)
		CHECK_INT(fibre_spawn("bulk", bulk_caller, NULL), 0);
	until(&n_entered, BULK);
	CHECK_INT(fibre_yield(), 0);
	n_waiting_for_room = 0;
	fibre_each(count_room, NULL);
	CHECK(n_waiting_for_room >= BULK - IPC_QUEUED_MAX / IPC_FRAME_MAX - 2);
	CHECK(n_waiting_for_room < BULK);
	close(fd);
	until(&n_done, BULK);
	end_all();
}

FIBRE_TEST(ipc_fibres_run_out)
{
	AUTO_BUF out = BUF(64);

	serve_all();
	link_both();
	fibre_limit(fibre_count());
	CHECK_INT(call(REPEAT, SPAN("abc"), &out), ERR_LIMIT);
	fibre_limit(20000);
	CHECK_INT(call(REPEAT, SPAN("abc"), &out), 3);
	end_all();
}

/* ---- raw octets ------------------------------------------------------------ */

#define CALL_REPEAT                                                                                \
	"\x0b\0\0\0"                                                                               \
	"\0\0\x01\0"                                                                               \
	"\x07\0\0\0"                                                                               \
	"abc"

FIBRE_TEST(ipc_frames_may_come_in_pieces)
{
	static const struct span call_echo = SPAN(CALL_REPEAT);
	static const struct span answer = SPAN("\x0f\0\0\0"
	                                       "\x01\0\x01\0"
	                                       "\x07\0\0\0"
	                                       "\x03\0\0\0"
	                                       "abc");
	AUTO_BUF out = BUF(1024);
	int fd;

	serve_all();
	fd = link_raw(ROLE_EDGE);
	for (size_t i = 0; i < call_echo.n; i++) {
		CHECK_INT(write(fd, call_echo.p + i, 1), 1);
		CHECK_INT(fibre_yield(), 0);
	}
	read_raw(fd, answer.n, &out);
	CHECK_SPAN(buf_span(&out), answer);
	CHECK_INT(write(fd, CALL_REPEAT CALL_REPEAT CALL_REPEAT "\x0b", 3 * call_echo.n + 1),
	          3 * call_echo.n + 1);
	read_raw(fd, 3 * answer.n, &out);
	CHECK_INT(out.n, 3 * answer.n);
	close(fd);
	until(&n_down, 1);
	end_all();
}

FIBRE_TEST(ipc_breach_breaks_the_link)
{
	static const struct span t[] = {
		SPAN("\x0b\0\0\0"
		     "\x02\0\x01\0"
		     "\x07\0\0\0"
		     "abc"), /* kind 2 */
		SPAN("\x0b\0\0\0"
		     "\0\x01\x01\0"
		     "\x07\0\0\0"
		     "abc"), /* a descriptor, and none passes here */
		SPAN("\x0b\0\0\0"
		     "\0\x02\x01\0"
		     "\x07\0\0\0"
		     "abc"), /* a flag of a call that is none */
		SPAN("\x0f\0\0\0"
		     "\x01\x02\x01\0"
		     "\x07\0\0\0"
		     "\0\0\0\0"
		     "abc"), /* a flag of a reply that is none */
		SPAN("\x0f\0\0\0"
		     "\x01\x01\x01\0"
		     "\x07\0\0\0"
		     "\xff\xff\xff\xff"
		     "abc"), /* a descriptor beside an error */
		SPAN("\x0b\0\0\0"
		     "\0\0\x00\x01"
		     "\x07\0\0\0"
		     "abc"), /* method 256 */
		SPAN("\x0b\0\0\0"
		     "\0\0\x63\0"
		     "\x07\0\0\0"
		     "abc"), /* nobody serves it */
		SPAN("\x0b\0\0\0"
		     "\0\0\x06\0"
		     "\x07\0\0\0"
		     "abc"), /* not for the edge */
		SPAN("\x07\0\0\0"
		     "\0\0\x01\0"
		     "\x07\0\0\0"
		     "abc"), /* too short a call */
		SPAN("\x0b\0\0\0"
		     "\x01\0\x01\0"
		     "\x07\0\0\0"
		     "abc"), /* too short a reply */
		SPAN("\x09\0\x10\0"
		     "\0\0\x01\0"
		     "\x07\0\0\0"
		     "abc"), /* one octet too long */
		SPAN("\xff\xff\xff\xff"
		     "\0\0\x01\0"
		     "\x07\0\0\0"
		     "abc"),
		SPAN("\0\0\0\0"
		     "\0\0\x01\0"
		     "\x07\0\0\0"
		     "abc"),
		SPAN(CALL_REPEAT "GET / HTTP/1.1\r\n"),
	};
	AUTO_BUF out = BUF(1024);

	serve_all();
	EACH_ROW(t) {
		int fd = link_raw(ROLE_EDGE), before = n_broken;

		CHECK_INT(write(fd, t[row].p, t[row].n), t[row].n);
		read_raw(fd, 1000, &out);
		CHECK_INT(n_broken, before + 1);
		CHECK_INT(read(fd, out.p, 1), 0);
		close(fd);
	}
	end_all();
}

/* Answers that nobody waits for are dropped; wild results become ours. */
FIBRE_TEST(ipc_hostile_answers)
{
	static const struct {
		struct span reply;
		int r;
	} t[] = {
		{ SPAN("\x0c\0\0\0"
		       "\x01\0\x01\0"
		       "\x01\0\0\0"
		       "\x05\0\0\0"),
		  5 },
		{ SPAN("\x0d\0\0\0"
		       "\x01\0\x01\0"
		       "\x01\0\0\0"
		       "\xf2\xff\xff\xff"
		       "x"),
		  ERR_QUOTA },
		{ SPAN("\x0d\0\0\0"
		       "\x01\0\x01\0"
		       "\x01\0\0\0"
		       "\x00\x00\x00\x80"
		       "x"),
		  ERR_UNAVAILABLE },
		{ SPAN("\x0c\0\0\0"
		       "\x01\0\x01\0"
		       "\x99\0\0\0"
		       "\x05\0\0\0"
		       "\x0c\0\0\0"
		       "\x01\0\x01\0"
		       "\x01\0\0\0"
		       "\x06\0\0\0"
		       "\x0c\0\0\0"
		       "\x01\0\x01\0"
		       "\x01\0\0\0"
		       "\x07\0\0\0"),
		  6 },
	};
	AUTO_BUF out = BUF(1024);

	serve_all();
	EACH_ROW(t) {
		int fd = link_raw(ROLE_STORE);

		/* The first call on a link has serial 1; its answer is there before it. */
		CHECK_INT(write(fd, t[row].reply.p, t[row].reply.n), t[row].reply.n);
		CHECK_INT(call(REPEAT, SPAN("abc"), &out), t[row].r);
		close(fd);
		until(&n_down, (int)row + 1);
	}
	CHECK_INT(n_broken, 0);
	end_all();
}

TEST(ipc_frame_rows)
{
	struct ipc_frame f;
	struct span in = SPAN(CALL_REPEAT "rest");
	size_t used;

	for (size_t n = 0; n < 15; n++) {
		CHECK_INT(ipc_frame_parse(exact(span_sub(in, 0, n)), &f, &used), ERR_AGAIN);
		CHECK_INT(used, n < 12 ? 12 : 15);
	}
	CHECK_INT(ipc_frame_parse(exact(in), &f, &used), 0);
	CHECK_INT(used, 15);
	CHECK_INT(f.kind, IPC_CALL);
	CHECK_INT(f.method, 1);
	CHECK_INT(f.serial, 7);
	CHECK_SPAN(f.payload, SPAN("abc"));
	for (int i = -30; i <= 3; i++) {
		AUTO_BUF out = BUF(64);
		struct ipc_frame reply = { IPC_REPLY, false, 255, UINT32_MAX, i, SPAN("xy") };

		CHECK_INT(ipc_frame_put(&out, &reply), 0);
		CHECK_INT(ipc_frame_parse(exact(buf_span(&out)), &f, &used), 0);
		CHECK_INT(f.result, i);
		CHECK_INT(f.serial, UINT32_MAX);
		CHECK_SPAN(f.payload, SPAN("xy"));
	}
}

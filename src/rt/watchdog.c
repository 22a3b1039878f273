/* rt/watchdog.c - tells of a loop that did not turn, with a backtrace.
 *
 * A POSIX timer signals the loop's own thread every blocked_ms, which catches
 * work as well as a system call that blocks (a CPU clock would miss that one).
 * The handler compares the loop's phase with the one it saw last: the same and
 * awake means blocked.  The same and asleep means idle: the handler stops the
 * timer, and the next wake starts it again.  So a busy loop pays a signal every
 * blocked_ms and no system call a turn, an idle process is never woken, and one
 * that wakes now and then pays one timer_settime and two signals each time.
 *
 * The kernel lays the registers on the handler's stack, and registers hold what was
 * copied last: a password, say.  So the stack is emptied before the loop sleeps, and
 * asleep no signal is taken (SIGPROF, since libuv can hold back that one alone).
 *
 * The log is written by the loop when it turns again, with the whole length; one
 * that still has not after STUCK_MS is told on stderr by the handler itself.
 */
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/event.h"
#include "rt/fibre_impl.h"
#include "rt/log.h"
#include "rt/loop_impl.h"

enum {
	FRAMES_MAX = 32,
	FRAMES_OURS = 2, /* the handler and the kernel's return trampoline */
	STUCK_MS = 2000,
	REPORT_EVERY_MS = 1000,
	HANDLER_STACK_BYTES = 64 << 10, /* off the fibre's stack: it may be nearly full */
};

#define SIGNAL SIGPROF
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

atomic_uint loop_phase;

static struct {
	timer_t timer;
	int64_t period_ms; /* 0: off */
	bool armed, excused;
	volatile sig_atomic_t ticked; /* since the stack was emptied */
	unsigned seen;                /* loop_phase at the last signal */
	int64_t stuck_ms;
	int64_t woken_at;
	void *frames[FRAMES_MAX];
	volatile sig_atomic_t n_frames;
	const char *fibre;
	int64_t reported_at; /* 0: never */
	unsigned unreported;
	void *stack;
	stack_t old_stack;
} dog;

static void timer_set(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	struct itimerspec its = { .it_interval = t, .it_value = t };
	timer_settime(dog.timer, 0, &its, NULL);
	dog.armed = ms > 0;
}

static void on_tick(int sig)
{
	unsigned phase = atomic_load_explicit(&loop_phase, memory_order_relaxed);
	(void)sig;
	dog.ticked = true;
	if (phase != dog.seen) {
		dog.seen = phase;
		dog.stuck_ms = 0;
		return;
	}
	if (phase & 1) {
		timer_set(0);
		return;
	}
	if (!dog.stuck_ms && !dog.n_frames) {
		dog.fibre = fibres.running ? fibres.running->name : "-";
		dog.n_frames = backtrace(dog.frames, FRAMES_MAX);
	}
	if (dog.stuck_ms < STUCK_MS && dog.stuck_ms + dog.period_ms >= STUCK_MS) {
		static const char words[] = "the event loop is stuck in:\n";
		if (write(log_fd(), words, sizeof(words) - 1) > 0)
			backtrace_symbols_fd(dog.frames, dog.n_frames, log_fd());
	}
	dog.stuck_ms += dog.period_ms;
}

static void put_frames(struct buf *out, void **frames, int n)
{
	char **names = backtrace_symbols(frames, n);
	if (!names)
		return;
	for (int i = 0; i < n; i++) {
		const char *base = strrchr(names[i], '/');
		buf_printf(out, "%s%s", i ? " < " : "", base ? base + 1 : names[i]);
	}
	free(names);
}

static void report(void)
{
	AUTO_BUF where = BUF(4096);
	int64_t now = clock_now_at();
	int n = dog.n_frames - FRAMES_OURS;
	if (dog.reported_at && now - dog.reported_at < REPORT_EVERY_MS) {
		dog.unreported++;
	} else {
		put_frames(&where, dog.frames + FRAMES_OURS, n > 0 ? n : 0);
		event_log(EVENT_loop_blocked, "ms=%jd fibre=%s unreported=%u backtrace=%.*s",
		          (intmax_t)(now - dog.woken_at), dog.fibre, dog.unreported,
		          SPAN_ARG(buf_span(&where)));
		dog.reported_at = now;
		dog.unreported = 0;
	}
}

void loop_excuse(bool on)
{
	dog.excused = on;
	dog.n_frames = 0;
}

void watchdog_sleeps(void)
{
	unsigned phase = atomic_load_explicit(&loop_phase, memory_order_relaxed);
	if (dog.n_frames && !dog.excused)
		report();
	dog.n_frames = 0;
	atomic_store_explicit(&loop_phase, phase | 1, memory_order_relaxed);
	if (dog.ticked) {
		dog.ticked = false;
		madvise(dog.stack, HANDLER_STACK_BYTES, MADV_DONTNEED);
	}
}

void watchdog_wakes(void)
{
	unsigned phase = atomic_load_explicit(&loop_phase, memory_order_relaxed);
	dog.woken_at = loop_now_at();
	atomic_store_explicit(&loop_phase, phase + 1, memory_order_relaxed);
	if (dog.period_ms && !dog.armed) {
		dog.seen = phase + 1;
		dog.stuck_ms = 0;
		timer_set(dog.period_ms);
	}
}

static int handler_install(void)
{
	struct sigaction sa = { .sa_handler = on_tick, .sa_flags = SA_RESTART | SA_ONSTACK };
	stack_t stack = { .ss_size = HANDLER_STACK_BYTES };
	stack.ss_sp = mmap(NULL, HANDLER_STACK_BYTES, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		return err_errno(ERR_NO_MEMORY, "stack of the watchdog");
	if (sigaltstack(&stack, &dog.old_stack) < 0 || sigaction(SIGNAL, &sa, NULL) < 0)
		return err_errno(ERR_IO, "signal of the watchdog");
	dog.stack = stack.ss_sp;
	return 0;
}

int watchdog_init(int64_t blocked_ms)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL };
	atomic_store(&loop_phase, 1);
	dog.n_frames = 0;
	dog.reported_at = 0;
	if (blocked_ms <= 0)
		return 0;
	backtrace(dog.frames, 1); /* loads libgcc now: the handler must not */
	int r = handler_install();
	if (r < 0)
		return r;
	if (uv_loop_configure(loop_uv(), UV_LOOP_BLOCK_SIGNAL, SIGNAL) < 0)
		return err(ERR_IO, "the event loop cannot hold back the watchdog's signal");
	ev.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &ev, &dog.timer) < 0)
		return err_errno(ERR_IO, "timer of the watchdog");
	dog.period_ms = blocked_ms;
	return 0;
}

void watchdog_fini(void)
{
	if (!dog.period_ms)
		return;
	timer_delete(dog.timer);
	signal(SIGNAL, SIG_IGN);
	sigaltstack(&dog.old_stack, NULL);
	munmap(dog.stack, HANDLER_STACK_BYTES);
	dog.period_ms = 0;
	dog.armed = false;
}

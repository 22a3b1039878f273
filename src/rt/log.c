/* rt/log.c - the log's way out.
 *
 * Roles share one stderr, whose flags are not ours to change: O_NONBLOCK belongs to the open file,
 * and the shell that started us has it too.  So a pipe or a terminal is opened anew by /proc, a
 * socket (systemd's) is sent to with MSG_DONTWAIT, and a file never blocks.  Where none of it can
 * be, poll looks first.  A pipe takes up to PIPE_BUF octets in one piece or not at all, so the
 * records of roles do not mix.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "rt/log.h"

enum { LAST_WAIT_MS = 1000 }; /* at the end of the process, for a reader that is slow */

static_assert(EVENT_LINE_BYTES <= PIPE_BUF, "a record is one piece");

enum way { BY_WRITE, BY_SEND, BY_POLL };

static struct {
	pthread_mutex_t lock;
	pthread_t loop;
	bool gathers;
	bool failed; /* the last write: nobody is there to be told */
	int fd;
	enum way way;
	size_t n;
	uintmax_t n_lost;
} out = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO };
static char held[LOG_HELD_BYTES];

/* Whole records, at most a piece: all of them when one goes beyond it alone. */
static size_t piece(void)
{
	size_t n = out.n < PIPE_BUF ? out.n : PIPE_BUF;
	const char *end = n ? memrchr(held, '\n', n) : NULL;
	return end ? (size_t)(end + 1 - held) : n;
}

static ssize_t write_piece(size_t n)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };
	ssize_t r;
	do {
		if (out.way == BY_SEND)
			r = send(out.fd, held, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (out.way == BY_POLL && poll(&p, 1, 0) == 0)
			return errno = EAGAIN, -1;
		else
			r = write(out.fd, held, n);
	} while (r < 0 && errno == EINTR);
	return r;
}

static uintmax_t count_records(void)
{
	uintmax_t n = 0;
	for (size_t i = 0; i < out.n; i++)
		n += held[i] == '\n';
	return n;
}

/* With the lock, or in a signal handler.  A log that is gone takes what is held with it. */
static void write_held(void)
{
	while (out.n) {
		size_t n = piece();
		ssize_t r = write_piece(n);
		if (r < 0 && errno == EAGAIN)
			return;
		out.failed = r < 0;
		if (r < 0) {
			out.n_lost += count_records();
			out.n = 0;
			return;
		}
		out.n -= (size_t)r;
		memmove(held, held + r, out.n);
	}
}

static void put(struct span line, void *arg)
{
	(void)arg;
	pthread_mutex_lock(&out.lock);
	if (out.n + line.n + 1 > sizeof held)
		write_held();
	if (out.n + line.n + 1 > sizeof held) {
		out.n_lost++;
	} else {
		memcpy(held + out.n, line.p, line.n);
		held[out.n + line.n] = '\n';
		out.n += line.n + 1;
	}
	if (!out.gathers || !pthread_equal(out.loop, pthread_self()))
		write_held();
	pthread_mutex_unlock(&out.lock);
}

bool log_flush(void)
{
	pthread_mutex_lock(&out.lock);
	write_held();
	uintmax_t n_lost = out.n || out.failed ? 0 : out.n_lost;
	out.n_lost -= n_lost;
	bool empty = !out.n;
	pthread_mutex_unlock(&out.lock);
	if (n_lost)
		event_log(EVENT_log_lost, "records=%ju", n_lost);
	return empty && !n_lost;
}

void log_gather(bool on)
{
	pthread_mutex_lock(&out.lock);
	out.loop = pthread_self();
	out.gathers = on;
	pthread_mutex_unlock(&out.lock);
	if (!on)
		log_flush();
}

int log_fd(void)
{
	return out.fd;
}

void log_finish(void)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };
	log_gather(false);
	if (!log_flush() && poll(&p, 1, LAST_WAIT_MS) > 0)
		log_flush();
}

/* The signal comes again when this returns, and ends the process. */
static void on_fatal(int sig)
{
	(void)sig;
	write_held();
}

static void open_anew(void)
{
	struct stat st;
	if (fstat(STDERR_FILENO, &st) < 0 || S_ISREG(st.st_mode))
		return;
	if (S_ISSOCK(st.st_mode)) {
		out.way = BY_SEND;
		return;
	}
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		out.fd = fd;
	else
		out.way = BY_POLL;
}

void log_open(void)
{
	static const int fatal[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	static bool opened;
	if (opened)
		return;
	opened = true;
	open_anew();
	event_set_sink(put, NULL);
	atexit(log_finish);
	for (size_t i = 0; i < N_ELEMS(fatal); i++) {
		struct sigaction old,
		        new = { .sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_ONSTACK };
		if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(fatal[i], &new, NULL);
	}
}

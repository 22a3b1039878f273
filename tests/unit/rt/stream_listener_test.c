/* Accepting: many at once, and without descriptors (threats 3.60). */
#include "stream_harness.h"

#include <errno.h>
#include <sys/resource.h>

enum { CLIENTS = 200 };

static size_t n_accepted;
static struct cond accepted;
static struct stream *kept[CLIENTS];

static void keep(struct stream *s, UNUSED void *arg)
{
	kept[n_accepted++] = s;
	cond_broadcast(&accepted);
}

static void wait_for_accepted(size_t n)
{
	FIBRE_TIMEOUT(5000);
	while (n_accepted < n && cond_wait(&accepted, "accept") == 0)
		;
	CHECK_INT(n_accepted, n);
}

static void close_kept(void)
{
	while (n_accepted)
		stream_close(kept[--n_accepted]);
}

FIBRE_TEST(many_connections_at_once_are_accepted)
{
	static int fd[CLIENTS];
	struct listener *l;
	struct address at;
	cond_init(&accepted);
	CHECK_INT(listener_open(listening(&at, CLIENTS), keep, NULL, &l), 0);
	struct stream_counts before = stream_counts;
	for (int i = 0; i < CLIENTS; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK_INT(connect(fd[i], &at.sa, at.len), 0);
	}
	wait_for_accepted(CLIENTS);
	CHECK(stream_counts.accepts - before.accepts <= CLIENTS + 1);
	for (int i = 0; i < CLIENTS; i++)
		close(fd[i]);
	close_kept();
	listener_close(l);
}

/* One at a time: one accept4 each, none that finds nothing. */
FIBRE_TEST(a_lone_connection_costs_one_accept)
{
	struct listener *l;
	struct address at;
	cond_init(&accepted);
	CHECK_INT(listener_open(listening(&at, 8), keep, NULL, &l), 0);
	struct stream_counts before = stream_counts;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(connect(fd, &at.sa, at.len), 0);
	wait_for_accepted(1);
	settle();
	CHECK_INT(stream_counts.accepts - before.accepts, 1);
	close(fd);
	close_kept();
	listener_close(l);
}

/* No descriptor is left: a few tries, no spin; then it goes on by itself. */
FIBRE_TEST(without_descriptors_accepting_pauses)
{
	struct rlimit was, now;
	struct listener *l;
	struct address at;
	cond_init(&accepted);
	CHECK_INT(listener_open(listening(&at, 8), keep, NULL, &l), 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int next = dup(fd);
	close(next);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)next;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &now), 0);
	CHECK_INT(connect(fd, &at.sa, at.len), 0);
	struct stream_counts before = stream_counts;
	CHECK_INT(fibre_sleep(250), 0);
	CHECK_INT(n_accepted, 0);
	CHECK_INT(stream_counts.accepts - before.accepts, 3); /* at 0, 100 and 200 ms */
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &was), 0);
	wait_for_accepted(1);
	close(fd);
	close_kept();
	listener_close(l);
}

/* The listener is closed by what it calls, with one more connection waiting, and its
 * descriptor becomes another listening socket at once. */
static struct listener *once;
static int spare, reused;

static void close_at_second(struct stream *s, void *arg)
{
	keep(s, arg);
	if (n_accepted == 2) {
		listener_close(TAKE(once));
		reused = dup(spare);
	}
}

FIBRE_TEST(a_listener_may_be_closed_while_it_accepts)
{
	struct address at;
	int fd[3], l = listening(&at, 8);
	cond_init(&accepted);
	spare = dup(l);
	CHECK_INT(listener_open(l, close_at_second, NULL, &once), 0);
	for (int i = 0; i < 3; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK_INT(connect(fd[i], &at.sa, at.len), 0);
	}
	wait_for_accepted(2);
	settle();
	CHECK_INT(reused, l);
	CHECK_INT(n_accepted, 2);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	close(spare);
	close(reused);
	close_kept();
}

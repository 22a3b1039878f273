/* The log's way out, with readers that are slow, gone, or come back.  Each in a process of its own,
 * whose stderr is what the test reads. */
#include "stream_harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/event.h"
#include "rt/log.h"

enum { MANY = 5000, AFTER = 3 };

static char got[4 << 20];
static size_t n_got;

/* Runs fn in a fibre of a child with fd as its stderr; its process id. */
static pid_t start(int fd, void (*fn)(void *))
{
	pid_t pid = fork();
	if (pid)
		return pid;
	dup2(fd, STDERR_FILENO);
	log_open();
	in_fibre(fn);
	exit(0);
}

static int end_of(pid_t pid)
{
	int status = -1;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return status;
}

static void read_all(int fd)
{
	ssize_t n;
	n_got = 0;
	while ((n = read(fd, got + n_got, sizeof got - 1 - n_got)) > 0)
		n_got += (size_t)n;
	got[n_got] = 0;
}

static size_t count(const char *what)
{
	size_t n = 0;
	for (const char *at = got; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static int gate[2]; /* the child says when it has written, the test when it has read */

static void say(int fd)
{
	CHECK_INT(write(fd, "x", 1), 1);
}

static void hear(int fd)
{
	char c;
	CHECK_INT(recv(fd, &c, 1, 0), 1);
}

static void log_many(UNUSED void *arg)
{
	for (int i = 0; i < MANY; i++) {
		event_log(EVENT_ready, "number=%d", i);
		CHECK_INT(fibre_yield(), 0);
	}
	say(gate[1]); /* it got here though nobody reads */
	hear(gate[1]);
	for (int i = 0; i < AFTER; i++)
		event_log(EVENT_ready, "after=%d", i);
	CHECK_INT(fibre_sleep(150), 0); /* and a turn with room for what was lost */
}

TEST(a_reader_that_stalls_stops_nobody_and_hears_what_it_lost)
{
	int fd[2];
	CHECK_INT(pipe2(fd, O_CLOEXEC), 0);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate), 0);
	pid_t pid = start(fd[1], log_many);
	hear(gate[0]);
	close(fd[1]);
	say(gate[0]);
	read_all(fd[0]);
	CHECK_INT(end_of(pid), 0);
	const char *lost = strstr(got, "log_lost records=");
	CHECK(lost != NULL);
	size_t n_lost = lost ? strtoul(lost + strlen("log_lost records="), NULL, 10) : 0;
	CHECK(n_lost > 0);
	CHECK_INT(count("number=") + count("after=") + n_lost, MANY + AFTER);
	CHECK_INT(count("log_lost"), 1);
	close(fd[0]);
	close(gate[0]);
	close(gate[1]);
}

static void log_two_turns(UNUSED void *arg)
{
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 5; i++)
			event_log(EVENT_ready, "turn=%d", turn);
		CHECK_INT(fibre_yield(), 0);
		CHECK_INT(fibre_yield(), 0);
	}
}

/* By packets: each write is one.  And systemd's log is a socket too. */
TEST(a_turn_is_one_write)
{
	static char packet[8192];
	int fd[2];
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	CHECK_INT(end_of(start(fd[1], log_two_turns)), 0);
	for (int turn = 0; turn < 2; turn++) {
		ssize_t n = recv(fd[0], packet, sizeof packet - 1, MSG_DONTWAIT);
		CHECK(n > 0);
		packet[n > 0 ? n : 0] = 0;
		memcpy(got, packet, sizeof packet);
		CHECK_INT(count(turn ? "turn=1" : "turn=0"), 5);
	}
	CHECK_INT(recv(fd[0], packet, sizeof packet, MSG_DONTWAIT), -1);
	close(fd[0]);
	close(fd[1]);
}

static void log_and_fall(UNUSED void *arg)
{
	event_log(EVENT_ready, "number=%d", 1);
	abort();
}

static void log_and_exit(UNUSED void *arg)
{
	event_log(EVENT_ready, "number=%d", 1);
	_Exit(log_flush() ? 0 : 1);
}

static void log_and_return(UNUSED void *arg)
{
	event_log(EVENT_ready, "number=%d", 1);
}

TEST(nothing_is_lost_at_the_end)
{
	static void (*const ends[])(void *) = { log_and_fall, log_and_exit, log_and_return };
	EACH_ROW(ends) {
		int fd[2];
		CHECK_INT(pipe2(fd, O_CLOEXEC), 0);
		pid_t pid = start(fd[1], ends[row]);
		close(fd[1]);
		read_all(fd[0]);
		int status = end_of(pid);
		CHECK_INT(WIFSIGNALED(status) ? WTERMSIG(status) : 0, row == 0 ? SIGABRT : 0);
		CHECK_INT(count("number=1"), 1);
		close(fd[0]);
	}
}

/* A reader that went away is no reason to end or to wait. */
TEST(a_log_without_reader_is_dropped)
{
	int fd[2];
	CHECK_INT(pipe2(fd, O_CLOEXEC), 0);
	signal(SIGPIPE, SIG_IGN);
	close(fd[0]);
	CHECK_INT(end_of(start(fd[1], log_two_turns)), 0);
	signal(SIGPIPE, SIG_DFL);
	close(fd[1]);
}

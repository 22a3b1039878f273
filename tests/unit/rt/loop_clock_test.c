/* A clock that the test owns: time passes when nothing else is left, and not before. */
#include "fibre_harness.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/os.h"
#include "rt/stream/stream.h"

enum { HOUR_MS = 3600 * 1000 };

FIBRE_TEST(a_year_passes_at_once_and_exactly)
{
	int64_t at = clock_now_at(), time_ms = clock_wall_time_ms(), year = INT64_C(8766) * HOUR_MS;
	for (int i = 0; i < 8766; i++)
		CHECK_INT(fibre_sleep(HOUR_MS), 0);
	CHECK_INT(clock_now_at() - at, year);
	CHECK_INT(loop_now_at() - at, year);
	CHECK_INT(clock_wall_time_ms() - time_ms, year);
}

FIBRE_TEST(work_takes_no_time)
{
	int64_t at = clock_now_at();
	for (int i = 0; i < 1000; i++)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(usleep(3000), 0);
	CHECK_INT(clock_now_at(), at);
	CHECK_INT(loop_now_at(), at);
}

static char order[8];
static size_t n_order;

static void wake_at(void *arg)
{
	const char *when = arg;
	CHECK_INT(fibre_sleep((int64_t)(*when - '0') * HOUR_MS), 0);
	order[n_order++] = *when;
}

FIBRE_TEST(sleepers_wake_in_order)
{
	n_order = 0;
	for (const char *s = "3142"; *s; s++)
		CHECK_INT(fibre_spawn("sleeper", wake_at, (void *)s), 0);
	CHECK_INT(fibre_sleep(5 * HOUR_MS), 0);
	CHECK_SPAN(span_make(order, n_order), SPAN("1234"));
}

/* What was put off past its time runs when time has been moved by hand. */
FIBRE_TEST(time_may_be_moved_by_hand)
{
	int64_t at = clock_now_at();
	n_order = 0;
	CHECK_INT(fibre_spawn("sleeper", wake_at, "1"), 0);
	CHECK_INT(fibre_yield(), 0);
	test_time_pass(HOUR_MS);
	CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(n_order, 1);
	CHECK_INT(clock_now_at() - at, HOUR_MS + 1);
	test_time_set_wall(5);
	CHECK_INT(fibre_sleep(2), 0);
	CHECK_INT(clock_wall_time_ms(), 7);
}

/* A thousand messages between two fibres, each within its deadline of 1 ms. */
static void echo(void *arg)
{
	struct stream *s = arg;
	for (int i = 0; i < 1000; i++) {
		struct span line;
		FIBRE_TIMEOUT(1);
		CHECK_INT(stream_read_line(s, 80, &line), 0);
		CHECK_INT(stream_put(s, SPAN("x\r\n")), 0);
		CHECK_INT(stream_flush(s), 0);
	}
}

FIBRE_TEST(input_comes_before_time)
{
	struct stream *s[2];
	struct nursery n;
	int fd[2];
	int64_t at = clock_now_at();
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	nursery_init(&n);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(stream_open_fd(fd[i], &s[i]), 0);
		CHECK_INT(nursery_spawn(&n, "echo", echo, s[i]), 0);
	}
	CHECK_INT(stream_put(s[0], SPAN("x\r\n")), 0);
	CHECK_INT(stream_flush(s[0]), 0);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(clock_now_at(), at);
	for (int i = 0; i < 2; i++)
		stream_close(s[i]);
}

static int work_slowly(UNUSED void *arg)
{
	return usleep(20000);
}

/* However long a thread takes, its fibre's time stands still, and others' as well. */
FIBRE_TEST(work_of_a_thread_comes_before_time)
{
	int64_t at = clock_now_at();
	n_order = 0;
	CHECK_INT(fibre_spawn("sleeper", wake_at, "1"), 0);
	CHECK_INT(offload(work_slowly, NULL, "slow work"), 0);
	CHECK_INT(clock_now_at(), at);
	CHECK_INT(n_order, 0);
	CHECK_INT(fibre_sleep(2 * HOUR_MS), 0);
	CHECK_INT(n_order, 1);
}

static void *speak_late(void *arg)
{
	usleep(20000);
	CHECK_INT(write(*(int *)arg, "x\r\n", 3), 3);
	return NULL;
}

/* Somebody outside is waited for as long as the test says. */
FIBRE_TEST(calm_hears_those_outside)
{
	pthread_t outside;
	struct stream *s;
	struct span line;
	int fd[2];
	int64_t at = clock_now_at();
	test_time_calm(60000);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	CHECK_INT(stream_open_fd(fd[0], &s), 0);
	CHECK_INT(pthread_create(&outside, NULL, speak_late, &fd[1]), 0);
	{
		FIBRE_TIMEOUT(1);
		CHECK_INT(stream_read_line(s, 80, &line), 0);
	}
	CHECK_INT(clock_now_at(), at);
	pthread_join(outside, NULL);
	stream_close(s);
	close(fd[1]);
}

static char first[32];

static void keep_chance(UNUSED void *arg)
{
	os_random(first, sizeof first);
}

TEST(chance_is_the_same_in_each_run)
{
	char once[sizeof first];
	in_own_time(keep_chance);
	memcpy(once, first, sizeof once);
	in_own_time(keep_chance);
	CHECK_SPAN(span_make(first, sizeof first), span_make(once, sizeof once));
	os_random(first, sizeof first); /* the system's again */
	CHECK(memcmp(first, once, sizeof once) != 0);
}

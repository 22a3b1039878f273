/* base/os/posix.c - the door to a POSIX system. */
#include "base/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/attr.h"

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now_at(void *arg)
{
	(void)arg;
	return read_clock(CLOCK_MONOTONIC);
}

int64_t os_took_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int64_t system_wall_time_ms(void *arg)
{
	(void)arg;
	return read_clock(CLOCK_REALTIME);
}

static void system_random(void *arg, void *out, size_t n)
{
	char *p = out;

	(void)arg;
	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

const struct os os_system = { .now_at = system_now_at,
	                      .wall_time_ms = system_wall_time_ms,
	                      .random = system_random };

void os_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

const void *os_memmem(const void *p, size_t n, const void *needle, size_t n_needle)
{
	return memmem(p, n, needle, n_needle);
}

void os_put_stderr(const char *p, size_t n)
{
	ssize_t r;

	do
		r = write(STDERR_FILENO, p, n);
	while (r < 0 && errno == EINTR);
}

void attr_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void os_memory_rest(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

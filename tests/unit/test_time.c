/* tests/unit/test_time.c - see test_time.h. */
#include "test_time.h"

#include <stdatomic.h>
#include <string.h>

#include "base/os.h"
#include "rt/loop.h"

enum { START_AT = 1000 * 1000 };
#define START_TIME_MS INT64_C(1790000000000) /* 2026-09-21 */
#define SEED          UINT64_C(4711)

/* Read by threads as well. */
static _Atomic int64_t now_at, wall_ahead_ms;
static _Atomic uint64_t chance;

static int64_t given_now_at(void *arg)
{
	(void)arg;
	return now_at;
}

static int64_t given_wall_time_ms(void *arg)
{
	(void)arg;
	return now_at + wall_ahead_ms;
}

/* splitmix64 */
static void given_random(void *arg, void *out, size_t n)
{
	char *p = out;
	(void)arg;
	while (n) {
		uint64_t z = atomic_fetch_add(&chance, UINT64_C(0x9e3779b97f4a7c15));
		size_t part = n < sizeof z ? n : sizeof z;
		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		memcpy(p, &z, part);
		p += part;
		n -= part;
	}
}

static void pass(void *arg, int64_t at)
{
	(void)arg;
	now_at = at;
}

static struct loop_clock own_clock = { .pass = pass };

void test_time_begin(void)
{
	static const struct os os = { .now_at = given_now_at,
		                      .wall_time_ms = given_wall_time_ms,
		                      .random = given_random };
	now_at = START_AT;
	wall_ahead_ms = START_TIME_MS - START_AT;
	chance = SEED;
	own_clock.calm_ms = 0;
	os_use(&os);
	loop_clock_use(&own_clock);
}

void test_time_end(void)
{
	loop_clock_use(NULL);
	os_use(NULL);
}

void test_time_calm(int64_t calm_ms)
{
	own_clock.calm_ms = calm_ms;
}

void test_time_pass(int64_t ms)
{
	now_at += ms;
}

void test_time_set_wall(int64_t time_ms)
{
	wall_ahead_ms = time_ms - now_at;
}

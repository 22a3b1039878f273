/* tests/unit/fibre_harness.h - in_fibre(fn): a loop, fn in a fibre on it, until nothing is left.
 *
 * A FIBRE_TEST has time and chance of its own (test_time.h), a REAL_TIME_TEST the system's.
 */
#ifndef TESTS_UNIT_FIBRE_HARNESS_H
#define TESTS_UNIT_FIBRE_HARNESS_H

#include "rt/fibre.h"
#include "rt/loop.h"
#include "test.h"
#include "test_time.h"

static inline void in_fibre(void (*fn)(void *))
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", fn, NULL), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(fibre_count(), 0);
	loop_fini();
}

static inline void in_own_time(void (*fn)(void *))
{
	test_time_begin();
	in_fibre(fn);
	test_time_end();
}

/* A TEST whose body runs in a fibre. */
#define FIBRE_TEST(name)     TEST_BY(in_own_time, name)
#define REAL_TIME_TEST(name) TEST_BY(in_fibre, name) /* with peers outside, or a thread's pace */
#define TEST_BY(how, name)                                                                         \
	static void fibre_body_##name(void *arg);                                                  \
	TEST(name)                                                                                 \
	{                                                                                          \
		how(fibre_body_##name);                                                            \
	}                                                                                          \
	static void fibre_body_##name(UNUSED void *arg)

#endif

/* tests/unit/rt/fibre_harness.h - in_fibre(fn): a loop, fn in a fibre on it, until nothing is left.
 */
#ifndef TESTS_UNIT_RT_FIBRE_HARNESS_H
#define TESTS_UNIT_RT_FIBRE_HARNESS_H

#include "rt/fibre.h"
#include "rt/loop.h"
#include "test.h"

static inline void in_fibre(void (*fn)(void *))
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", fn, NULL), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(fibre_count(), 0);
	loop_fini();
}

/* A TEST whose body runs in a fibre. */
#define FIBRE_TEST(name)                                                                           \
	static void fibre_body_##name(void *arg);                                                  \
	TEST(name)                                                                                 \
	{                                                                                          \
		in_fibre(fibre_body_##name);                                                       \
	}                                                                                          \
	static void fibre_body_##name(UNUSED void *arg)

#endif

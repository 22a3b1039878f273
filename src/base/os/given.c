/* base/os/given.c - time and chance: the system's, or those that were given. */
#include "base/os.h"

#include <stdatomic.h>

static const struct os *_Atomic given = &os_system;

const struct os *os_use(const struct os *os)
{
	return atomic_exchange(&given, os ? os : &os_system);
}

static const struct os *now_given(void)
{
	return atomic_load_explicit(&given, memory_order_acquire);
}

int64_t os_now_at(void)
{
	const struct os *os = now_given();

	return os->now_at(os->arg);
}

int64_t os_wall_time_ms(void)
{
	const struct os *os = now_given();

	return os->wall_time_ms(os->arg);
}

void os_random(void *out, size_t n)
{
	const struct os *os = now_given();

	os->random(os->arg, out, n);
}

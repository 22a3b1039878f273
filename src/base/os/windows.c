/* base/os/windows.c - the door to Windows. */
#include "base/os.h"

#include <windows.h>
#include <bcrypt.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

enum { STDERR = 2 };

static int64_t system_now_at(void *arg)
{
	(void)arg;
	return (int64_t)GetTickCount64();
}

int64_t os_took_us(void)
{
	return (int64_t)GetTickCount64() * 1000;
}

/* FILETIME counts 100 ns from 1601. */
static int64_t system_wall_time_ms(void *arg)
{
	FILETIME t;

	(void)arg;
	GetSystemTimeAsFileTime(&t);
	return ((int64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10000 - 11644473600000;
}

static void system_random(void *arg, void *out, size_t n)
{
	unsigned char *p = out;

	(void)arg;
	while (n) {
		ULONG some = n < 1 << 20 ? (ULONG)n : 1 << 20;

		if (BCryptGenRandom(NULL, p, some, BCRYPT_USE_SYSTEM_PREFERRED_RNG) < 0)
			abort();
		p += some;
		n -= some;
	}
}

const struct os os_system = { .now_at = system_now_at,
	                      .wall_time_ms = system_wall_time_ms,
	                      .random = system_random };

void os_wipe(void *p, size_t n)
{
	SecureZeroMemory(p, n);
}

const void *os_memmem(const void *p, size_t n, const void *needle, size_t n_needle)
{
	const char *at = p, *end = at + n;

	if (n_needle == 0)
		return p;
	while ((size_t)(end - at) >= n_needle) {
		at = memchr(at, *(const unsigned char *)needle, (size_t)(end - at) - n_needle + 1);
		if (!at || memcmp(at, needle, n_needle) == 0)
			return at;
		at++;
	}
	return NULL;
}

void os_put_stderr(const char *p, size_t n)
{
	_write(STDERR, p, (unsigned)n);
}

void attr_close_fd(int *fd)
{
	if (*fd >= 0)
		_close(*fd);
}

void os_memory_rest(void)
{
}

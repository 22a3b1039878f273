/* component/net/wake.c - by eventfd(2); see wake.h. */
#include "component/net/wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wake_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* What a signal handler may do, too. */
void wake_up(int fd)
{
	const uint64_t one = 1;
	int before = errno;

	if (fd >= 0 && write(fd, &one, sizeof one) < 0) {
		/* It is awake already. */
	}
	errno = before;
}

void wake_clear(int fd)
{
	uint64_t n;

	if (fd >= 0 && read(fd, &n, sizeof n) < 0) {
		/* Nobody has woken it. */
	}
}

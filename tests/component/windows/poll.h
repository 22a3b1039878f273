/* poll(2) as the driver's loop needs it: the one descriptor is an event. */
#ifndef TESTS_POLL_H
#define TESTS_POLL_H

#include <winsock2.h>

static inline int poll(struct pollfd *p, unsigned long n, int ms)
{
	if (!n) {
		Sleep((DWORD)ms);
		return 0;
	}
	return (int)WaitForSingleObject((HANDLE)p->fd, ms < 0 ? INFINITE : (DWORD)ms);
}

#endif

/* component/events.c - a client within a loop of the program's. */
#include <limits.h>

#include "base/clock.h"
#include "component/client.h"
#include "component/code.h"
#include "component/send.h"

int postrider_client_fd(struct postrider_client *c)
{
	int fd = c ? poller_fd(&c->poller) : -1;

	return fd < 0 ? -1 : fd;
}

int postrider_client_wait_ms(const struct postrider_client *c)
{
	int64_t at = c && c->job ? poller_next_at(&c->poller) : 0, left;

	if (at == CLOCK_NEVER)
		return -1;
	left = at - clock_now_at();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int postrider_client_run(struct postrider_client *c)
{
	int r;

	if (!c || !client_enter(c))
		return POSTRIDER_INVALID;
	r = c->job ? send_turn(c, 0) : 0;
	client_leave(c);
	return r;
}

/* component/net/dns_events.c - see dns_events.h.
 *
 * libunbound keeps descriptors and times as libevent does; here each event of its is a wait of the
 * poller's.
 */
#include "component/net/dns_events.h"

#include <stdlib.h>
#include <sys/time.h>

#include "base/clock.h"

struct event {
	struct ub_event ub;
	struct poller *poller;
	struct poller_wait wait;
	int fd;
	short bits;
	int64_t every_ms; /* -1: no time */
	void (*fn)(int fd, short bits, void *arg);
	void *arg;
};

static short poll_events(short bits)
{
	return (short)((bits & UB_EV_READ ? POLLIN : 0) | (bits & UB_EV_WRITE ? POLLOUT : 0));
}

static void arm(struct event *e)
{
	int64_t until_at = e->every_ms < 0 ? CLOCK_NEVER : clock_add(clock_now_at(), e->every_ms);
	short events = poll_events(e->bits);

	poller_wait(e->poller, &e->wait, events ? e->fd : -1, events, until_at);
}

static void on_wait(void *arg, short happened)
{
	struct event *e = arg;
	short bits = happened ? 0 : UB_EV_TIMEOUT;

	if (happened & (POLLIN | POLLERR | POLLHUP))
		bits |= UB_EV_READ;
	if (happened & (POLLOUT | POLLERR | POLLHUP))
		bits |= UB_EV_WRITE;
	bits &= (short)(e->bits | UB_EV_TIMEOUT);
	if (e->bits & UB_EV_PERSIST)
		arm(e);
	e->fn(e->fd, bits, e->arg); /* may free it */
}

static struct event *event_of(struct ub_event *ev)
{
	return CONTAINER(ev, struct event, ub);
}

static int64_t ms_of(const struct timeval *t)
{
	return t ? (int64_t)t->tv_sec * 1000 + t->tv_usec / 1000 : -1;
}

static void add_bits(struct ub_event *ev, short bits)
{
	event_of(ev)->bits |= bits;
}

static void del_bits(struct ub_event *ev, short bits)
{
	event_of(ev)->bits &= (short)~bits;
}

static void set_fd(struct ub_event *ev, int fd)
{
	event_of(ev)->fd = fd;
}

static void event_free(struct ub_event *ev)
{
	struct event *e = event_of(ev);

	poller_forget(&e->wait);
	free(e);
}

static int event_add(struct ub_event *ev, struct timeval *t)
{
	struct event *e = event_of(ev);

	e->every_ms = ms_of(t);
	arm(e);
	return 0;
}

static int event_del(struct ub_event *ev)
{
	poller_forget(&event_of(ev)->wait);
	return 0;
}

static int add_timer(struct ub_event *ev, struct ub_event_base *base,
                     void (*fn)(int, short, void *), void *arg, struct timeval *t)
{
	struct event *e = event_of(ev);

	(void)base;
	e->fn = fn;
	e->arg = arg;
	e->bits = UB_EV_TIMEOUT;
	return event_add(ev, t);
}

static const struct ub_event_vmt EVENT = { .add_bits = add_bits,
	                                   .del_bits = del_bits,
	                                   .set_fd = set_fd,
	                                   .free = event_free,
	                                   .add = event_add,
	                                   .del = event_del,
	                                   .add_timer = add_timer,
	                                   .del_timer = event_del };

static struct ub_event *new_event(struct ub_event_base *base, int fd, short bits,
                                  void (*fn)(int, short, void *), void *arg)
{
	struct dns_events *events = CONTAINER(base, struct dns_events, base);
	struct event *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	*e = (struct event){ .ub = { .magic = UB_EVENT_MAGIC,
		                     .vmt = (struct ub_event_vmt *)&EVENT },
		             .poller = events->poller,
		             .fd = fd,
		             .bits = bits,
		             .every_ms = -1,
		             .fn = fn,
		             .arg = arg };
	e->wait.fn = on_wait;
	e->wait.arg = e;
	return &e->ub;
}

/* What libunbound says that it does not call here. */
static int not_called(struct ub_event_base *base, struct timeval *t)
{
	(void)base;
	(void)t;
	return -1;
}

/* libunbound gives up a base of its own where it has no memory, and takes ours for that. */
static void base_free(struct ub_event_base *base)
{
	(void)base;
}

void dns_events_init(struct dns_events *e, struct poller *p)
{
	*e = (struct dns_events){
		.base = { .magic = UB_EVENT_MAGIC, .vmt = &e->vmt },
		.vmt = { .free = base_free, .loopexit = not_called, .new_event = new_event },
		.poller = p
	};
}

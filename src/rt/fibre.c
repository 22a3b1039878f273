/* rt/fibre.c - waiting: park, wake, deadline, cancellation.
 *
 * A fibre that is woken goes to the end of the ready list; fibre_switch.c runs it.
 */
#include <assert.h>

#include "rt/fibre_impl.h"

struct fibre *fibre_self(void)
{
	return fibres.running;
}

const char *fibre_name(const struct fibre *f)
{
	return f->name;
}

static void on_deadline(void *arg)
{
	fibre_wake(arg, ERR_TIMEOUT);
}

WAITS int fibre_park(const char *what, int64_t until_at, bool cancellable)
{
	struct fibre *f = fibres.running;
	assert(f);
	if (cancellable && f->cancelled)
		return ERR_CANCELLED;
	if (until_at <= loop_now_at())
		return ERR_TIMEOUT;
	loop_timer_start(&f->timer, until_at, on_deadline, f);
	f->waits_for = what;
	f->since_at = loop_now_at();
	f->parked = true;
	f->cancellable = cancellable;
	fibre_leave(f);
	return f->result; /* the timer may stay: the next wait moves it, and a late call wakes
	                     nobody */
}

WAITS int fibre_wait(const char *what)
{
	int r = fibre_park(what, fibre_deadline(), true);
	if (r == ERR_TIMEOUT)
		return err(r, "waited too long: %s", what);
	return r;
}

WAITS int fibre_wait_uncancelled(const char *what)
{
	return fibre_park(what, CLOCK_NEVER, false);
}

WAITS int fibre_sleep(int64_t ms)
{
	int64_t deadline = fibre_deadline(), at = clock_add(clock_now_at(), ms);
	if (ms <= 0)
		return fibre_yield();
	int r = fibre_park("time", at < deadline ? at : deadline, true);
	return r == ERR_TIMEOUT && at <= deadline ? 0 : r;
}

WAITS int fibre_yield(void)
{
	struct fibre *f = fibres.running;
	assert(f);
	list_push_back(&fibres.yielded, &f->ready);
	f->since_at = loop_now_at();
	fibre_leave(f);
	if (f->cancelled)
		return ERR_CANCELLED;
	return f->deadline_at <= loop_now_at() ? ERR_TIMEOUT : 0;
}

void fibre_wake(struct fibre *f, int result)
{
	if (!f->parked)
		return;
	f->parked = false;
	f->result = result;
	list_push_back(&fibres.ready, &f->ready);
}

void fibre_cancel(struct fibre *f)
{
	f->cancelled = true;
	if (f->cancellable)
		fibre_wake(f, ERR_CANCELLED);
}

bool fibre_cancelled(void)
{
	return fibres.running->cancelled;
}

int64_t fibre_deadline(void)
{
	return fibres.running->deadline_at;
}

int64_t fibre_deadline_set(int64_t at)
{
	int64_t old = fibres.running->deadline_at;
	fibres.running->deadline_at = at;
	return old;
}

int64_t fibre_deadline_narrow(int64_t ms)
{
	int64_t old = fibre_deadline(), at = clock_add(clock_now_at(), ms);
	if (at < old)
		fibre_deadline_set(at);
	return old;
}

void fibre_deadline_restore(int64_t *old)
{
	fibre_deadline_set(*old);
}

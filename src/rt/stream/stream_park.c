/* rt/stream/stream_park.c - between commands a session is a record, not a stack. */
#include <assert.h>

#include "rt/stream/stream_impl.h"

enum { RETRY_MS = 100 };

static struct list parked = LIST_INIT(parked);
static bool shutdown_begun;

static void resume(void *arg)
{
	struct stream *s = arg;
	s->park_fn(s->park_arg, s->park_result);
}

/* Of those for a writer beside the parked session. */
static int events_of_writer(const struct stream *s)
{
	return s->writer.fibre ? s->writer.events : 0;
}

static void on_retry(void *arg);

/* Without a fibre to be had the stream stays parked and tries again. */
static void end(struct stream *s, int r,
                int (*start)(const char *name, void (*fn)(void *), void *arg))
{
	list_remove(&s->node);
	s->timer.at = CLOCK_NEVER; /* it may stay queued: the next parking moves it later */
	s->parked = false;
	if (!s->park_result) /* else it had no fibre yet */
		s->park_result = r;
	if (start(s->park_name, resume, s) >= 0)
		return;
	s->parked = true;
	list_push_back(&parked, &s->node);
	stream_watch(s, events_of_writer(s));
	loop_timer_start(&s->timer, loop_now_at() + RETRY_MS, on_retry, s);
}

static void on_retry(void *arg)
{
	struct stream *s = arg;
	end(s, s->park_result, fibre_run);
}

static void on_deadline(void *arg)
{
	end(arg, ERR_TIMEOUT, fibre_run);
}

void stream_park_ended(struct stream *s, int r)
{
	end(s, r, fibre_run);
}

/* Something is buffered that its reader has not seen, or the input has ended.  The
 * beginning of a line that was looked at in vain is no reason to stay. */
static bool input_is_there(struct stream *s)
{
	if (s->in_to - s->in_from > s->in_scanned || s->fresh || s->in_err)
		return true;
	stream_in_shrink(s);
	if (s->drained && !stream_tls_buffered(s) && !stream_pack_buffered(s))
		return false;
	return stream_pull(s) != ERR_AGAIN;
}

WAITS int stream_park(struct stream *s, int64_t deadline_at, const char *name, stream_resume_fn *fn,
                      void *arg)
{
	int r = stream_out_settle(s);
	if (r < 0)
		return r;
	if (fibre_cancelled())
		return ERR_CANCELLED;
	if (input_is_there(s))
		return ERR_AGAIN;
	if (s->why_woken)
		return ERR_WOKEN;
	stream_in_shrink(s);
	s->park_name = name;
	s->park_fn = fn;
	s->park_arg = arg;
	s->park_result = 0;
	s->parked = true;
	list_push_back(&parked, &s->node);
	stream_watch(s, UV_READABLE | events_of_writer(s));
	loop_timer_start(&s->timer, deadline_at, on_deadline, s);
	return 0;
}

bool stream_unpark(struct stream *s)
{
	if (!s->parked)
		return false;
	list_remove(&s->node);
	s->timer.at = CLOCK_NEVER;
	s->parked = false;
	return true;
}

void stream_wake(struct stream *s, unsigned why)
{
	assert(why && why <= UINT8_MAX);
	s->why_woken |= (uint8_t)why;
	if (s->parked)
		end(s, ERR_WOKEN, fibre_spawn);
	else if (s->reader.fibre && !s->raw)
		fibre_wake(s->reader.fibre, ERR_WOKEN);
}

unsigned stream_woken(struct stream *s)
{
	unsigned why = s->why_woken;
	s->why_woken = 0;
	return why;
}

bool stream_shutdown(void)
{
	return shutdown_begun;
}

void stream_cancel_parked(void)
{
	struct list all;

	shutdown_begun = true;
	list_init(&all);
	while (!list_empty(&parked)) {
		struct list *n = parked.next;
		list_remove(n);
		list_push_back(&all, n);
	}
	while (!list_empty(&all))
		end(LIST_FIRST(&all, struct stream, node), ERR_CANCELLED, fibre_spawn);
}

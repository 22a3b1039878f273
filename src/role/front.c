/* role/front.c - see front.h. */
#include "role/front.h"

#include <stdlib.h>

#include "base/event.h"
#include "policy/limits.h"
#include "rt/timer.h"

/* Not longer than a proxy needs that is well: clients are not heard before. */
enum { HEADER_MS = 10000 };

struct passage {
	const struct front *front;
	struct stream *stream;
	struct loop_timer done;
};

static bool is_proxy(const struct front *f, const struct stream *s)
{
	const struct settings_list *from = &f->set->listen_proxy_from;

	if (stream_peer(s)->len)
		return from->n && limits_in_networks(stream_peer(s), from);
	for (size_t i = 0; f->has_unix && i < from->n; i++)
		if (span_eq(span_str(from->v[i]), SPAN("unix")))
			return true;
	return false;
}

/* On the loop's stack. */
static void give_on(void *arg)
{
	struct passage *p = arg;

	p->front->fn(p->stream, p->front->arg);
	free(p);
}

static void read_header(void *arg)
{
	struct passage *p = arg;
	char text[ADDRESS_TEXT_BYTES];

	fibre_deadline_set(clock_add(loop_now_at(), HEADER_MS));
	int r = stream_proxy_accept(p->stream); /* WAITS */
	if (r >= 0) {
		loop_timer_start(&p->done, loop_now_at(), give_on, p);
		return;
	}
	event_log(EVENT_proxy_failed, "proxy=%s reason=%s",
	          address_text(stream_peer(p->stream), true, text), err_str(r));
	stream_close(p->stream);
	free(p);
}

void front_accept(struct stream *s, void *arg)
{
	const struct front *f = arg;

	if (!is_proxy(f, s)) {
		f->fn(s, f->arg);
		return;
	}
	struct passage *p = calloc(1, sizeof *p);
	if (p) {
		p->front = f;
		p->stream = s;
	}
	if (!p || fibre_run("front", read_header, p) < 0) {
		stream_close(s);
		free(p);
	}
}

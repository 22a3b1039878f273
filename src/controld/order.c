/* controld/order.c - orders of the operator to the queue: hold, release, retry, cancel, reroute. */
#include "controld/queue.h"

#include "rt/loop.h"

enum { PAGE_MS = 10 * 60 * 1000 };

static const char *const orders[QUEUE_ORDER_KINDS] = {
	[QUEUE_HOLD] = "hold",     [QUEUE_RELEASE] = "release", [QUEUE_RETRY] = "retry",
	[QUEUE_CANCEL] = "cancel", [QUEUE_REROUTE] = "reroute",
};

static int kind_of(struct span name, uint8_t *out)
{
	for (uint8_t i = 1; i < QUEUE_ORDER_KINDS; i++)
		if (span_eq(name, span_str(orders[i]))) {
			*out = i;
			return 0;
		}
	return err(ERR_SYNTAX, "order %.*s is not known", SPAN_ARG(name));
}

/* The name is what the client says, the number what the kernel does. */
int controld_who(struct controld_session *s, json_t *request, struct span *out)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof peer;
	struct span name = controld_string(request, "by");
	char *who;

	if (s->asked) {
		*out = span_str(s->asked->who);
		return 0;
	}
	if (getsockopt(stream_fd(s->stream), SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return err_errno(ERR_IO, "who gives the order");
	who = arena_printf(&s->mem, "%.*s%s(uid %u)", SPAN_ARG(name), name.n ? " " : "", peer.uid);
	*out = span_str(who);
	return who ? 0 : ERR_NO_MEMORY;
}

static WAITS int end_order(struct controld_session *s, const struct queue_order_reply *sum)
{
	AUTO_BUF line = BUF(256);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_int(&j, "done", sum->n_done);
	json_member_int(&j, "under_way", sum->n_under_way);
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}

WAITS int controld_give_order(struct controld_session *s, struct queue_order_args *a,
                              struct queue_order_reply *sum)
{
	struct arena mem = { 0 };
	struct queue_place place;
	struct queue_order_reply page = { .more = true };
	int r = 0;

	while (r >= 0 && page.more) {
		fibre_deadline_set(clock_add(loop_now_at(), PAGE_MS));
		arena_reset(&mem);
		r = queue_order(a, &mem, &page); /* WAITS */
		if (r < 0)
			break;
		sum->n_done += page.n_done;
		sum->n_under_way += page.n_under_way;
		if (page.n_place) {
			place = page.place[0];
			a->after = &place;
			a->n_after = 1;
		}
		r = controld_put_rows(s, page.rows, page.n_rows) < 0 ? ERR_CLOSED : 0; /* WAITS */
	}
	arena_fini(&mem);
	return r;
}

WAITS int controld_order(struct controld_session *s, json_t *request)
{
	struct queue_filter filter;
	struct queue_order_reply sum = { 0 };
	struct queue_order_args a = {
		.filter = &filter,
		.n_filter = 1,
		.given_ms = clock_wall_time_ms(),
		.why = controld_string(request, "why"),
		.route = controld_string(request, "route"),
		.quiet = json_is_true(json_object_get(request, "quiet")),
		.dry_run = json_is_true(json_object_get(request, "dry_run")),
		.tell = json_is_true(json_object_get(request, "tell")),
	};
	int r = kind_of(controld_string(request, "order"), &a.order);

	if (r >= 0)
		r = controld_filter(s, request, &filter); /* WAITS */
	if (r >= 0)
		r = controld_who(s, request, &a.who);
	if (r >= 0)
		r = controld_give_order(s, &a, &sum); /* WAITS */
	if (r == ERR_CLOSED)
		return r;
	if (r < 0 && sum.n_done)
		return err(r, "%s (%u recipients were done before)", err_str(r), sum.n_done);
	return r < 0 ? r : end_order(s, &sum); /* WAITS */
}

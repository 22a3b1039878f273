/* queue/schedule/schedule.c - entries: their time, their line, their turn, their end.  See
 * schedule.h. */
#include "queue/schedule/schedule.h"

#include <stdlib.h>

void schedule_init(struct schedule *s, size_t octets_max, size_t per_destination)
{
	*s = (struct schedule){
		.octets_max = octets_max,
		.per_destination = per_destination,
		.disk_from_ms = INT64_MAX,
	};
	list_init(&s->turns);
	list_init(&s->gone);
}

static void free_entry(struct entry *e, void *arg)
{
	struct schedule *s = arg;

	schedule_body_unref(s, e->body);
	free(e);
}

void schedule_fini(struct schedule *s)
{
	struct destination *d;

	schedule_index_each(&s->index, free_entry, s);
	MAP_EACH(d, &s->destinations) {
		health_fini(&d->health);
		free(d);
	}
	map_fini(&s->destinations);
	schedule_heap_fini(&s->heap);
	schedule_index_fini(&s->index);
}

/* ---- bodies ---- */

static char *copy(char *to, struct span s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

struct schedule_body *schedule_body_new(struct schedule *s, const struct span *pieces, size_t n)
{
	size_t octets = sizeof(struct schedule_body);
	struct schedule_body *body;
	char *to;

	for (size_t i = 0; i < n; i++)
		octets += pieces[i].n;

	if (s->body_octets + octets > s->octets_max / 2 || s->octets + octets > s->octets_max ||
	    !(body = malloc(octets)))
		return NULL;
	body->refs = 1;
	body->n = octets - sizeof *body;
	to = body->octets;
	for (size_t i = 0; i < n; i++)
		to = copy(to, pieces[i]);
	s->body_octets += octets;
	s->octets += octets;
	return body;
}

void schedule_body_unref(struct schedule *s, struct schedule_body *body)
{
	if (!body || --body->refs)
		return;
	s->body_octets -= sizeof *body + body->n;
	s->octets -= sizeof *body + body->n;
	free(body);
}

/* ---- turns ---- */

static size_t places(const struct schedule *s, const struct destination *d, int64_t now_at)
{
	return health_is_probing(&d->health, now_at) ? 1 : s->per_destination;
}

/* A destination takes part in the turns while it has ready entries and a free place;
 * a probe's single place is looked at when its turn comes. */
static void join_turns(struct schedule *s, struct destination *d)
{
	if (!list_linked(&d->turn) && !list_empty(&d->ready) && d->n_running < s->per_destination)
		list_push_back(&s->turns, &d->turn);
}

void schedule_ready(struct schedule *s, struct entry *e)
{
	e->stage = ENTRY_READY;
	list_push_back(&e->destination->ready, &e->ready);
	join_turns(s, e->destination);
}

void schedule_wake(struct schedule *s, int64_t now_at)
{
	while (schedule_next_at(s) <= now_at) {
		struct entry *e = schedule_heap_pop(&s->heap);

		if (e->n_rcpts) {
			schedule_ready(s, e);
			continue;
		}
		s->n_empty--;
		schedule_done(s, e);
	}
}

struct entry *schedule_take(struct schedule *s, int64_t now_at)
{
	struct destination *d;

	while ((d = LIST_FIRST(&s->turns, struct destination, turn))) {
		struct entry *e;

		list_remove(&d->turn);
		if (d->n_running >= places(s, d, now_at))
			continue;
		e = LIST_FIRST(&d->ready, struct entry, ready);
		list_remove(&e->ready);
		e->stage = ENTRY_RUNS;
		d->n_running++;
		join_turns(s, d);
		return e;
	}
	return NULL;
}

void schedule_release(struct schedule *s, struct entry *e)
{
	e->destination->n_running--;
	join_turns(s, e->destination);
}

int64_t schedule_next_at(const struct schedule *s)
{
	return s->heap.n ? s->heap.slots[0].at : CLOCK_NEVER;
}

/* ---- ends ---- */

void schedule_drop(struct schedule *s, struct entry *e)
{
	struct destination *d = e->destination;

	schedule_index_remove(&s->index, e);
	s->octets -= e->octets;
	free_entry(e, s);
	d->n_entries--;
	schedule_destination_sweep(s, d);
}

void schedule_done(struct schedule *s, struct entry *e)
{
	if (!s->remembering) {
		schedule_drop(s, e);
		return;
	}
	schedule_body_unref(s, TAKE(e->body));
	e->stage = ENTRY_OVER;
	list_push_back(&s->gone, &e->ready);
}

void schedule_remember_begin(struct schedule *s)
{
	s->remembering++;
}

void schedule_remember_end(struct schedule *s)
{
	struct entry *e, *next;

	if (--s->remembering)
		return;
	LIST_EACH_SAFE(e, next, &s->gone, ready) {
		list_remove(&e->ready);
		schedule_drop(s, e);
	}
}

void schedule_finish(struct entry *e, const bool *final)
{
	uint32_t live = 0;

	for (uint32_t i = 0; i < e->n_rcpts; i++) {
		struct courier_rcpt one = e->rcpts[i];

		if (final[i])
			continue;
		memmove(&e->rcpts[live + 1], &e->rcpts[live], (i - live) * sizeof *e->rcpts);
		e->rcpts[live++] = one;
	}
	e->n_rcpts = live;
}

void schedule_again(struct schedule *s, struct entry *e, int64_t at)
{
	e->stage = ENTRY_WAITS;
	s->sheds_more = s->sheds_more || at > s->sheds_after_at;
	if (schedule_heap_push(&s->heap, at, e) == 0)
		return;
	schedule_left_on_disk(s, e->due_ms);
	schedule_done(s, e);
}

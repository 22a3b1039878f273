/* queue/schedule/schedule_disk.c - what is on disk only, and when to read it.  See schedule.h. */
#include "queue/schedule/schedule.h"

void schedule_left_on_disk(struct schedule *s, int64_t due_ms)
{
	if (due_ms < s->disk_from_ms)
		s->disk_from_ms = due_ms;
}

/* Near: due soon enough to make room for. */
static bool is_near(int64_t due_ms, int64_t now_ms)
{
	return due_ms <= clock_add(now_ms, SCHEDULE_LOAD_AHEAD_MS);
}

bool schedule_has_room(const struct schedule *s, int64_t due_ms, int64_t now_ms)
{
	if (!s->index.n)
		return true;
	return s->octets <
	       (is_near(due_ms, now_ms) ? s->octets_max - s->octets_max / 8 : s->octets_max / 2);
}

/* The latest load ran out of room, and nothing has changed that would let this one do better. */
static bool is_load_vain(const struct schedule *s, bool near)
{
	return s->full.octets && near == s->full.near && s->disk_from_ms >= s->full.disk_from_ms &&
	       s->octets > s->full.octets && !(near && s->sheds_more);
}

bool schedule_wants_load(const struct schedule *s, int64_t now_ms)
{
	bool near = is_near(s->disk_from_ms, now_ms);

	if (s->loading || s->disk_from_ms == INT64_MAX || is_load_vain(s, near))
		return false;
	return near || !s->index.n || s->octets < s->octets_max / 4;
}

int64_t schedule_load_time_ms(const struct schedule *s, int64_t now_ms)
{
	if (s->disk_from_ms == INT64_MAX || is_near(s->disk_from_ms, now_ms))
		return INT64_MAX;
	return s->disk_from_ms - SCHEDULE_LOAD_AHEAD_MS;
}

void schedule_load_begin(struct schedule *s)
{
	s->loading = true;
	s->sheds_more = false;
	schedule_remember_begin(s);
	s->disk_from_ms = INT64_MAX;
}

void schedule_load_end(struct schedule *s, bool full, int64_t now_ms)
{
	size_t an_eighth;

	s->loading = false;
	schedule_remember_end(s);
	s->full = (struct schedule_full){ 0 };
	if (!full || !s->index.n)
		return;
	an_eighth = s->octets_max / 8 < s->octets / 2 ? s->octets_max / 8 : s->octets / 2;
	s->full = (struct schedule_full){
		.octets = s->octets - an_eighth,
		.disk_from_ms = s->disk_from_ms,
		.near = is_near(s->disk_from_ms, now_ms),
	};
}

/* Leaves on disk what waits until after_at or longer; returns how many entries. */
static size_t shed_from(struct schedule *s, int64_t from_at)
{
	struct schedule_heap *h = &s->heap;
	size_t n_before = h->n, n = 0;

	for (size_t i = 0; i < n_before; i++) {
		if (h->slots[i].at < from_at) {
			h->slots[n++] = h->slots[i];
			continue;
		}
		if (h->slots[i].entry->n_rcpts)
			schedule_left_on_disk(s, h->slots[i].entry->due_ms);
		else
			s->n_empty--;
		schedule_drop(s, h->slots[i].entry);
	}
	h->n = n;
	schedule_heap_rebuild(h);
	return n_before - n;
}

void schedule_shed(struct schedule *s, int64_t after_at)
{
	s->sheds_after_at = after_at;
	while (s->octets > s->octets_max / 2 && s->heap.n) {
		int64_t from_at = schedule_heap_quantile(&s->heap, 66);

		if (from_at <= after_at)
			from_at = clock_add(after_at, 1);
		if (!shed_from(s, from_at))
			return;
	}
}

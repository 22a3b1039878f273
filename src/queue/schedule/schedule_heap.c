/* queue/schedule/schedule_heap.c - see schedule_heap.h. */
#include "queue/schedule/schedule_heap.h"

#include <stdlib.h>

enum { ROOM_MIN = 64, SAMPLES = 127 };

void schedule_heap_fini(struct schedule_heap *h)
{
	free(h->slots);
	*h = (struct schedule_heap){ 0 };
}

static void sift_down(struct schedule_heap *h, size_t i, struct schedule_slot slot)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < h->n && h->slots[child + 1].at < h->slots[child].at)
			child++;
		if (child >= h->n || slot.at <= h->slots[child].at)
			break;
		h->slots[i] = h->slots[child];
		i = child;
	}
	h->slots[i] = slot;
}

int schedule_heap_push(struct schedule_heap *h, int64_t at, struct entry *e)
{
	size_t i;

	if (h->n == h->room) {
		size_t room = h->room ? 2 * h->room : ROOM_MIN;
		struct schedule_slot *slots = reallocarray(h->slots, room, sizeof *slots);

		if (!slots)
			return ERR_NO_MEMORY;
		h->slots = slots;
		h->room = room;
	}
	for (i = h->n++; i > 0 && at < h->slots[(i - 1) / 2].at; i = (i - 1) / 2)
		h->slots[i] = h->slots[(i - 1) / 2];
	h->slots[i] = (struct schedule_slot){ at, e };
	return 0;
}

struct entry *schedule_heap_pop(struct schedule_heap *h)
{
	struct entry *e = h->slots[0].entry;

	h->n--;
	if (h->n)
		sift_down(h, 0, h->slots[h->n]);
	return e;
}

void schedule_heap_rebuild(struct schedule_heap *h)
{
	for (size_t i = h->n / 2; i-- > 0;)
		sift_down(h, i, h->slots[i]);
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int64_t schedule_heap_quantile(const struct schedule_heap *h, unsigned percent)
{
	int64_t sample[SAMPLES];
	size_t n = h->n < SAMPLES ? h->n : SAMPLES;

	for (size_t i = 0; i < n; i++)
		sample[i] = h->slots[i * h->n / n].at;
	qsort(sample, n, sizeof *sample, by_time);
	return sample[(n - 1) * percent / 100];
}

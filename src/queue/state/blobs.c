/* queue/state/blobs.c - see blobs.h. */
#include "queue/state/blobs.h"

#include <stdlib.h>

#include "calls/queue.h"
#include "rt/loop.h"

void blobs_init(struct blobs *b)
{
	*b = (struct blobs){ .most = BLOBS_MAX, .most_further = BLOBS_FURTHER_MAX };
	list_init(&b->by_use);
}

static void drop(struct blobs *b, struct blob *blob)
{
	b->n--;
	b->n_further -= blob->further;
	free(blob);
}

void blobs_forget(struct blobs *b, struct blob *blob)
{
	map_remove(&b->all, MAP_KEY(blob->number));
	list_remove(&blob->link);
	drop(b, blob);
}

void blobs_fini(struct blobs *b)
{
	while (!list_empty(&b->by_use))
		blobs_forget(b, LIST_FIRST(&b->by_use, struct blob, link));
	map_fini(&b->all);
}

/* A role that was started again left its blobs behind. */
static WAITS void take_back_abandoned(struct blobs *b, struct store *sp)
{
	for (;;) {
		struct blob *oldest = LIST_FIRST(&b->by_use, struct blob, link);
		uint64_t number;

		if (!oldest || oldest->busy ||
		    loop_now_at() < clock_add(oldest->used_at, QUEUE_FILE_IDLE_MS))
			return;
		number = oldest->number;
		blobs_forget(b, oldest);
		store_blob_abort(sp, number); /* WAITS */
	}
}

/* Counted before its file is there: many who ask at once do not get past the limit together. */
static int count(struct blobs *b, bool further, struct blob **out)
{
	if (b->n >= b->most || (further && b->n_further >= b->most_further))
		return err(ERR_LIMIT,
		           "%zu large messages are being received, %zu of them by "
		           "commands with several",
		           b->n, b->n_further);
	*out = malloc(sizeof **out);
	if (!*out)
		return err(ERR_NO_MEMORY, "no memory for a large message");
	**out = (struct blob){ .used_at = loop_now_at(), .busy = true, .further = further };
	b->n++;
	b->n_further += further;
	return 0;
}

WAITS int blobs_begin(struct blobs *b, struct store *sp, bool further, struct blob **out)
{
	struct blob *blob;
	int r;

	take_back_abandoned(b, sp); /* WAITS */
	r = count(b, further, &blob);
	if (r < 0)
		return r;
	r = store_blob_begin(sp, &blob->number); /* WAITS */
	if (r >= 0) {
		r = map_put(&b->all, MAP_KEY(blob->number), blob, NULL);
		if (r < 0)
			store_blob_abort(sp, blob->number); /* WAITS */
	}
	if (r < 0) {
		drop(b, blob);
		return r;
	}
	list_push_back(&b->by_use, &blob->link);
	*out = blob;
	return 0;
}

int blobs_take(struct blobs *b, uint64_t number, struct blob **out)
{
	struct blob *blob = map_get(&b->all, MAP_KEY(number));

	if (!blob || blob->busy)
		return err(ERR_NOT_FOUND, "no blob %ju is being filled", (uintmax_t)number);
	blob->busy = true;
	*out = blob;
	return 0;
}

void blobs_put(struct blobs *b, struct blob *blob)
{
	blob->busy = false;
	blob->used_at = loop_now_at();
	list_remove(&blob->link);
	list_push_back(&b->by_use, &blob->link);
}

/* queue/state/blobs.c - see blobs.h. */
#include "queue/state/blobs.h"

#include <stdlib.h>

#include "calls/queue.h"
#include "rt/loop.h"

void blobs_init(struct blobs *b)
{
	*b = (struct blobs){ 0 };
	list_init(&b->by_use);
}

void blobs_forget(struct blobs *b, struct blob *blob)
{
	map_remove(&b->all, MAP_KEY(blob->number));
	list_remove(&blob->link);
	free(blob);
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

WAITS int blobs_begin(struct blobs *b, struct store *sp, struct blob **out)
{
	struct blob *blob;
	int r;

	take_back_abandoned(b, sp); /* WAITS */
	if (b->all.n >= BLOBS_MAX)
		return err(ERR_LIMIT, "%d large messages are being received", BLOBS_MAX);
	blob = malloc(sizeof *blob);
	if (!blob)
		return err(ERR_NO_MEMORY, "no memory for a large message");
	*blob = (struct blob){ .used_at = loop_now_at(), .busy = true };
	r = store_blob_begin(sp, &blob->number); /* WAITS */
	if (r >= 0) {
		r = map_put(&b->all, MAP_KEY(blob->number), blob, NULL);
		if (r < 0)
			store_blob_abort(sp, blob->number); /* WAITS */
	}
	if (r < 0) {
		free(blob);
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

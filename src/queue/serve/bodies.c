/* queue/serve/bodies.c - see bodies.h. */
#include "queue/serve/bodies.h"

#include "queue/state/state.h"

int queue_body_take(uint64_t number, struct blob **out)
{
	if (!queue_here)
		return err(ERR_UNAVAILABLE, "the queue is closed");
	return blobs_take(&queue_here->blobs, number, out);
}

void queue_body_end(struct blob *body, bool kept)
{
	if (!queue_here)
		return;
	if (kept)
		blobs_forget(&queue_here->blobs, body);
	else
		blobs_put(&queue_here->blobs, body);
}

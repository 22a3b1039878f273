/* queue/submit.c - what other roles hand in: messages, and large bodies piece by piece. */
#include "queue/commit.h"
#include "queue/serve.h"
#include "queue/check.h"
#include "queue/verdicts.h"

static WAITS int accept_blob(struct queue *q, struct record_message *m,
                             struct record_change *changes, size_t n_changes, struct arena *mem)
{
	struct blob *blob;
	int r = blobs_take(&q->blobs, m->blob, &blob);

	if (r < 0)
		return r;
	m->body_bytes = blob->n_octets;
	m->size_bytes = m->prefix.n + m->header.n + m->body_bytes;
	r = commit_message(q, m, changes, n_changes, mem); /* WAITS */
	if (r < 0)
		blobs_put(&q->blobs, blob);
	else
		blobs_forget(&q->blobs, blob);
	return r;
}

int queue_submit_here(const struct queue_submit_args *a, struct arena *mem,
                      struct queue_submit_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct record_message m;
	struct record_change *changes;
	size_t n_changes;
	uint64_t seq;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	seq = q->changes.last_seq;
	if (a->n_message != 1)
		return err(ERR_SYNTAX, "%zu messages in one call", a->n_message);
	m = *a->message;
	r = check_message(q->set, &m, mem);
	if (r < 0)
		return r;
	r = check_header(q->set, &m);
	if (r >= 0)
		r = verdicts_settle(&m, a->verdicts, a->n_verdicts, mem, &changes, &n_changes);
	if (r >= 0)
		r = m.blob ? accept_blob(q, &m, changes, n_changes, mem)
		           : commit_message(q, &m, changes, n_changes, mem); /* WAITS */
	if (r < 0)
		return r;
	*out = (struct queue_submit_reply){ .id = m.id, .seq = seq };
	return 0;
}

static WAITS int append(struct queue *q, struct blob *blob, struct span octets)
{
	int r;

	if (octets.n > (uint64_t)q->set->smtp_size_max + QUEUE_PIECE_BYTES - blob->n_octets)
		return err(ERR_TOO_BIG, "a message of more than smtp.size_max");
	r = store_blob_append(q->store, blob->number, octets); /* WAITS */
	if (r >= 0)
		blob->n_octets += octets.n;
	return r;
}

int queue_blob_here(const struct queue_blob_args *a, struct arena *mem,
                    struct queue_blob_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct blob *blob;
	uint64_t number;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	if (a->octets.n > QUEUE_PIECE_BYTES)
		return err(ERR_TOO_LONG, "a piece of %zu octets", a->octets.n);
	r = a->blob ? blobs_take(&q->blobs, a->blob, &blob)
	            : blobs_begin(&q->blobs, q->store, &blob); /* WAITS */
	if (r < 0)
		return r;
	number = blob->number;
	r = a->abort ? 0 : append(q, blob, a->octets); /* WAITS */
	if (a->abort || (r < 0 && !a->blob)) { /* a caller does not know a number it never got */
		blobs_forget(&q->blobs, blob);
		store_blob_abort(q->store, number); /* WAITS */
	} else {
		blobs_put(&q->blobs, blob);
	}
	if (r >= 0)
		*out = (struct queue_blob_reply){ .blob = number };
	return r;
}

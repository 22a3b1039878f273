/* queue/serve/submit.c - what other roles hand in: messages, and the files of large bodies. */
#include "base/base64.h"
#include "queue/serve/full.h"
#include "queue/serve/once.h"
#include "queue/serve/own.h"
#include "queue/serve/reports.h"
#include "queue/serve/serve.h"
#include "queue/serve/verdicts.h"
#include "queue/state/check.h"
#include "queue/state/commit.h"
#include "queue/state/final.h"

/* A prefix of our own, in which the id will be written at *out. */
static int make_room_for_id(struct record_message *m, uint32_t id_at, struct arena *mem, char **out)
{
	char *prefix;

	if (!id_at) {
		*out = NULL;
		return 0;
	}
	if (m->prefix.n < ID_TEXT_LEN || id_at > m->prefix.n - ID_TEXT_LEN)
		return err(ERR_SYNTAX, "an id behind the prefix");
	prefix = arena_str(mem, m->prefix);
	if (!prefix)
		return err(ERR_NO_MEMORY, "no memory for a prefix");
	m->prefix.p = prefix;
	*out = prefix + id_at;
	return 0;
}

static WAITS int accept_blob(struct queue *q, struct record_message *m, char *id_text,
                             struct record_change *changes, size_t n_changes, struct arena *mem)
{
	struct blob *blob;
	uint64_t size;
	int r = blobs_take(&q->blobs, m->blob, &blob);

	if (r < 0)
		return r;
	r = store_blob_size(q->store, m->blob, &size);
	if (r >= 0 && size > (uint64_t)q->set->smtp_size_max)
		r = err(ERR_TOO_BIG, "a body of %ju octets", (uintmax_t)size);
	if (r >= 0)
		r = commit_message(q, m, id_text, changes, n_changes, mem); /* WAITS */
	if (r < 0)
		blobs_put(&q->blobs, blob);
	else
		blobs_forget(&q->blobs, blob);
	return r;
}

struct submission {
	struct reports reports;
	struct queue_verdict *verdicts;
	struct record_change *changes;
	size_t n_verdicts, n_changes;
};

/* Octets of the content; of a body that is a file, as the store knows. */
static int content_octets(const struct queue *q, const struct record_message *m, uint64_t *out)
{
	uint64_t body = m->body.n;
	int r = m->blob ? store_blob_size(q->store, m->blob, &body) : 0;

	*out = m->prefix.n + m->header.n + body;
	return r;
}

static int add_reports(struct submission *s, struct arena *mem)
{
	size_t n = s->n_changes + s->reports.n;
	struct record_change *all = arena_array(mem, struct record_change, n);

	if (!s->reports.n)
		return 0;
	if (!all)
		return err(ERR_NO_MEMORY, "no memory for %zu changes", n);
	for (size_t i = 0; i < n; i++)
		all[i] = i < s->n_changes ? s->changes[i] : s->reports.changes[i - s->n_changes];
	s->changes = all;
	s->n_changes = n;
	return 0;
}

/* What is known from the first of its recipients. */
static WAITS int settle(struct queue *q, const struct queue_submit_args *a,
                        struct record_message *m, struct arena *mem, struct submission *out)
{
	struct full_case c = { .each = a->each,
		               .verdicts = a->verdicts,
		               .n_verdicts = a->n_verdicts };
	int r = content_octets(q, m, &c.octets);

	if (r >= 0)
		r = reports_settle(q, a, m, mem, &out->reports); /* WAITS */
	if (r >= 0)
		r = full_settle(q, &c, m, mem, &out->verdicts, &out->n_verdicts);
	if (r >= 0)
		r = verdicts_settle(m, out->verdicts, out->n_verdicts, mem, &out->changes,
		                    &out->n_changes);
	return r < 0 ? r : add_reports(out, mem);
}

static WAITS int submit(struct queue *q, const struct queue_submit_args *a,
                        struct record_message *m, struct arena *mem, struct queue_submit_reply *out)
{
	uint64_t seq = q->changes.last_seq;
	struct submission s = { 0 };
	char *id_text;
	int r = make_room_for_id(m, a->id_at, mem, &id_text);

	list_init(&s.reports.link);
	if (r >= 0)
		r = settle(q, a, m, mem, &s); /* WAITS */
	if (r >= 0)
		r = final_put(m, a->sender.n ? a->sender : m->return_path, mem);
	if (r >= 0)
		r = m->blob ? accept_blob(q, m, id_text, s.changes, s.n_changes, mem)
		            : commit_message(q, m, id_text, s.changes, s.n_changes,
		                             mem); /* WAITS */
	reports_end(&s.reports);
	if (r < 0)
		return r;
	own_note(m->id, m->login);
	*out = (struct queue_submit_reply){ .id = m->id,
		                            .seq = seq,
		                            .n_refused = s.n_verdicts - a->n_verdicts };
	if (out->n_refused)
		out->refused = s.verdicts + a->n_verdicts;
	return 0;
}

WAITS int queue_submit_here(const struct queue_submit_args *a, struct arena *mem,
                            struct queue_submit_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	AUTO(once_end) struct once once = { 0 };
	struct record_message m;
	uint64_t before;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	m = *a->message;
	r = check_message(q->set, &m, mem);
	if (r >= 0)
		r = check_sender(a->sender);
	if (r >= 0)
		r = check_header(q->set, &m);
	if (r >= 0)
		r = once_begin(q, &m, &once, &before); /* WAITS */
	if (r <= 0)
		return r < 0 ? r : submit(q, a, &m, mem, out); /* WAITS */
	*out = (struct queue_submit_reply){ .id = before, .again = true };
	return 0;
}

static WAITS int file_step(struct queue *q, const struct queue_file_args *a, struct blob *blob,
                           int *fd)
{
	switch (a->step) {
	case QUEUE_FILE_BEGIN: return store_blob_give(q->store, blob->number, fd);
	case QUEUE_FILE_MORE: return store_blob_room(q->store);                 /* WAITS */
	case QUEUE_FILE_END: return store_blob_end(q->store, blob->number, fd); /* WAITS */
	default: return 0;
	}
}

WAITS int queue_file_here(const struct queue_file_args *a, struct arena *mem,
                          struct queue_file_reply *out, int *fd)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct blob *blob;
	uint64_t number;
	int r;

	*fd = -1;
	if (!q)
		return ERR_UNAVAILABLE;
	if (a->step > QUEUE_FILE_ABORT || (a->step == QUEUE_FILE_BEGIN) != !a->blob)
		return err(ERR_SYNTAX, "step %u of blob %ju", a->step, (uintmax_t)a->blob);
	r = a->blob ? blobs_take(&q->blobs, a->blob, &blob)
	            : blobs_begin(&q->blobs, q->store, a->further, &blob); /* WAITS */
	if (r < 0)
		return r;
	number = blob->number;
	r = file_step(q, a, blob, fd); /* WAITS */
	if (a->step == QUEUE_FILE_ABORT ||
	    (r < 0 && !a->blob)) { /* an asker does not know a number it never got */
		blobs_forget(&q->blobs, blob);
		store_blob_abort(q->store, number); /* WAITS */
	} else {
		blobs_put(&q->blobs, blob);
	}
	if (r >= 0)
		*out = (struct queue_file_reply){ .blob = number };
	return r;
}

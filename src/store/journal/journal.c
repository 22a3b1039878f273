/* store/journal/journal.c - group commit.  See journal.h.
 *
 * One fibre commits.  What comes while it waits for a sync is its next batch, so the number
 * of syncs follows the disk and not the number of callers.
 */
#include <stdlib.h>
#include <stdio.h>

#include "store/journal/file.h"
#include "store/journal/journal_impl.h"

PACK_DEFINE(journal_open_record, JOURNAL_OPEN_FIELDS)
PACK_DEFINE(journal_head, JOURNAL_HEAD_FIELDS)

/* What an OPEN record takes, with room for fields to come. */
enum { OPEN_BYTES_MAX = 256 };

struct blank {
	int fd;
	uint64_t offset;
};

/* The last resort when the failed tail cannot be cut off by the next segment. */
static int blank_run(void *arg)
{
	static const char zeros[SEGMENT_RECORD_HEADER_BYTES];
	const struct blank *b = arg;
	int r = file_write_at(b->fd, span_make(zeros, sizeof zeros), b->offset);
	return r < 0 ? r : file_sync_data(b->fd);
}

static void seal(struct journal *j, int result)
{
	j->sealed = (struct journal_place){ j->number, j->offset };
	j->sealed_failed = result < 0;
	j->c.sealed(j->sealed, result, j->c.arg);
}

/* Hands each group back in order.  Those without records succeed whatever becomes of the rest. */
static void finish(struct journal *j, struct list *groups, int result)
{
	struct journal_group *g, *tmp;
	LIST_EACH_SAFE(g, tmp, groups, link) {
		struct fibre *waiter = g->waiter;
		g->result = g->octets.n ? result : 0;
		list_remove(&g->link);
		j->c.committed(g, j->c.arg);
		if (waiter)
			fibre_wake(waiter, 0);
	}
}

static void fail(struct journal *j, struct list *groups, int result)
{
	snprintf(j->why, sizeof j->why, "%s", err_str(result));
	finish(j, groups, result);
}

static void move(struct list *to, struct journal_group *g)
{
	list_remove(&g->link);
	list_push_back(to, &g->link);
}

/* New mail, or a copy in a mailbox, and not the notification that goes with a result. */
static bool is_mail(const struct journal_group *g)
{
	uint8_t kind = g->octets.n ? segment_record_kind(g->octets.p) : 0;
	return !g->settles && (kind == SEGMENT_MESSAGE || kind == SEGMENT_ENTRIES);
}

/* octets: of g and of what comes before it.  Mail leaves room on a disk that is nearly full,
 * and, while there is no next segment, the last eighth of this one: what came of the mail that was
 * accepted must be written down, and that is what frees space. */
static bool fits(const struct journal *j, const struct journal_group *g, size_t octets)
{
	uint64_t limit = j->c.segment_size;
	if (is_mail(g))
		limit = !j->roomy ? 0 : j->next_fd < 0 ? limit / 8 * 7 : limit;
	return j->offset + octets <= limit;
}

/* Groups that fit behind j->offset, in order. */
static void batch_take(struct journal *j, struct list *batch)
{
	size_t octets = 0;
	struct journal_group *g, *tmp;
	size_t n = 0;
	LIST_EACH_SAFE(g, tmp, &j->pending, link) {
		octets += journal_group_octets(g);
		if (!fits(j, g, octets) || n == JOURNAL_BATCH_GROUPS ||
		    (n && octets > JOURNAL_BATCH_BYTES))
			return;
		move(batch, g);
		n++;
	}
}

/* The front of the queue, if it needs no segment. */
static struct journal_group *mark_first(struct journal *j)
{
	struct journal_group *g = LIST_FIRST(&j->pending, struct journal_group, link);
	return g && !g->octets.n ? g : NULL;
}

static void marks_take(struct journal *j, struct list *marks)
{
	struct journal_group *g;
	while ((g = mark_first(j)))
		move(marks, g);
}

/* The failed segment is left; its waiters hear of it once the next one says where it ended. */
static WAITS void give_up(struct journal *j, struct list *batch, int result)
{
	struct blank b = { TAKE_FD(j->fd), j->offset };
	seal(j, result);
	if (journal_next(j) < 0)
		(void)worker_run(j->thread, blank_run, &b, "journal segment");
	file_close(&b.fd);
	fail(j, batch, result);
}

/* Those who wait and do not fit, each by itself; all of them when there is no segment.  mail: what
 * is no mail may still have a segment made for it. */
static void fail_pending(struct journal *j, bool mail, int result)
{
	struct list failed = LIST_INIT(failed);
	struct journal_group *g, *tmp;
	LIST_EACH_SAFE(g, tmp, &j->pending, link)
		if (j->fd < 0 || (!fits(j, g, journal_group_octets(g)) && (!mail || is_mail(g))))
			move(&failed, g);
	fail(j, &failed, result);
}

/* What of the disk must stay free when g needs a segment: all the room for mail; a part for
 * results, since the ledger has to be written and copies be made before they free anything; none
 * for what empties a segment. */
static uint64_t room_of(const struct journal *j, const struct journal_group *g)
{
	uint8_t kind = segment_record_kind(g->octets.p);
	if (kind == SEGMENT_COPY || kind == SEGMENT_RESTATE || (j->c.n_spares && !is_mail(g)))
		return 0; /* a spare takes no more of the disk */
	return is_mail(g) ? j->c.room : j->c.least;
}

/* The first of those that wait does not fit.  A segment is left only for another. */
static WAITS void make_room(struct journal *j)
{
	bool had_next = j->next_fd >= 0;
	const struct journal_group *first = LIST_FIRST(&j->pending, struct journal_group, link);
	bool must = !is_mail(first);
	int r = journal_next_make(j, room_of(j, first));
	if (r < 0) {
		fail_pending(j, !must, r);
	} else if (had_next || must || !j->roomy) {
		file_close(&j->fd);
		seal(j, 0);
	}
}

static WAITS void commit_one(struct journal *j)
{
	struct list batch = LIST_INIT(batch);
	marks_take(j, &batch);
	finish(j, &batch, 0);
	if (list_empty(&j->pending))
		return;
	int r = j->fd < 0 ? journal_next(j) : 0;
	if (r < 0) {
		fail_pending(j, false, r);
		return;
	}
	batch_take(j, &batch);
	if (list_empty(&batch)) {
		make_room(j);
		return;
	}
	uint64_t end;
	r = journal_batch_write(j, &batch, &end);
	if (r < 0) {
		give_up(j, &batch, r);
		return;
	}
	j->offset = end;
	finish(j, &batch, 0);
	if (end > j->c.segment_size / 2)
		journal_next_prepare(j);
}

static void committer(void *arg)
{
	struct journal *j = arg;
	int r = 0;
	for (;;) {
		while (list_empty(&j->pending) && !j->stopping && r >= 0)
			r = cond_wait(&j->work, "journal work");
		if (list_empty(&j->pending))
			return;
		j->committing = true;
		commit_one(j);
		j->committing = false;
	}
}

int journal_open(const struct journal_config *c, struct journal **out)
{
	struct journal *j = calloc(1, sizeof *j);
	if (!j)
		return err(ERR_NO_MEMORY, "no memory for the journal");
	j->c = *c;
	j->sealed = c->end;
	j->fd = j->next_fd = -1;
	list_init(&j->pending);
	cond_init(&j->work);
	cond_init(&j->prepared);
	nursery_init(&j->fibres);
	int r = worker_start("journal", &j->thread);
	if (r >= 0)
		r = nursery_spawn(&j->fibres, "journal", committer, j);
	if (r < 0) {
		worker_stop(j->thread);
		free(j);
		return r;
	}
	journal_next_prepare(j);
	*out = j;
	return 0;
}

WAITS void journal_close(struct journal *j)
{
	j->stopping = true;
	cond_broadcast(&j->work);
	(void)nursery_wait(&j->fibres); /* cancelled or not, all have returned */
	journal_next_close(j);
	worker_stop(j->thread);
	file_close(&j->fd);
	free(j);
}

static int admit(struct journal *j, const struct journal_group *g)
{
	if (g->octets.err < 0)
		return err(g->octets.err, "a record did not fit in memory");
	size_t most = j->c.segment_size - SEGMENT_HEADER_BYTES - OPEN_BYTES_MAX;
	if (journal_group_octets(g) > most)
		return err(ERR_TOO_BIG, "%zu octets are more than a journal segment holds",
		           journal_group_octets(g));
	if (j->stopping)
		return err(ERR_CANCELLED, "the journal is closed");
	return 0;
}

WAITS int journal_commit(struct journal *j, struct journal_group *g)
{
	int r = admit(j, g);
	if (r < 0)
		return r;
	g->waiter = fibre_self();
	list_push_back(&j->pending, &g->link);
	cond_signal(&j->work);
	(void)fibre_wait_uncancelled("journal commit");
	return g->result < 0 ? err(g->result, "%s", j->why) : 0;
}

void journal_post(struct journal *j, struct journal_group *g)
{
	g->waiter = NULL;
	list_push_back(&j->pending, &g->link);
	while (!j->committing && mark_first(j)) {
		struct list marks = LIST_INIT(marks);
		j->committing = true; /* what `committed` posts comes behind */
		marks_take(j, &marks);
		finish(j, &marks, 0);
		j->committing = false;
	}
}

struct journal_counts journal_counts(const struct journal *j)
{
	return j->counts;
}

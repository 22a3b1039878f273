/* store/reclaim.c - gives space back: segments that nobody needs, dead blobs, old rows.
 *
 * A segment is emptied first: what is needed of it is written again (compact.c).  It may be used
 * again when the ledger durably holds what its records say, and when those before it are gone: what
 * it says of their messages was not written again.
 */
#include <stdlib.h>

#include "base/event.h"
#include "store/blob.h"
#include "store/journal/segfile.h"
#include "store/store_impl.h"
#include "store/sweep.h"

enum {
	RECLAIM_EVERY_MS = 60000,
	PRUNE_EVERY_MS = 3600000,
	PRUNE_PAUSE_MS = 50,
};

struct job {
	struct store *sp;
	uint64_t number;
};

/* Somebody copies what is there. */
static bool is_held(const struct store *sp)
{
	return sp->stopping || clock_now_at() < sp->held_until_at;
}

WAITS int store_hold(struct store *sp, int64_t ms)
{
	int r = 0;
	sp->held_until_at = ms ? clock_add(clock_now_at(), ms) : 0;
	while (sp->reclaiming && ms && r >= 0)
		r = cond_wait(&sp->reclaimed, "what is being given back");
	if (!ms)
		store_reclaim_wake(sp);
	return r;
}

/* ---- blobs ---- */

static int blob_run(void *arg)
{
	struct job *j = arg;
	return store_blobfile_remove(j->sp->blob_dir, j->number);
}

/* What cannot be removed now is at the next start. */
static WAITS void remove_blobs(struct store *sp)
{
	struct job job = { .sp = sp };
	while (sp->dead_blobs.n >= sizeof job.number && !is_held(sp)) {
		memcpy(&job.number, sp->dead_blobs.p, sizeof job.number);
		buf_consume(&sp->dead_blobs, sizeof job.number);
		(void)offload(blob_run, &job, "blob remove");
	}
}

/* ---- segments ---- */

static int retire_run(void *arg)
{
	struct job *j = arg;
	return segfile_retire(j->sp->journal_dir, j->number);
}

static int remove_run(void *arg)
{
	struct job *j = arg;
	return segfile_remove(j->sp->journal_dir, j->number, "seg");
}

static bool is_durable(const struct store *sp, const struct store_segment *s)
{
	struct journal_place upto = ledger_durable(sp->ledger);
	return s->number < upto.segment || (s->number == upto.segment && s->end <= upto.offset);
}

/* The first dead one; 0: none. */
static uint64_t next_dead(const struct store *sp)
{
	for (size_t i = 0; i < sp->segments.n; i++)
		if (store_segment_is_dead(&sp->segments.v[i]))
			return sp->segments.v[i].number;
	return 0;
}

static WAITS int give_back(struct store *sp, uint64_t number)
{
	struct job job = { sp, number };
	struct store_segment *s = store_segments_get(&sp->segments, number);
	bool spare = !s->failed && s->size == sp->segment_size &&
	             journal_wants_spare(sp->journal) && ledger_has_room(sp->ledger);
	s->leaving = true;
	int r = offload(spare ? retire_run : remove_run, &job, "journal segment");
	if (r < 0) {
		store_segments_get(&sp->segments, number)->leaving = false;
		return r;
	}
	store_segments_remove(&sp->segments, number);
	if (spare)
		journal_spare(sp->journal, number);
	event_log(EVENT_journal_reclaimed, "segment=%ju spare=%d", (uintmax_t)number, spare);
	return 0;
}

/* In rising order: one that cannot be given back keeps those behind it. */
static WAITS void give_back_all(struct store *sp)
{
	for (uint64_t number; (number = next_dead(sp)) && !is_held(sp);) {
		const struct store_segment *s = store_segments_get(&sp->segments, number);
		if (!is_durable(sp, s) && store_fold(sp) >= 0)
			(void)!ledger_checkpoint(sp->ledger);
		s = store_segments_get(&sp->segments, number);
		if (is_held(sp) || !is_durable(sp, s) || give_back(sp, number) < 0)
			return;
	}
}

static uint64_t next_sparse(const struct store *sp)
{
	uint64_t written = journal_counts(sp->journal).bytes_written;
	for (size_t i = 0; i < sp->segments.n; i++)
		if (store_segment_is_sparse(&sp->segments, &sp->segments.v[i], written))
			return sp->segments.v[i].number;
	return 0;
}

/* verify tells why. */
static void give_up(struct store *sp, uint64_t number)
{
	struct store_segment *s = store_segments_get(&sp->segments, number);
	if (s)
		s->stuck = true;
}

/* False: not now. */
static WAITS bool empty_one(struct store *sp, uint64_t number)
{
	int r = store_compact(sp, number);
	const struct store_segment *s = store_segments_get(&sp->segments, number);
	if (r == ERR_CORRUPT || r == ERR_TOO_BIG || (r == 0 && s && s->alive))
		give_up(sp, number);
	return r >= 0 || r == ERR_CORRUPT || r == ERR_TOO_BIG;
}

static WAITS void reclaim(struct store *sp)
{
	bool going = true;
	for (uint64_t number; going && !is_held(sp) && (number = next_sparse(sp));) {
		going = empty_one(sp, number);
		give_back_all(sp);
	}
	give_back_all(sp);
}

static int drop_run(void *arg)
{
	struct job *j = arg;
	return segfile_remove(j->sp->journal_dir, j->number, "spare");
}

/* When the ledger has too little room, what waits to be used again is the disk's.  One that cannot
 * be removed is a spare again at the next start. */
static WAITS void drop_spares(struct store *sp)
{
	struct job job = { .sp = sp };
	while (!ledger_has_room(sp->ledger) && (job.number = journal_spare_take(sp->journal)))
		(void)offload(drop_run, &job, "journal spare");
}

/* ---- old rows ---- */

static WAITS int prune_some(struct store *sp, bool *more)
{
	struct ledger_pruning p = { .before_ms = clock_wall_time_ms() - sp->ledger_kept_ms };
	p.segments = calloc(sp->segments.n, sizeof *p.segments);
	if (!p.segments && sp->segments.n)
		return err(ERR_NO_MEMORY, "ledger retention");
	for (; p.n_segments < sp->segments.n; p.n_segments++)
		p.segments[p.n_segments] = sp->segments.v[p.n_segments].number;
	int r = ledger_prune(sp->ledger, &p);
	free(p.segments);
	*more = p.more;
	return r;
}

static WAITS void prune(struct store *sp)
{
	bool more = true;
	if (!sp->ledger_kept_ms || clock_now_at() < sp->prune_at)
		return;
	while (more && !sp->stopping) {
		more = false;
		if (prune_some(sp, &more) < 0)
			break;
		if (more && fibre_sleep(PRUNE_PAUSE_MS) < 0)
			return;
	}
	sp->prune_at = clock_add(clock_now_at(), PRUNE_EVERY_MS);
}

/* ---- the fibre ---- */

static WAITS void look(struct store *sp)
{
	sp->reclaiming = true;
	store_sweep(sp);
	remove_blobs(sp);
	reclaim(sp);
	drop_spares(sp);
	sp->reclaiming = false;
	cond_broadcast(&sp->reclaimed);
}

static void reclaimer(void *arg)
{
	struct store *sp = arg;
	int r = 0;
	while (!sp->stopping && r != ERR_CANCELLED) {
		sp->reclaim_waits = false;
		if (!is_held(sp))
			look(sp);
		prune(sp);
		FIBRE_TIMEOUT(RECLAIM_EVERY_MS);
		r = 0;
		if (!sp->reclaim_waits && !sp->stopping)
			r = cond_wait(&sp->reclaim_work, "space to give back");
	}
}

int store_reclaim_start(struct store *sp)
{
	return nursery_spawn(&sp->fibres, "reclaim", reclaimer, sp);
}

void store_reclaim_wake(struct store *sp)
{
	sp->reclaim_waits = true;
	cond_signal(&sp->reclaim_work);
}

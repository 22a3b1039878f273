/* store/keeper.c - gives space back: dead segments, thin segments, dead blobs, old rows.
 *
 * A segment may be used again when nothing in it is alive and the ledger durably holds
 * what its records say.
 */
#include <stdlib.h>

#include "base/event.h"
#include "store/blob.h"
#include "store/journal/segfile.h"
#include "store/store_impl.h"
#include "wire/smtp/verdict/verdict.h"

enum {
	KEEPER_EVERY_MS = 60000,
	PRUNE_EVERY_MS = 3600000,
	PRUNE_PAUSE_MS = 50,
};

struct job {
	struct store *sp;
	uint64_t number;
};

/* ---- blobs ---- */

static int blob_run(void *arg)
{
	struct job *j = arg;
	return blob_remove(j->sp->blob_dir, j->number);
}

/* What cannot be removed now is at the next start. */
static WAITS void remove_blobs(struct store *sp)
{
	struct job job = { .sp = sp };
	while (sp->dead_blobs.n >= sizeof job.number) {
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

static bool is_durable(const struct store *sp, const struct live_segment *s)
{
	struct journal_place upto = ledger_durable(sp->ledger);
	return s->number < upto.segment || (s->number == upto.segment && s->end <= upto.offset);
}

/* The first dead one behind `after`; 0: none. */
static uint64_t next_dead(const struct store *sp, uint64_t after)
{
	for (size_t i = 0; i < sp->live.n_segments; i++)
		if (sp->live.segments[i].number > after &&
		    live_is_dead(&sp->live, &sp->live.segments[i]))
			return sp->live.segments[i].number;
	return 0;
}

static WAITS void give_back(struct store *sp, uint64_t number)
{
	struct job job = { sp, number };
	struct live_segment *s = live_segment_get(&sp->live, number);
	bool spare = !s->failed && s->size == sp->segment_size && journal_wants_spare(sp->journal);
	s->leaving = true;
	int r = offload(spare ? retire_run : remove_run, &job, "journal segment");
	if (r < 0) {
		live_segment_get(&sp->live, number)->leaving = false;
		return;
	}
	live_segment_remove(&sp->live, number);
	if (spare)
		journal_spare(sp->journal, number);
	event_log(EVENT_journal_reclaimed, "segment=%ju spare=%d", (uintmax_t)number, spare);
}

static WAITS void reclaim(struct store *sp)
{
	uint64_t number = next_dead(sp, 0);
	if (number && !is_durable(sp, live_segment_get(&sp->live, number)) &&
	    ledger_checkpoint(sp->ledger) < 0)
		return;
	for (; number && !sp->stopping; number = next_dead(sp, number)) {
		const struct live_segment *s = live_segment_get(&sp->live, number);
		if (is_durable(sp, s))
			give_back(sp, number);
	}
}

static uint64_t next_thin(const struct store *sp)
{
	for (size_t i = 0; i < sp->live.n_segments; i++)
		if (live_is_thin(&sp->live.segments[i]) && sp->live.segments[i].live)
			return sp->live.segments[i].number;
	return 0;
}

/* Returns true when there may be more to do. */
static WAITS bool compact(struct store *sp)
{
	uint64_t number = next_thin(sp);
	if (!number)
		return false;
	int r = store_compact(sp, number);
	struct live_segment *s = live_segment_get(&sp->live, number);
	if (s && s->live && (r >= 0 || r == ERR_CORRUPT || r == ERR_TOO_BIG))
		s->stuck = true; /* verify tells why */
	return r >= 0;
}

/* ---- messages whose text is gone ---- */

/* Their segment was given back, so they had come to their end, and the ledger, restored from
 * an older copy, does not know which. */
static WAITS void settle_lost(struct store *sp)
{
	struct store_lost l;
	while (sp->lost.n >= sizeof l && !sp->stopping) {
		memcpy(&l, sp->lost.p, sizeof l);
		struct record_change f = {
			.message = l.message,
			.recipient = l.recipient,
			.state = RECIPIENT_CANCELLED,
			.class = SMTP_CLASS_LOCAL_TROUBLE,
			.text = SPAN("the ledger is older than the journal"),
			.meaning = SPAN("This delivery had ended, but the record of how was lost "
			                "when an older copy of the ledger was restored."),
		};
		if (store_record(sp, &f, 1) < 0)
			return;
		buf_consume(&sp->lost, sizeof l);
	}
}

/* ---- old rows ---- */

static WAITS void prune(struct store *sp)
{
	bool more = true;
	if (!sp->ledger_kept_ms || clock_now_at() < sp->prune_at)
		return;
	while (more && !sp->stopping) {
		more = false;
		if (ledger_prune(sp->ledger, clock_wall_time_ms() - sp->ledger_kept_ms, &more) < 0)
			break;
		if (more && fibre_sleep(PRUNE_PAUSE_MS) < 0)
			return;
	}
	sp->prune_at = clock_add(clock_now_at(), PRUNE_EVERY_MS);
}

/* ---- the fibre ---- */

static void keeper(void *arg)
{
	struct store *sp = arg;
	int r = 0;
	while (!sp->stopping && r != ERR_CANCELLED) {
		sp->keeper_work_waits = false;
		settle_lost(sp);
		remove_blobs(sp);
		while (!sp->stopping && compact(sp))
			reclaim(sp);
		reclaim(sp);
		prune(sp);
		FIBRE_TIMEOUT(KEEPER_EVERY_MS);
		r = 0;
		if (!sp->keeper_work_waits && !sp->stopping)
			r = cond_wait(&sp->keeper_work, "keeper work");
	}
}

int keeper_start(struct store *sp)
{
	return nursery_spawn(&sp->fibres, "keeper", keeper, sp);
}

void keeper_wake(struct store *sp)
{
	sp->keeper_work_waits = true;
	cond_signal(&sp->keeper_work);
}

/* store/mail/fold.c - what was applied is written to the files of mailboxes, many at a time.
 *
 * Order: the files are synced; the ledger has all names up to there; then, in one transaction, it
 * keeps their numbers and the place.  A crash in between folds again.
 */
#include "base/event.h"
#include "store/mail/effect.h"

enum {
	FOLD_JOURNAL_BYTES = 512 << 20, /* of journal that a start would read again */
	FOLD_RETRY_MS = 1000,
};

static uint64_t place_number(struct journal_place at)
{
	return at.segment << 32 | at.offset / 8;
}

static WAITS int fold(struct store *sp)
{
	struct ledger_folding f = { .upto = sp->done };
	uint64_t bytes = journal_counts(sp->journal).bytes_written;
	int r = box_fold(sp->boxes, place_number(f.upto));
	if (r < 0)
		return r;
	f.n = box_folded(sp->boxes, &f.boxes);
	r = ledger_folded(sp->ledger, &f);
	if (r < 0)
		return r;
	box_folded_kept(sp->boxes);
	sp->folded_bytes = bytes;
	return 0;
}

WAITS int store_fold(struct store *sp)
{
	int r = 0;
	while (sp->folding && r >= 0)
		r = cond_wait(&sp->fold_free, "fold of mailboxes");
	if (r < 0)
		return r;
	sp->folding = true;
	r = fold(sp);
	sp->folding = false;
	cond_broadcast(&sp->fold_free);
	return r;
}

static bool is_due(const struct store *sp)
{
	return box_fold_due(sp->boxes) ||
	       journal_counts(sp->journal).bytes_written - sp->folded_bytes > FOLD_JOURNAL_BYTES;
}

void store_fold_look(struct store *sp)
{
	if (sp->fold_waits && is_due(sp))
		cond_signal(&sp->fold_work);
}

/* The first of many that fail alike is logged. */
static void folder(void *arg)
{
	struct store *sp = arg;
	int r = 0, logged = 0;
	while (!sp->stopping && r != ERR_CANCELLED) {
		sp->fold_waits = true;
		r = is_due(sp) ? 0 : cond_wait(&sp->fold_work, "entries to fold");
		sp->fold_waits = false;
		if (r < 0 || sp->stopping)
			continue;
		r = store_fold(sp);
		if (r < 0 && r != logged)
			event_log(EVENT_ledger_failed, "error=%s", err_str(r));
		logged = r;
		if (r < 0)
			r = fibre_sleep(FOLD_RETRY_MS);
	}
}

int store_fold_start(struct store *sp)
{
	return nursery_spawn(&sp->fibres, "fold", folder, sp);
}

/* store/ledger/ledger_upkeep.c - checkpoints: what is in the ledger is durable. */
#include <fcntl.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/ledger/ledger_impl.h"

/* Someone who reads the ledger, or a full disk, keeps a checkpoint from ending; then the WAL itself
 * is synced, and what is in it is durable all the same. */
static int wal_sync(const struct ledger *l)
{
	AUTO_FD int fd = open(l->wal_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot open %s", l->wal_path);
	return file_sync(fd);
}

int ledger_checkpoint_run(struct ledger *l)
{
	int in_wal = 0, copied = 0;
	bool tight = l->disk_free < LEDGER_ROOM; /* then the WAL gives back what it took */
	int e = sqlite3_wal_checkpoint_v2(
	        l->db, NULL, tight ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
	        &in_wal, &copied);
	ledger_weigh(l);
	if (e != SQLITE_OK && e != SQLITE_BUSY && e != SQLITE_FULL)
		return sql_fault(l->db, e);
	if (e != SQLITE_OK || in_wal != copied)
		return wal_sync(l);
	l->wal_full = false;
	return 0;
}

static int checkpoint_run(void *arg)
{
	return ledger_checkpoint_run(arg);
}

static struct journal_place earlier(struct journal_place a, struct journal_place b)
{
	return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset) ? a : b;
}

WAITS int ledger_checkpoint_now(struct ledger *l)
{
	int r = ledger_lock(l);
	if (r < 0)
		return r;
	r = worker_run(l->thread, checkpoint_run, l, "ledger checkpoint");
	ledger_settle(l);
	if (r >= 0) {
		l->durable = earlier(l->marks.applied, l->marks.folded);
		l->counts.checkpoints++;
	}
	ledger_unlock(l);
	return r;
}

WAITS int ledger_checkpoint(struct ledger *l)
{
	int flushed = ledger_flush(l);
	int r = ledger_checkpoint_now(l); /* at least what was written so far */
	return flushed < 0 ? flushed : r;
}

bool ledger_covers(const struct ledger *l, struct journal_place end)
{
	return l->written_upto.segment > end.segment ||
	       (l->written_upto.segment == end.segment && l->written_upto.offset >= end.offset);
}

struct journal_place ledger_durable(const struct ledger *l)
{
	return l->durable;
}

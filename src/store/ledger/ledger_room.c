/* store/ledger/ledger_room.c - what the ledger takes of a disk that is nearly full.
 *
 * A transaction is written to the WAL and copied into the file later.  Each may take room, and a
 * WAL that cannot be copied cannot be given back either.  So the file grows before the transaction
 * counts, and what is in the WAL can always be copied.
 */
#include <sys/statvfs.h>

#include "store/journal/file.h"
#include "store/ledger/ledger_impl.h"

uint64_t ledger_weigh(struct ledger *l)
{
	struct statvfs disk;
	bool is_told = statvfs(l->wal_path, &disk) == 0 && disk.f_blocks;
	return l->disk_free = is_told ? disk.f_bavail * disk.f_frsize : UINT64_MAX;
}

static int weigh_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct ledger *l = arg;
	l->wal_full = pages > LEDGER_WAL_PAGES ||
	              ledger_weigh(l) < (uint64_t)pages * LEDGER_PAGE_BYTES + LEDGER_ROOM;
	return SQLITE_OK;
}

static int grow(struct ledger *l)
{
	sqlite3_stmt *st;
	int r = ledger_statement(l->db, l->st, LEDGER_PAGES, &st);
	if (r >= 0)
		r = sql_step(st);
	if (r < 0)
		return r;
	sqlite3_int64 octets = sql_column_int(st, 0) * LEDGER_PAGE_BYTES;
	sql_reset(st);
	int e = sqlite3_file_control(l->db, "main", SQLITE_FCNTL_SIZE_HINT, &octets);
	if (e == SQLITE_OK)
		return 0;
	return ledger_weigh(l) < LEDGER_CHUNK_BYTES
	               ? err(ERR_NO_SPACE, "ledger: its file cannot grow")
	               : err(ERR_IO, "ledger: its file cannot grow: %s", sqlite3_errstr(e));
}

void ledger_room_open(struct ledger *l)
{
	int chunk = LEDGER_CHUNK_BYTES;
	sqlite3_file_control(l->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	sqlite3_wal_hook(l->db, weigh_wal, l);
	ledger_weigh(l);
	(void)!grow(l); /* to a whole chunk, else a checkpoint would leave a hole there */
}

int ledger_grow(struct ledger *l)
{
	return l->disk_free < LEDGER_ROOM ? grow(l) : 0;
}

bool ledger_has_room(const struct ledger *l)
{
	return l->free_seen >= l->room.least;
}

void ledger_settle(struct ledger *l)
{
	l->free_seen = l->disk_free;
	if (ledger_has_room(l))
		l->unsettled = l->bytes;
}

WAITS int ledger_keep_up(struct ledger *l)
{
	if (l->free_seen >= l->room.plenty || l->unsettled <= l->room.ahead)
		return 0;
	int r = ledger_flush(l);
	if (r >= 0 && l->unsettled > l->room.ahead)
		r = ledger_checkpoint_now(l);
	if (r >= 0 && l->unsettled > l->room.ahead)
		r = file_full(err(ERR_NO_SPACE, "the ledger's room is kept free"), l->wal_path,
		              l->room.least);
	return r == ERR_NO_SPACE ? r : 0; /* else mail goes on without it */
}

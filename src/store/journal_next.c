/* store/journal_next.c - from one segment to the next.
 *
 * The next segment is made ahead, in a fibre of its own.  Taking it into use writes
 * its OPEN record, which says where the segment before ended, and syncs that.
 */
#include <unistd.h>

#include "store/file.h"
#include "store/journal_impl.h"
#include "store/segfile.h"

struct making {
	int dir;
	uint64_t number, size, spare;
};

static int make(void *arg)
{
	struct making *m = arg;
	return segfile_make(m->dir, m->number, m->size, m->spare);
}

static int drop(void *arg)
{
	struct making *m = arg;
	return segfile_remove(m->dir, m->number, "seg");
}

/* Makes a file for the next number; a spare of another size is used up in trying. */
static WAITS int prepare(struct journal *j)
{
	int fd = ERR_NOT_FOUND;
	while (fd == ERR_NOT_FOUND) {
		struct making m = { j->c.dir, j->c.next_number, j->c.segment_size, 0 };
		if (j->c.n_spares)
			m.spare = j->c.spares[--j->c.n_spares];
		fd = offload(make, &m, "journal segment");
		if (fd >= 0)
			j->next_made = j->c.next_number++;
	}
	j->next_fd = fd < 0 ? -1 : fd;
	return fd < 0 ? fd : 0;
}

int journal_next_make(struct journal *j)
{
	int r = 0;
	while (j->preparing && r >= 0)
		r = cond_wait(&j->prepared, "journal segment");
	if (r < 0 || j->next_fd >= 0)
		return r;
	j->preparing = true;
	r = prepare(j);
	j->preparing = false;
	cond_broadcast(&j->prepared);
	return r;
}

/* Ahead of need: should it fail, it is tried again, and told, when the need is there. */
static void prepare_ahead(void *arg)
{
	(void)!journal_next_make(arg);
}

void journal_next_prepare(struct journal *j)
{
	if (j->next_fd >= 0 || j->preparing || j->stopping)
		return;
	int r = nursery_spawn(&j->fibres, "journal segment", prepare_ahead, j);
	(void)r; /* then it is made when it is needed */
}

static WAITS int open_record_write(struct journal *j)
{
	struct journal_open_record open = {
		.previous = j->sealed.segment,
		.previous_end = j->sealed.offset,
		.time_ms = clock_wall_time_ms(),
		.failed = j->sealed_failed,
	};
	j->c.marks(&open.last_id, &open.last_seq, j->c.arg);
	struct journal_group g;
	struct list batch = LIST_INIT(batch);
	journal_group_init(&g);
	journal_record_begin(&g, SEGMENT_OPEN);
	journal_open_record_pack(&open, &g.octets);
	journal_record_end(&g, (struct span){ 0 });
	list_push_back(&batch, &g.link);
	int r = g.octets.err;
	if (r >= 0)
		r = journal_batch_write(j, &batch, &j->offset);
	journal_group_fini(&g);
	return r;
}

int journal_next(struct journal *j)
{
	int r = journal_next_make(j);
	if (r < 0)
		return r;
	j->fd = TAKE_FD(j->next_fd);
	j->number = j->next_made;
	j->offset = SEGMENT_HEADER_BYTES;
	r = open_record_write(j);
	if (r < 0) {
		struct making m = { .dir = j->c.dir, .number = j->number };
		file_close(&j->fd);
		(void)offload(drop, &m, "journal segment"); /* empty, and skipped if it stays */
		return r;
	}
	j->counts.segments++;
	j->c.opened(j->number, j->sealed_failed ? j->sealed.segment : 0, j->c.arg);
	return 0;
}

static int retire(void *arg)
{
	struct making *m = arg;
	return segfile_retire(m->dir, m->number);
}

void journal_next_close(struct journal *j)
{
	struct making m = { .dir = j->c.dir, .number = j->next_made };
	if (j->next_fd >= 0)
		(void)offload(retire, &m, "journal segment"); /* at start an empty one is retired */
	file_close(&j->next_fd);
}

bool journal_wants_spare(const struct journal *j)
{
	return j->c.n_spares < JOURNAL_SPARES_MAX;
}

void journal_spare(struct journal *j, uint64_t number)
{
	j->c.spares[j->c.n_spares++] = number;
}

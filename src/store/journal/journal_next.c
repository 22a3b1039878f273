/* store/journal/journal_next.c - from one segment to the next.
 *
 * The next segment is made ahead, in a fibre of its own.  Taking it into use writes
 * its OPEN record, which says where the segment before ended, and syncs that.
 */
#include <unistd.h>

#include "store/journal/file.h"
#include "store/journal/journal_impl.h"
#include "store/journal/segfile.h"

struct making {
	int dir;
	uint64_t number, size, spare;
	uint64_t room; /* octets of the disk to leave free; 0: it need not */
	bool refused;  /* for want of that room; nothing was touched */
};

static int make(void *arg)
{
	struct making *m = arg;
	int r = m->room ? file_room(m->dir, m->room + (m->spare ? 0 : m->size)) : 0;
	m->refused = r < 0;
	return r < 0 ? r : segfile_make(m->dir, m->number, m->size, m->spare);
}

static int drop(void *arg)
{
	struct making *m = arg;
	return segfile_remove(m->dir, m->number, "seg");
}

static void drop_first_spare(struct journal *j)
{
	j->c.n_spares--;
	memmove(j->c.spares, j->c.spares + 1, j->c.n_spares * sizeof j->c.spares[0]);
}

/* Makes a file for the next number; a spare of another size is used up in trying.  The keeper may
 * bring another spare meanwhile, behind those that are there. */
static WAITS int prepare(struct journal *j, uint64_t least)
{
	uint64_t room = j->c.room;
	int fd = ERR_NOT_FOUND;
	while (fd == ERR_NOT_FOUND) {
		struct making m = {
			.dir = j->c.dir,
			.number = j->c.next_number,
			.size = j->c.segment_size,
			.spare = j->c.n_spares ? j->c.spares[0] : 0,
			.room = room,
		};
		fd = offload(make, &m, "journal segment");
		if (fd >= 0)
			j->next_made = j->c.next_number++;
		if (m.spare && !m.refused)
			drop_first_spare(j);
		if (m.refused && room > least) {
			room = least;
			fd = ERR_NOT_FOUND;
		}
	}
	j->next_fd = fd < 0 ? -1 : fd;
	j->next_roomy = room == j->c.room;
	return fd < 0 ? fd : 0;
}

WAITS int journal_next_make(struct journal *j, uint64_t room)
{
	int r = 0;
	while (j->preparing && r >= 0)
		r = cond_wait(&j->prepared, "journal segment");
	if (r < 0 || j->next_fd >= 0)
		return r;
	j->preparing = true;
	r = prepare(j, room);
	j->preparing = false;
	cond_broadcast(&j->prepared);
	return r;
}

/* Ahead of need: should it fail, it is tried again, and told, when the need is there. */
static void prepare_ahead(void *arg)
{
	struct journal *j = arg;
	(void)!journal_next_make(j, j->c.room);
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
	journal_record_end(&g, NULL);
	list_push_back(&batch, &g.link);
	int r = g.octets.err;
	if (r >= 0)
		r = journal_batch_write(j, &batch, &j->offset);
	journal_group_fini(&g);
	return r;
}

WAITS int journal_next(struct journal *j)
{
	int r = journal_next_make(j, 0);
	if (r < 0)
		return r;
	j->fd = TAKE_FD(j->next_fd);
	j->roomy = j->next_roomy;
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

WAITS void journal_next_close(struct journal *j)
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

uint64_t journal_spare_octets(const struct journal *j)
{
	return (j->c.n_spares + (j->next_fd >= 0)) * j->c.segment_size;
}

void journal_spare(struct journal *j, uint64_t number)
{
	j->c.spares[j->c.n_spares++] = number;
}

/* The first may be becoming a segment. */
uint64_t journal_spare_take(struct journal *j)
{
	return j->c.n_spares > j->preparing ? j->c.spares[--j->c.n_spares] : 0;
}

/* store/open.c - start and end.
 *
 * Start: lock, ledger, journal's tail into the ledger, what is alive into memory; then the
 * fibres.  A new segment is begun at each start: nothing is ever written behind a tail that a
 * crash left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "calls/record_id.h"
#include "store/journal/file.h"
#include "store/journal/segfile.h"
#include "store/store_impl.h"

/* Changes that were noted only (TRYING) are not in the journal, but followers saw their
 * numbers: after a start, numbers go on well above. */
enum { SEQ_LEAP = 1 << 16 };

/* ---- what blocks ---- */

static int dirs_open(struct store *sp, const char *data_dir)
{
	sp->dir = file_dir_open(AT_FDCWD, data_dir);
	if (sp->dir < 0)
		return sp->dir;
	sp->lock = openat(sp->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (sp->lock < 0)
		return err_errno(ERR_IO, "cannot open %s/lock", data_dir);
	if (flock(sp->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
		               ? err(ERR_EXISTS, "another server uses the data directory")
		               : err_errno(ERR_IO, "cannot lock %s", data_dir);
	sp->journal_dir = file_dir_open(sp->dir, "journal");
	if (sp->journal_dir < 0)
		return sp->journal_dir;
	sp->blob_dir = file_dir_open(sp->dir, "blobs");
	if (sp->blob_dir < 0)
		return sp->blob_dir;
	sp->mail_dir = file_dir_open(sp->dir, "mail");
	if (sp->mail_dir < 0)
		return sp->mail_dir;
	/* A process that was killed may have made names that it had no time to sync. */
	int r = file_sync(sp->blob_dir);
	return r < 0 ? r : file_sync(sp->journal_dir);
}

static int ledger_begin(struct store_start *s)
{
	struct ledger_marks marks;
	char *path;
	if (asprintf(&path, "%s/ledger.db", s->data_dir) < 0)
		return err(ERR_NO_MEMORY, "no memory for a path");
	int r = ledger_open(path, &s->sp->ledger, &marks);
	free(path);
	if (r < 0)
		return r;
	s->applied = marks.applied;
	s->folded = marks.folded;
	s->sp->last_id = marks.last_id;
	s->sp->last_seq = marks.last_seq;
	return 0;
}

static int segments_add(struct store_start *s)
{
	struct store_segments *all = &s->sp->segments;
	for (size_t i = 0; i < s->n_files; i++) {
		const struct segfile *file = &s->files[i];
		if (file->spare)
			continue;
		uint64_t limit = segfile_limit(s->files, s->n_files, file->number);
		int r = store_segments_add(all, file->number, file->size);
		if (r < 0)
			return r;
		struct store_segment *segment = store_segments_get(all, file->number);
		struct store_segment *before = store_segments_get(all, file->previous);
		segment->end = file->number == s->end.segment ? s->end.offset
		               : limit < file->size           ? limit
		                                              : file->size;
		if (file->previous_failed)
			segment->cuts = file->previous;
		if (file->previous_failed && before)
			before->failed = true;
	}
	return 0;
}

/* Keeps those that the journal can use. */
static int spares_choose(struct store_start *s)
{
	int r = 0;
	for (size_t i = 0; i < s->n_files && r >= 0; i++) {
		const struct segfile *file = &s->files[i];
		if (!file->spare)
			continue;
		if (file->size == s->sp->segment_size && s->n_spares < N_ELEMS(s->spares))
			s->spares[s->n_spares++] = file->number;
		else
			r = segfile_remove(s->sp->journal_dir, file->number, "spare");
	}
	return r;
}

static int start(struct store_start *s)
{
	struct store *sp = s->sp;
	int r = dirs_open(sp, s->data_dir);
	if (r >= 0) /* first: what another format wrote is refused before anything is made */
		r = segfile_list(sp->journal_dir, &s->files, &s->n_files);
	if (r >= 0)
		r = ledger_begin(s);
	if (r >= 0)
		r = segfile_clean(sp->journal_dir);
	if (r >= 0)
		r = store_replay(s);
	if (r >= 0)
		r = spares_choose(s);
	if (r < 0)
		return r;
	struct ledger_marks marks = ledger_marks(sp->ledger);
	if (marks.last_id > sp->last_id)
		sp->last_id = marks.last_id;
	if (marks.last_seq > sp->last_seq)
		sp->last_seq = marks.last_seq;
	if (sp->last_seq)
		sp->last_seq = (sp->last_seq / SEQ_LEAP + 1) * SEQ_LEAP;
	r = segments_add(s);
	if (r >= 0)
		r = store_load(s);
	if (r >= 0)
		r = store_mail_load(s);
	if (r >= 0)
		r = store_mail_replay(s);
	if (r >= 0)
		r = store_mail_leap(s);
	sp->done = s->end;
	sp->lost = s->lost;
	sp->sweep_upto = store_next_id(sp);
	return r;
}

static int start_run(void *arg)
{
	struct store_start *s = arg;
	return file_full(start(s), s->data_dir, s->sp->segment_size + LEDGER_NEED_BYTES);
}

static int stop_run(void *arg)
{
	struct store *sp = arg;
	file_close(&sp->journal_dir);
	file_close(&sp->blob_dir);
	file_close(&sp->mail_dir);
	file_close(&sp->lock);
	file_close(&sp->dir);
	return 0;
}

/* ---- the journal's callbacks ---- */

static void sealed(struct journal_place end, int result, void *arg)
{
	struct store *sp = arg;
	struct store_segment *s = store_segments_get(&sp->segments, end.segment);
	if (s) {
		s->end = end.offset;
		s->failed |= result < 0;
	}
	if (result < 0)
		event_log(EVENT_journal_failed, "segment=%ju offset=%ju error=%s",
		          (uintmax_t)end.segment, (uintmax_t)end.offset, err_str(result));
	store_reclaim_wake(sp);
}

static void opened(uint64_t number, uint64_t failed, void *arg)
{
	struct store *sp = arg;
	/* One that is not in the list is not given back before the next start. */
	if (store_segments_add(&sp->segments, number, sp->segment_size) < 0)
		return;
	store_segments_get(&sp->segments, number)->cuts = failed;
}

static void marks(uint64_t *last_id, uint64_t *last_seq, void *arg)
{
	struct store *sp = arg;
	*last_id = sp->last_id;
	*last_seq = sp->last_seq;
}

/* ---- the ledger's hooks ---- */

static void alive(const struct ledger_alive *a, void *arg)
{
	struct store *sp = arg;
	struct store_segment *s = store_segments_get(&sp->segments, a->segment);
	if (!s)
		return;
	s->alive += (uint64_t)a->octets;
	if (a->octets < 0 && !sp->stopping &&
	    (store_segment_is_dead(s) ||
	     store_segment_is_sparse(&sp->segments, s, journal_counts(sp->journal).bytes_written)))
		store_reclaim_wake(sp);
}

static void blob_dead(uint64_t blob, void *arg)
{
	struct store *sp = arg;
	(void)!buf_put(&sp->dead_blobs,
	               span_make(&blob, sizeof blob)); /* else the next start finds it */
	store_reclaim_wake(sp);
}

/* ---- start and end ---- */

void store_tell_as(const char *data_dir)
{
	file_tell_as(data_dir);
}

int store_check_settings(const struct settings *set)
{
	if (set->store_segment_size < STORE_SEGMENT_MIN ||
	    set->store_segment_size > STORE_SEGMENT_MAX)
		return err(ERR_CONFIG, "store.segment_size must be from 64K to 1G");
	if (set->store_blob_threshold > set->store_segment_size / 4)
		return err(ERR_CONFIG, "store.blob_threshold must be at most a quarter of "
		                       "store.segment_size");
	/* A message is one record, and so is what an attempt brought with its notification. */
	if (set->smtp_rcpt_max * STORE_RCPT_OCTETS > set->store_segment_size)
		return err(ERR_CONFIG,
		           "store.segment_size must be at least 1K for each of smtp.rcpt_max "
		           "recipients: set it to %jdM",
		           (intmax_t)(set->smtp_rcpt_max * STORE_RCPT_OCTETS >> 20) + 1);
	if (set->server_node < 0 || set->server_node > RECORD_NODE_MAX)
		return err(ERR_CONFIG, "server.node must be from 0 to %d", RECORD_NODE_MAX);
	return 0;
}

void store_reload(struct store *sp, const struct settings *set)
{
	sp->ledger_kept_ms = set->store_ledger_kept;
	sp->quota_octets = (uint64_t)set->mailbox_quota;
	sp->quota_messages = (uint64_t)set->mailbox_quota_messages;
}

static int configure(struct store *sp, const struct settings *set)
{
	int r = store_check_settings(set);
	if (r < 0)
		return r;
	sp->segment_size = (uint64_t)set->store_segment_size & ~(uint64_t)4095;
	sp->room = STORE_ROOM_SEGMENTS * sp->segment_size;
	if (sp->room > STORE_ROOM_MAX)
		sp->room = sp->segment_size > STORE_ROOM_MAX / 2 ? 2 * sp->segment_size
		                                                 : STORE_ROOM_MAX;
	sp->least = sp->segment_size + sp->room / STORE_ROOM_LEDGER;
	store_reload(sp, set);
	sp->node = (unsigned)set->server_node;
	return 0;
}

static int journal_begin(struct store_start *s)
{
	struct store *sp = s->sp;
	struct journal_config c = {
		.dir = sp->journal_dir,
		.segment_size = sp->segment_size,
		.room = sp->room,
		.least = sp->least,
		.next_number = s->next_number,
		.end = s->end,
		.committed = store_committed,
		.sealed = sealed,
		.opened = opened,
		.marks = marks,
		.arg = sp,
	};
	for (; c.n_spares < s->n_spares; c.n_spares++)
		c.spares[c.n_spares] = s->spares[c.n_spares];
	return journal_open(&c, &sp->journal);
}

static void tell(const struct store_start *s)
{
	uint64_t alive_octets = 0;
	for (size_t i = 0; i < s->sp->segments.n; i++)
		alive_octets += s->sp->segments.v[i].alive;
	if (s->damaged)
		event_log(EVENT_journal_failed, "damaged_octets=%ju", (uintmax_t)s->damaged);
	event_log(EVENT_journal_recovered,
	          "records=%ju segment=%ju offset=%ju segments=%zu alive=%ju",
	          (uintmax_t)s->replayed, (uintmax_t)s->end.segment, (uintmax_t)s->end.offset,
	          s->sp->segments.n, (uintmax_t)alive_octets);
}

static int ledger_begin_fibre(struct store *sp)
{
	const struct ledger_hooks hooks = { .alive = alive, .blob_dead = blob_dead, .arg = sp };
	const struct ledger_room room = { .plenty = sp->room + STORE_ROOM_PLENTY,
		                          .least = sp->least,
		                          .ahead = sp->room / STORE_ROOM_AHEAD };
	return ledger_start(sp->ledger, &hooks, &room);
}

WAITS int store_open(const struct settings *set, struct store **out)
{
	struct store *sp = calloc(1, sizeof *sp);
	if (!sp)
		return err(ERR_NO_MEMORY, "no memory for the store");
	sp->dir = sp->journal_dir = sp->blob_dir = sp->mail_dir = sp->lock = -1;
	buf_init(&sp->dead_blobs, SIZE_MAX / 4);
	list_init(&sp->followers);
	cond_init(&sp->reclaim_work);
	cond_init(&sp->reclaimed);
	cond_init(&sp->sealed);
	cond_init(&sp->fold_work);
	cond_init(&sp->fold_free);
	cond_init(&sp->moved);
	nursery_init(&sp->fibres);
	struct store_start start = { .sp = sp, .data_dir = set->server_data_dir };
	int r = configure(sp, set);
	if (r >= 0)
		r = offload(start_run, &start, "store start");
	if (r >= 0)
		r = journal_begin(&start);
	if (r >= 0)
		r = ledger_begin_fibre(sp);
	if (r >= 0)
		r = store_fold_start(sp);
	if (r >= 0)
		r = store_reclaim_start(sp);
	if (r >= 0)
		tell(&start);
	free(start.files);
	if (r < 0) {
		store_close(sp);
		return r;
	}
	*out = sp;
	return 0;
}

WAITS void store_close(struct store *sp)
{
	sp->stopping = true;
	cond_broadcast(&sp->reclaim_work);
	cond_broadcast(&sp->fold_work);
	(void)!nursery_wait(&sp->fibres); /* cancelled or not, it has returned */
	if (sp->journal)
		journal_close(sp->journal);
	if (sp->ledger)
		ledger_close(sp->ledger);
	(void)offload(stop_run, sp, "store close");
	store_blobs_fini(sp);
	box_set_close(sp->boxes);
	names_fini(&sp->names);
	store_limits_fini(sp);
	store_segments_fini(&sp->segments);
	buf_fini(&sp->dead_blobs);
	free(sp);
}

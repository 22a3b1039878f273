/* tests/unit/store/box_rig.c - see box_rig.h. */
#include "box_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { UIDS_MAX = 6000, JOURNAL_MAX = 20000, CACHE_MAX = 4096 };

struct box_config rig_config;
struct box_set *rig_set;
struct box *rig_box[RIG_BOXES];
char rig_path[64];
size_t rig_cache_bytes = 40;

struct row {
	struct box_row row;
	uint32_t cache; /* number of its octets, 0: none */
	bool by_place;  /* it was copied by place */
};
static struct model {
	struct row rows[UIDS_MAX];
	uint32_t uid_next;
} model[RIG_BOXES];

static struct record {
	size_t box;
	enum { ROW, FLAGS, CACHE } kind;
	struct box_row row;
	struct box_change change;
	uint32_t cache;
} journal[JOURNAL_MAX];
static size_t n_journal;
static uint64_t modseq;
static uint32_t last_cache;

static struct box_numbers db[RIG_BOXES];
static bool db_knows[RIG_BOXES];
static size_t db_place;

static struct span cache_octets(uint32_t number)
{
	static char text[CACHE_MAX + 16];
	if (!number)
		return (struct span){ 0 };
	int n = snprintf(text, sizeof text, "%u:", number);
	memset(text + n, 'a' + (char)(number % 26), rig_cache_bytes);
	return span_make(text, (size_t)n + rig_cache_bytes);
}

/* ---- start and end ---- */

static void open_set(void)
{
	CHECK_INT(box_set_open(&rig_config, &rig_set), 0);
	for (size_t i = 0; i < RIG_BOXES; i++)
		CHECK_INT(box_add(rig_set, RIG_ACCOUNT, (uint32_t)i + 1, 5,
		                  db_knows[i] ? &db[i] : NULL, &rig_box[i]),
		          0);
}

void rig_begin(void)
{
	memset(model, 0, sizeof model);
	memset(db_knows, 0, sizeof db_knows);
	for (size_t i = 0; i < RIG_BOXES; i++)
		model[i].uid_next = 1;
	n_journal = db_place = modseq = last_cache = 0;
	snprintf(rig_path, sizeof rig_path, "%s/postrider-box-XXXXXX",
	         getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	CHECK(mkdtemp(rig_path) != NULL);
	rig_config = (struct box_config){ .dir = open(rig_path, O_RDONLY | O_DIRECTORY) };
	open_set();
}

void rig_end(void)
{
	char line[128];
	box_set_close(rig_set);
	close(rig_config.dir);
	snprintf(line, sizeof line, "rm -rf '%s'", rig_path);
	CHECK_INT(system(line), 0);
}

static void apply(const struct record *r)
{
	struct box *b = rig_box[r->box];
	struct box_op *op;
	struct span cache = cache_octets(r->cache);
	switch (r->kind) {
	case ROW: CHECK_INT(box_op_rows(b, &r->row, cache.n ? &cache : NULL, 1, &op), 0); break;
	case FLAGS: CHECK_INT(box_op_changes(b, &r->change, 1, &op), 0); break;
	case CACHE: CHECK_INT(box_op_cache(b, r->row.uid, r->row.message, cache, &op), 0); break;
	}
	box_apply(op);
}

void rig_crash(void)
{
	box_set_close(rig_set);
	open_set();
	for (size_t i = db_place; i < n_journal; i++)
		apply(&journal[i]);
}

static void log_and_apply(struct record r)
{
	CHECK(n_journal < JOURNAL_MAX);
	journal[n_journal++] = r;
	apply(&r);
}

/* ---- changes ---- */

static void add(size_t box, struct row row)
{
	struct model *m = &model[box];
	CHECK(m->uid_next < UIDS_MAX);
	row.row.uid = m->uid_next++;
	row.row.modseq = ++modseq;
	m->rows[row.row.uid] = row;
	log_and_apply((struct record){
	        .box = box, .kind = ROW, .row = row.row, .cache = row.by_place ? 0 : row.cache });
}

void rig_append(size_t box, size_t n, uint64_t flags)
{
	for (size_t i = 0; i < n; i++)
		add(box, (struct row){ .row = { .size = 1000 + (uint32_t)i,
		                                .flags = flags,
		                                .message = UINT64_C(1) << 40 | modseq,
		                                .thread = modseq * 7,
		                                .date_s = -5,
		                                .saved_s = 77,
		                                .recipient = BOX_NO_RECIPIENT },
		                       .cache = rig_cache_bytes ? ++last_cache : 0 });
}

void rig_flags(size_t box, uint32_t uid, uint64_t flags)
{
	struct row *row = &model[box].rows[uid];
	if (!row->row.uid || (row->row.flags & MAILBOX_GONE))
		return;
	row->row.flags = flags;
	row->row.modseq = ++modseq;
	log_and_apply(
	        (struct record){ .box = box, .kind = FLAGS, .change = { uid, flags, modseq } });
}

void rig_cache(size_t box, uint32_t uid)
{
	struct row *row = &model[box].rows[uid];
	if (!row->row.uid || (row->row.flags & MAILBOX_GONE))
		return;
	row->cache = ++last_cache;
	row->by_place = false;
	log_and_apply(
	        (struct record){ .box = box, .kind = CACHE, .row = row->row, .cache = row->cache });
}

void rig_copy(size_t from, size_t to, uint32_t first, uint32_t last)
{
	AUTO_ARENA mem = { 0 };
	struct box_want want = { .first = first, .last = last, .max = 1000 };
	struct box_entry *e;
	size_t n;
	bool done;
	CHECK_INT(box_page(rig_box[from], &want, &mem, &e, &n, &done), 0);
	for (size_t i = 0; i < n; i++) {
		struct row row = model[from].rows[e[i].row.uid];
		row.row.cache = e[i].row.cache;
		row.by_place = row.row.cache != 0;
		add(to, row);
	}
}

uint64_t rig_chance(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

void rig_random(uint64_t *seed)
{
	size_t box = rig_chance(seed, RIG_BOXES);
	uint32_t uid = (uint32_t)rig_chance(seed, model[box].uid_next);
	switch (rig_chance(seed, 8)) {
	case 0:
	case 1:
	case 2: rig_append(box, 1 + rig_chance(seed, 5), rig_chance(seed, 32)); break;
	case 3:
	case 4: rig_flags(box, uid, rig_chance(seed, 1 << 12)); break;
	case 5: rig_flags(box, uid, MAILBOX_GONE | rig_chance(seed, 32)); break;
	case 6: rig_cache(box, uid); break;
	case 7: rig_copy(box, (box + 1) % RIG_BOXES, uid, uid + 3); break;
	}
}

/* ---- folds ---- */

int rig_fold(bool kept)
{
	size_t place = n_journal;
	const struct box_folded *f;
	int r = box_fold(rig_set, place);
	if (r < 0 || !kept)
		return r;
	size_t n = box_folded(rig_set, &f);
	for (size_t i = 0; i < n; i++) {
		db[f[i].mailbox - 1] = f[i].numbers;
		db_knows[f[i].mailbox - 1] = true;
	}
	db_place = place;
	box_folded_kept(rig_set);
	return 0;
}

uint32_t rig_uid_next(size_t box)
{
	return model[box].uid_next;
}

uint64_t rig_kept_octets(size_t box)
{
	return db_knows[box] ? db[box].file_octets : 0;
}

const char *rig_idx(size_t box)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%02d/%d/%zu.idx", rig_path, RIG_ACCOUNT % 100, RIG_ACCOUNT,
	         box + 1);
	return path;
}

const char *rig_env(unsigned generation)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%02d/%d/%u.env", rig_path, RIG_ACCOUNT % 100, RIG_ACCOUNT,
	         generation);
	return path;
}

/* ---- comparison ---- */

static bool same(const struct box_row *a, const struct box_row *b)
{
	return a->uid == b->uid && a->size == b->size && a->flags == b->flags &&
	       a->modseq == b->modseq && a->message == b->message && a->thread == b->thread &&
	       a->date_s == b->date_s && a->saved_s == b->saved_s && a->recipient == b->recipient;
}

static void check_pages(size_t box, uint64_t since, uint32_t *next)
{
	const struct model *m = &model[box];
	struct box_want want = { .first = 1,
		                 .last = UINT32_MAX,
		                 .since = since,
		                 .max = 100,
		                 .cache = true,
		                 .cache_bytes = 3000 };
	bool done = false;
	*next = 1;
	while (!done) {
		AUTO_ARENA mem = { 0 };
		struct box_entry *e;
		size_t n;
		CHECK_INT(box_page(rig_box[box], &want, &mem, &e, &n, &done), 0);
		CHECK(n || done);
		for (size_t i = 0; i < n; i++, ++*next) {
			while ((m->rows[*next].row.flags & MAILBOX_GONE) ||
			       m->rows[*next].row.modseq <= since)
				++*next;
			const struct row *row = &m->rows[*next];
			CHECK(same(&e[i].row, &row->row));
			CHECK_SPAN(e[i].cache, cache_octets(row->cache));
			want.first = e[i].row.uid + 1;
		}
	}
	for (; *next < m->uid_next; ++*next)
		CHECK((m->rows[*next].row.flags & MAILBOX_GONE) ||
		      m->rows[*next].row.modseq <= since);
}

/* All runs, and the same ones three at a time. */
static void check_vanished(size_t box, uint64_t since, uint64_t floor)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_run *runs, *some;
	size_t n, n_some, i = 0;
	bool done;
	CHECK_INT(box_vanished(rig_box[box], since, NULL, 0, SIZE_MAX, &mem, &runs, &n, &done), 0);
	CHECK(done);
	for (size_t at = 0; at < n; at += n_some) {
		struct mailbox_run rest = { runs[at].first, UINT32_MAX - runs[at].first };
		CHECK_INT(
		        box_vanished(rig_box[box], since, &rest, 1, 3, &mem, &some, &n_some, &done),
		        0);
		CHECK(n_some && n_some <= 3 && done == (at + n_some == n));
		CHECK(memcmp(some, &runs[at], n_some * sizeof *some) == 0);
	}
	for (uint32_t uid = 1; uid < model[box].uid_next; uid++) {
		const struct box_row *row = &model[box].rows[uid].row;
		bool gone = (row->flags & MAILBOX_GONE) && (since < floor || row->modseq > since);
		while (i < n && uid >= runs[i].first + runs[i].count)
			i++;
		CHECK_INT(i < n && uid >= runs[i].first, gone);
	}
}

static void check_numbers(size_t box, struct box_numbers *out)
{
	struct box_numbers want = { .uid_next = model[box].uid_next };
	for (uint32_t uid = 1; uid < want.uid_next; uid++) {
		const struct box_row *row = &model[box].rows[uid].row;
		bool there = !(row->flags & MAILBOX_GONE);
		want.exists += there;
		want.unseen += there && !(row->flags & MAILBOX_SEEN);
		want.deleted += there && (row->flags & MAILBOX_DELETED);
		want.octets += there ? row->size : 0;
		if (want.modseq < row->modseq)
			want.modseq = row->modseq;
	}
	CHECK(box_numbers(rig_box[box], out));
	CHECK_INT(out->uid_next, want.uid_next);
	CHECK_INT(out->exists, want.exists);
	CHECK_INT(out->unseen, want.unseen);
	CHECK_INT(out->deleted, want.deleted);
	CHECK_INT(out->octets, want.octets);
	CHECK_INT(out->modseq, want.modseq);
}

void rig_check(size_t box)
{
	struct box_numbers n;
	uint32_t last;
	if (box_numbers(rig_box[box], &n))
		check_numbers(box, &n);
	CHECK_INT(box_load(rig_box[box]), 0);
	check_numbers(box, &n);
	check_pages(box, 0, &last);
	check_pages(box, modseq / 2, &last);
	check_vanished(box, 0, n.floor);
	check_vanished(box, modseq / 2, n.floor);
	check_vanished(box, modseq - (modseq > 0), n.floor);
}

void rig_check_all(void)
{
	for (size_t i = 0; i < RIG_BOXES; i++)
		rig_check(i);
}

/* store/mail: thousands of random changes beside a model of them, with restarts, folds and crashes
 * in between; UIDs and MODSEQ only rise. */
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"
#include "store_harness.h"

enum { BOXES = 3, ROUNDS = 40, CHANGES = 60, ROWS_MAX = 4000 };

struct entry {
	uint32_t uid;
	uint64_t flags, message;
};
static struct model {
	struct entry rows[ROWS_MAX];
	size_t n;
	uint32_t uid_next;
	uint64_t modseq;
} model[BOXES];
static const char *const paths[BOXES] = { "INBOX", "Archive", "Trash" };
static uint64_t chance = 1;

static uint32_t below(uint32_t n)
{
	chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(chance >> 33) % n;
}

static struct mailbox *box(size_t i)
{
	struct account *a;
	CHECK_INT(store_account(rig_spool, SPAN("ann"), &a), 0);
	struct mailbox *m = names_path(a, span_str(paths[i]));
	CHECK(m != NULL);
	return m;
}

static void rises(struct model *m, uint64_t modseq)
{
	CHECK(modseq > m->modseq);
	m->modseq = modseq;
}

static void add(struct model *m, uint32_t uid, uint64_t flags, uint64_t message)
{
	CHECK(uid >= m->uid_next);
	m->uid_next = uid + 1;
	if (m->n < ROWS_MAX)
		m->rows[m->n++] = (struct entry){ uid, flags, message };
}

/* ---- changes ---- */

static void deliver(void)
{
	const char *to[] = { "ann@local", "ann@local" };
	struct test_message t;
	size_t n = 1 + below(2);
	test_message(&t, SPAN("Subject: x\r\n\r\nhello\r\n"), to, n);
	CHECK_INT(store_commit(rig_spool, &t.m, NULL, NULL, 0), 0);
	for (size_t i = 0; i < n; i++)
		add(&model[0], t.to[i].uid, 0, t.m.id);
}

static void append(void)
{
	struct record_message messages[3];
	struct store_added added[3];
	uint32_t uids[3];
	uint64_t modseq;
	size_t at = below(BOXES), n = 1 + below(3);
	for (size_t i = 0; i < n; i++) {
		messages[i] = (struct record_message){ .header = SPAN("A: b\r\n\r\n"),
			                               .body = SPAN("text\r\n") };
		added[i] = (struct store_added){ &messages[i], below(32), 77, { 0 } };
	}
	CHECK_INT(store_mail_append(rig_spool, box(at), added, n, uids, &modseq), 0);
	rises(&model[at], modseq);
	for (size_t i = 0; i < n; i++)
		add(&model[at], uids[i], added[i].flags, messages[i].id);
}

static struct mailbox_run some(const struct model *m)
{
	uint32_t first = 1 + below(m->uid_next + 1);
	return (struct mailbox_run){ first, 1 + below(10) };
}

static bool is_in(const struct mailbox_run *run, uint32_t uid)
{
	return uid >= run->first && uid - run->first < run->count;
}

static void flags(void)
{
	AUTO_ARENA mem = { 0 };
	size_t at = below(BOXES);
	struct model *m = &model[at];
	struct mailbox_run run = some(m);
	struct store_flagging f = { .runs = &run,
		                    .n_runs = 1,
		                    .how = MAILBOX_SET + below(3),
		                    .flags = below(32),
		                    .unchanged_since = UINT64_MAX };
	size_t looked = 0;
	bool any = false;
	CHECK_INT(store_mail_flags(rig_spool, box(at), &f, &mem), 0);
	for (size_t i = 0; i < m->n; i++) {
		struct entry *e = &m->rows[i];
		if (!is_in(&run, e->uid))
			continue;
		uint64_t was = e->flags;
		e->flags = f.how == MAILBOX_SET   ? f.flags
		           : f.how == MAILBOX_ADD ? was | f.flags
		                                  : was & ~f.flags;
		any |= was != e->flags;
		CHECK_INT(f.changed[looked].uid, e->uid);
		CHECK_INT(f.changed[looked++].flags, e->flags);
	}
	CHECK_INT(f.n_changed, looked);
	if (any)
		rises(m, f.modseq);
}

static void drop(struct model *m, const struct mailbox_run *run, bool deleted_only)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (!is_in(run, m->rows[i].uid) ||
		    (deleted_only && !(m->rows[i].flags & MAILBOX_DELETED)))
			m->rows[n++] = m->rows[i];
	m->n = n;
}

static void expunge(void)
{
	AUTO_ARENA mem = { 0 };
	size_t at = below(BOXES);
	struct mailbox_run run = some(&model[at]);
	struct store_expunging e = { .runs = &run, .n_runs = 1, .deleted_only = below(2) };
	CHECK_INT(store_mail_expunge(rig_spool, box(at), &e, &mem), 0);
	if (e.n_gone)
		rises(&model[at], e.modseq);
	drop(&model[at], &run, e.deleted_only);
}

static void copy(void)
{
	AUTO_ARENA mem = { 0 };
	size_t from = below(BOXES), to = below(BOXES);
	struct mailbox_run run = some(&model[from]);
	struct store_copying c = { .runs = &run, .n_runs = 1, .move = from != to && below(2) };
	bool move = c.move;
	size_t n = model[from].n;
	CHECK_INT(store_mail_copy(rig_spool, box(from), box(to), &c, &mem), 0);
	if (!c.n_to)
		return;
	uint32_t uid = c.to[0].first;
	for (size_t i = 0; i < n; i++)
		if (is_in(&run, model[from].rows[i].uid))
			add(&model[to], uid++, model[from].rows[i].flags,
			    model[from].rows[i].message);
	rises(&model[to], c.modseq);
	if (move) {
		rises(&model[from], c.modseq);
		drop(&model[from], &run, false);
	}
}

/* ---- comparing ---- */

static void check_box(size_t at, uint64_t *messages)
{
	AUTO_ARENA mem = { 0 };
	struct box_want want = { .first = 1, .last = UINT32_MAX, .max = ROWS_MAX };
	const struct model *m = &model[at];
	struct box_numbers numbers;
	struct box_entry *rows;
	size_t n;
	bool done;
	CHECK_INT(box_page(box(at)->box, &want, &mem, &rows, &n, &done), 0);
	CHECK_INT(n, m->n);
	uint32_t unseen = 0;
	for (size_t i = 0; i < n && i < m->n; i++) {
		CHECK_INT(rows[i].row.uid, m->rows[i].uid);
		CHECK_INT(rows[i].row.flags, m->rows[i].flags);
		CHECK_INT(rows[i].row.message, m->rows[i].message);
		CHECK(rows[i].row.modseq <= box(at)->account->done_modseq);
		unseen += !(rows[i].row.flags & MAILBOX_SEEN);
	}
	CHECK(box_numbers(box(at)->box, &numbers));
	CHECK_INT(numbers.exists, m->n);
	CHECK_INT(numbers.unseen, unseen);
	CHECK_INT(numbers.uid_next, m->uid_next ? m->uid_next : 1);
	*messages += n;
}

static void check_all(void)
{
	uint64_t messages = 0;
	for (size_t i = 0; i < BOXES; i++)
		check_box(i, &messages);
	CHECK_INT(box(0)->account->messages, messages);
}

/* As if the process had died here: what is on the disk while nothing is being written. */
static void crash(void)
{
	while (rig_spool->folding || rig_spool->ledger->busy)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(
	        rig_shell("rm -rf crashed && mkdir crashed && cp -r journal blobs mail ledger.db* "
	                  "crashed"),
	        0);
	rig_close();
	CHECK_INT(rig_shell("rm -rf journal blobs mail ledger.db* && mv crashed/* ."), 0);
	rig_open();
}

STORE_TEST(random_changes_are_as_in_the_model)
{
	static void (*const changes[])(void) = { deliver, append, flags, flags, expunge, copy };
	AUTO_BUF faults = BUF(1 << 20);
	rig_open();
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < CHANGES; i++)
			changes[below(N_ELEMS(changes))]();
		if (below(3) == 0)
			CHECK_INT(store_fold(rig_spool), 0);
		check_all();
		if (below(2))
			crash();
		else
			rig_reopen();
		check_all();
	}
	rig_close();
	CHECK_INT(store_verify(rig_path(""), &faults), 0);
	CHECK_SPAN(buf_span(&faults), SPAN(""));
}

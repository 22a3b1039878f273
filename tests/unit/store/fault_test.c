/* store: each write and each sync fails once, or from then on until the disk is repaired.
 *
 * Never a crash; what was acknowledged is there; what was refused is not; and the service
 * goes on by itself.  EIO comes at each call; of the other kinds each has its turn at one call in
 * three, those for ever at one in two.  FAULT_ALL=1 in the environment: each at each, which takes
 * minutes.
 */
#include "fault.h"
#include "base/event.h"
#include "store/ledger/sql.h"
#include "store_harness.h"

#include <dirent.h>
#include <stdlib.h>

enum { MESSAGES_MAX = 64, LONG = 6000 };

static struct acked {
	uint64_t id;
	char fill; /* its text is that, `octets` times */
	size_t octets;
	uint8_t state; /* of its recipient */
	uint8_t other; /* a change to this was refused; see rounds */
	bool local;
} acked[MESSAGES_MAX];
static size_t n_acked;
static char text[LONG];

static bool open_spool(void)
{
	int r = store_open(&rig_settings, &rig_spool);
	if (r < 0)
		rig_spool = NULL;
	CHECK(r != ERR_CORRUPT && r != ERR_BUG);
	return r >= 0;
}

static void commit(const char *to, size_t octets)
{
	char fill = (char)('a' + n_acked % 26);
	memset(text, fill, octets);
	struct test_message m;
	test_message(&m, span_make(text, octets), &to, 1);
	int r = store_commit(rig_spool, &m.m, NULL, NULL, 0);
	CHECK(r == 0 || r == ERR_IO || r == ERR_NO_SPACE || r == ERR_NO_MEMORY);
	CHECK((r == 0) == (m.m.id != 0));
	if (r == 0)
		acked[n_acked++] = (struct acked){
			.id = m.m.id,
			.fill = fill,
			.octets = octets,
			.state = m.to[0].account.n ? RECIPIENT_DELIVERED : RECIPIENT_QUEUED,
			.local = m.to[0].account.n > 0,
		};
}

static void commit_blob(void)
{
	uint64_t blob = 0;
	char fill = (char)('a' + n_acked % 26);
	memset(text, fill, LONG);
	if (store_blob_begin(rig_spool, &blob) < 0)
		return;
	int r = 0;
	for (int i = 0; i < 3 && r >= 0; i++)
		r = store_blob_append(rig_spool, blob, span_make(text, LONG));
	struct test_message m;
	const char *to = "bob@example.net";
	test_message(&m, (struct span){ 0 }, &to, 1);
	m.m.blob = blob;
	if (r >= 0)
		r = store_commit(rig_spool, &m.m, NULL, NULL, 0);
	if (r >= 0)
		acked[n_acked++] = (struct acked){
			.id = m.m.id, .fill = fill, .octets = 3 * LONG, .state = RECIPIENT_QUEUED
		};
	else
		store_blob_abort(rig_spool, blob);
}

/* The i-th acknowledged message, if there is one and it is undecided. */
static void change(size_t i, uint8_t state)
{
	if (i >= n_acked || acked[i].state == RECIPIENT_DELIVERED)
		return;
	if (rig_change(acked[i].id, 0, state, 5) == 0)
		acked[i].state = state;
	else
		acked[i].other = state;
}

/* About twenty operations, over several segments, with a restart. */
static void script(void)
{
	if (!rig_spool && !open_spool() && !open_spool())
		return;
	commit("bob@example.net", 100);
	commit("ann@local", 100);
	change(0, RECIPIENT_DEFERRED);
	commit_blob();
	for (int i = 0; i < 14; i++)
		commit(i % 3 ? "eve@example.org" : "ann@local", LONG);
	change(3, RECIPIENT_DELIVERED);
	change(2, RECIPIENT_DELIVERED);
	rig_close();
	if (!open_spool() && !open_spool())
		return;
	change(4, RECIPIENT_REFUSED);
	commit("bob@example.net", 100);
}

static void check_one(struct acked *a, bool doubtful)
{
	AUTO_BUF got = BUF(1 << 20);
	if (doubtful && a->other && rig_state(a->id, 0) == a->other)
		a->state = a->other;
	CHECK_INT(rig_state(a->id, 0), a->state);
	int r = store_read(rig_spool, a->id, 0, 1 << 20, &got);
	bool finished = !a->local && recipient_state_is_final(a->state);
	CHECK_INT(r, finished ? ERR_NOT_FOUND : 0);
	if (finished)
		return;
	CHECK_INT(got.n, a->octets);
	for (size_t i = 0; i < got.n; i++)
		if (got.p[i] != a->fill) {
			CHECK(got.p[i] == a->fill);
			return;
		}
}

/* Nothing else than what was acknowledged; but for `doubtful` messages, see rounds. */
static void check_all(size_t doubtful)
{
	for (size_t i = 0; i < n_acked; i++)
		check_one(&acked[i], doubtful);
	/* on this thread, and in this process: a shell and sqlite3 would be half of the test's time
	 */
	sqlite3 *db;
	int64_t n = 0;
	CHECK_INT(sql_open(rig_path("ledger.db"), SQL_READ, &db), 0);
	CHECK_INT(sql_value(db, "SELECT count(*) FROM message", &n), 0);
	CHECK(n >= (int64_t)n_acked && n <= (int64_t)(n_acked + doubtful));
	CHECK_INT(sql_value(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check", &n),
	          0);
	CHECK_INT(n, 1);
	sql_close(db);
}

/* A segment whose messages are all decided may be recycled, or removed after a failure: what
 * it told of them is in the ledger alone. */
static bool no_segment_was_given_back(void)
{
	DIR *d = opendir(rig_path("journal"));
	unsigned long n = 0, highest = 0;
	bool spare = false;
	CHECK(d != NULL);
	for (struct dirent *e; (e = readdir(d));) {
		char *end;
		unsigned long number = strtoul(e->d_name, &end, 10);
		n += number > 0;
		highest = number > highest ? number : highest;
		spare |= strcmp(end, ".spare") == 0;
	}
	closedir(d);
	return !spare && highest == n;
}

/* False: the script ended before the n-th call. */
static bool one_round(size_t n, enum fault_kind kind, bool for_ever)
{
	n_acked = 0;
	fault_arm(n, kind, for_ever);
	script();
	fault_disarm();
	if (!rig_spool)
		rig_open();
	size_t before = n_acked;
	commit("bob@example.net", 50); /* the service goes on */
	CHECK_INT(n_acked, before + 1);
	check_all(for_ever);
	rig_reopen();
	check_all(for_ever);
	rig_close();
	AUTO_BUF faults = BUF(1 << 20);
	CHECK_INT(store_verify(rig_settings.server_data_dir, &faults), 0);
	CHECK_SPAN(buf_span(&faults), SPAN(""));
	if (no_segment_was_given_back()) { /* the journal alone tells the same */
		CHECK_INT(rig_shell("rm -f ledger.db*"), 0);
		rig_open();
		check_all(for_ever);
		rig_close();
	}
	CHECK_INT(rig_shell("rm -rf *"), 0);
	return fault_hit();
}

/* A disk that dies for good between a write and its sync, and is repaired after a restart, may
 * bring back the one record that was being written: its sender was told to try again.  FORMAT.md
 * says why that cannot be told from an acknowledged one. */
static void rounds(enum fault_kind kind, bool for_ever, size_t first, size_t step)
{
	event_set_level(EVENT_ERROR + 1);
	size_t n = first;
	if (getenv("FAULT_ALL"))
		n = step = 1;
	while (one_round(n, kind, for_ever))
		n += step;
	CHECK(n > 100); /* so many calls there are at least */
	event_set_level(EVENT_INFO);
}

STORE_TEST(each_call_fails_once_with_eio)
{
	rounds(FAULT_EIO, false, 1, 1);
}

STORE_TEST(each_call_fails_once_with_enospc)
{
	rounds(FAULT_ENOSPC, false, 2, 3);
}

STORE_TEST(each_write_is_short_once)
{
	rounds(FAULT_SHORT, false, 3, 3);
}

STORE_TEST(the_disk_is_full_from_each_call_on)
{
	rounds(FAULT_ENOSPC, true, 1, 2);
}

STORE_TEST(the_disk_is_gone_from_each_call_on)
{
	rounds(FAULT_EIO, true, 2, 2);
}

STORE_TEST(each_allocation_fails_once)
{
	rounds(FAULT_MEMORY, false, 1, 3);
}

static WAITS size_t n_entries(struct mailbox *m)
{
	AUTO_ARENA mem = { 0 };
	struct box_want want = { .first = 1, .last = UINT32_MAX, .max = 100 };
	struct box_entry *rows;
	size_t n = 0;
	bool done;
	CHECK_INT(box_page(m->box, &want, &mem, &rows, &n, &done), 0);
	return n;
}

static WAITS struct account *ann(void)
{
	struct account *a = NULL;
	CHECK_INT(store_account(rig_spool, SPAN("ann"), &a), 0);
	return a;
}

static WAITS struct mailbox *mailbox_of_three(struct account *a)
{
	struct mailbox *m;
	CHECK_INT(store_mailbox_make(rig_spool, a, SPAN("Old"), MAILBOX_NO_ROLE, &m), 0);
	for (int i = 0; i < 3; i++) {
		struct record_message message = { .header = SPAN("Subject: x\r\n\r\n") };
		struct store_added added = { .m = &message };
		uint32_t uid;
		uint64_t modseq;
		CHECK_INT(store_mail_append(rig_spool, m, &added, 1, &uid, &modseq), 0);
	}
	return m;
}

/* When the disk is gone from the n-th call on: false when there is none.  After a restart one that
 * was not removed may be gone all the same, as is told at rounds; never a part of what is in it. */
static bool remove_round(size_t n)
{
	rig_open();
	struct account *a = ann();
	struct mailbox *m = mailbox_of_three(a);
	fault_arm(n, FAULT_EIO, true);
	int r = store_mailbox_remove(rig_spool, a, m->number);
	fault_disarm();
	m = names_path(ann(), SPAN("Old"));
	CHECK((m != NULL) == (r < 0));
	if (m)
		CHECK_INT(n_entries(m), 3);
	rig_reopen();
	m = names_path(ann(), SPAN("Old"));
	CHECK(!m || (r < 0 && n_entries(m) == 3));
	rig_close();
	CHECK_INT(rig_shell("rm -rf *"), 0);
	return fault_hit();
}

/* RFC 9051 6.3.5: with what is in it, or not at all. */
STORE_TEST(a_mailbox_is_removed_whole_or_not_at_all)
{
	event_set_level(EVENT_ERROR + 1);
	size_t n = 1;
	while (remove_round(n))
		n++;
	CHECK(n > 1);
	event_set_level(EVENT_INFO);
}

/* The ledger cannot be written: mail is accepted and its changes are recorded all the same. */
STORE_TEST(mail_goes_on_without_the_ledger)
{
	event_set_level(EVENT_ERROR + 1);
	rig_open();
	n_acked = 0;
	fault_arm(1, FAULT_LEDGER, true);
	for (int i = 0; i < 14; i++)
		commit(i % 3 ? "eve@example.org" : "ann@local", LONG);
	change(1, RECIPIENT_DELIVERED);
	change(2, RECIPIENT_DEFERRED);
	CHECK_INT(n_acked, 14);
	AUTO_ARENA mem = { 0 };
	struct record_change *rows;
	size_t n;
	CHECK_INT(store_status(rig_spool, acked[0].id, 0, 1, &mem, &rows, &n), ERR_IO);
	CHECK(fault_hit());
	fault_disarm();
	/* A try that was under way may still fail, and is told. */
	for (int i = 0; i < 1000 && !rig_state(acked[0].id, 0); i++)
		CHECK_INT(fibre_sleep(5), 0);
	check_all(0);
	rig_reopen();
	check_all(0);
	event_set_level(EVENT_INFO);
}

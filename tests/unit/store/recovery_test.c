/* store: what was acknowledged is there after a crash, with a lost or old ledger, and after
 * its segment was given back. */
#include "store_harness.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT SPAN("Subject: x\r\n\r\nhello\r\n")

static const int64_t patience_ms = 10000;

/* Waits for the keeper, which has no event of its own, until the command succeeds. */
static bool becomes(const char *command)
{
	for (int64_t until = clock_add(clock_now_at(), patience_ms); clock_now_at() < until;) {
		if (rig_shell(command) == 0)
			return true;
		CHECK_INT(fibre_sleep(5), 0);
	}
	return false;
}

static void check_box(const char *account, const uint64_t *messages, size_t n)
{
	AUTO_ARENA mem = { 0 };
	struct rig_entry *entries;
	size_t got;
	CHECK_INT(
	        rig_mailbox_list(span_str(account), SPAN("INBOX"), 0, 100000, &mem, &entries, &got),
	        0);
	CHECK_INT(got, n);
	for (size_t i = 0; i < got && i < n; i++) {
		CHECK_INT(entries[i].uid, i + 1);
		CHECK_INT(entries[i].message, messages[i]);
		rig_check_text(entries[i].message, TEXT);
	}
}

/* ---- mailboxes ---- */

STORE_TEST(mailboxes_list_what_was_delivered)
{
	static const char *const to[] = { "ann@local", "ben@local", "ann@local" };
	struct test_message m;
	rig_open();
	test_message(&m, TEXT, to, 3);
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	CHECK_INT(m.to[0].uid, 1);
	CHECK_INT(m.to[1].uid, 1);
	CHECK_INT(m.to[2].uid, 2);
	AUTO_ARENA mem = { 0 };
	struct rig_entry *entries, one;
	size_t n;
	CHECK_INT(rig_mailbox_list(SPAN("ann"), SPAN("INBOX"), 1, 10, &mem, &entries, &n), 0);
	CHECK_INT(n, 1);
	CHECK_INT(entries[0].uid, 2);
	CHECK_SPAN(entries[0].recipient, SPAN("ann@local"));
	CHECK_SPAN(entries[0].subject, SPAN("a subject"));
	CHECK_INT(entries[0].size_bytes, TEXT.n);
	CHECK_INT(rig_mailbox_get(SPAN("ben"), SPAN("INBOX"), 1, &mem, &one), 0);
	CHECK_INT(one.message, m.m.id);
	CHECK_INT(rig_mailbox_get(SPAN("ben"), SPAN("INBOX"), 2, &mem, &one), ERR_NOT_FOUND);
	CHECK_INT(rig_mailbox_get(SPAN("ben"), SPAN("INBOX"), 0, &mem, &one), ERR_NOT_FOUND);
	CHECK_INT(rig_mailbox_list(SPAN("eve"), SPAN("INBOX"), 0, 10, &mem, &entries, &n), 0);
	CHECK_INT(n, 0);
	CHECK_INT(rig_mailbox_list(SPAN("ann"), SPAN("Nowhere"), 0, 10, &mem, &entries, &n),
	          ERR_NOT_FOUND);
}

/* ---- the ledger is lost, or older than the journal ---- */

enum { ROUNDS = 20 };

static char much[20000]; /* a segment that holds it is not thin, and stays */

/* Remote messages, every third delivered; local ones. */
static void work(uint64_t *remote, uint64_t *local)
{
	CHECK(rig_commit(span_make(much, sizeof much), "bob@example.net") != 0);
	for (size_t i = 0; i < ROUNDS; i++) {
		remote[i] = rig_commit(TEXT, "bob@example.net");
		local[i] = rig_commit(TEXT, "ann@local");
		CHECK(remote[i] && local[i]);
		if (i % 3 == 0)
			CHECK_INT(rig_change(remote[i], 0, RECIPIENT_DELIVERED, 0), 0);
		else if (i % 3 == 1)
			CHECK_INT(rig_change(remote[i], 0, RECIPIENT_DEFERRED, 1234), 0);
	}
}

static void check_work(const uint64_t *remote, const uint64_t *local)
{
	static const uint8_t states[] = { RECIPIENT_DELIVERED, RECIPIENT_DEFERRED,
		                          RECIPIENT_QUEUED };
	for (size_t i = 0; i < ROUNDS; i++) {
		CHECK_INT(rig_state(remote[i], 0), states[i % 3]);
		CHECK_INT(rig_state(local[i], 0), RECIPIENT_DELIVERED);
		if (i % 3)
			rig_check_text(remote[i], TEXT);
	}
	check_box("ann", local, ROUNDS);
}

STORE_TEST(a_lost_or_old_ledger_is_brought_up_to_date)
{
	static const char *const t[] = {
		"true",
		"rm ledger.db*",
		"rm -f ledger.db* && cp old/ledger.db .",
	};
	uint64_t remote[ROUNDS], local[ROUNDS];
	rig_open();
	rig_close();
	CHECK_INT(rig_shell("mkdir old && cp ledger.db old/"), 0);
	rig_open();
	work(remote, local);
	EACH_ROW(t) {
		rig_close();
		CHECK_INT(rig_shell(t[row]), 0);
		rig_open();
		check_work(remote, local);
	}
	struct test_message m;
	const char *to = "ann@local";
	test_message(&m, TEXT, &to, 1);
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	CHECK_INT(m.to[0].uid, ROUNDS + 1);
}

/* The process dies: nothing is flushed, closed or said goodbye to. */
STORE_TEST(a_crash_at_any_time_loses_nothing)
{
	uint64_t remote[ROUNDS], local[ROUNDS];
	rig_open();
	work(remote, local);
	CHECK_INT(rig_shell("mkdir crashed && cp -r journal blobs mail ledger.db* crashed"), 0);
	rig_close();
	CHECK_INT(rig_shell("rm -rf journal blobs mail ledger.db* && mv crashed/* ."), 0);
	rig_open();
	check_work(remote, local);
}

/* ---- space ---- */

static char kilobyte[1024];

STORE_TEST(finished_messages_give_their_space_back)
{
	enum { N = 1000 };
	memset(kilobyte, 'x', sizeof kilobyte);
	rig_open();
	uint64_t kept[5], local[5];
	size_t n_kept = 0;
	for (size_t i = 0; i < N; i++) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		if (i % (N / 5) == 0) {
			local[n_kept] = rig_commit(TEXT, "ann@local");
			kept[n_kept++] = id;
		} else {
			CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
		}
	}
	struct store_counts counts;
	store_counts(rig_spool, &counts);
	CHECK(counts.segments > 15);
	/* Five live messages in one or two segments, the one in use, the next, two spares. */
	CHECK(becomes("test $(ls journal | wc -l) -le 6"));
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < n_kept; k++)
			rig_check_text(kept[k], span_make(kilobyte, sizeof kilobyte));
		check_box("ann", local, n_kept);
		CHECK_INT(rig_pending(), n_kept);
		rig_reopen();
	}
}

STORE_TEST(a_copy_keeps_the_states_of_its_recipients)
{
	static const char *const to[] = { "bob@example.net", "eve@example.org",
		                          "carl@example.org" };
	memset(kilobyte, 'x', sizeof kilobyte);
	struct test_message m;
	test_message(&m, TEXT, to, 3);
	rig_open();
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	CHECK_INT(rig_change(m.m.id, 0, RECIPIENT_REFUSED, 0), 0);
	CHECK_INT(rig_change(m.m.id, 1, RECIPIENT_DEFERRED, 99), 0);
	CHECK_INT(rig_change(m.m.id, 2, RECIPIENT_DELIVERED, 0), 0);
	for (size_t i = 0; i < 200; i++) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
	CHECK(becomes("! test -e journal/000000000001.seg"));
	rig_close();
	CHECK_INT(rig_shell("rm ledger.db*"), 0);
	rig_open();
	CHECK_INT(rig_state(m.m.id, 0), RECIPIENT_REFUSED);
	CHECK_INT(rig_state(m.m.id, 1), RECIPIENT_DEFERRED);
	CHECK_INT(rig_state(m.m.id, 2), RECIPIENT_DELIVERED);
	CHECK_INT(rig_pending(), 1);
}

STORE_TEST(an_older_ledger_ends_deliveries_whose_text_is_gone)
{
	memset(kilobyte, 'x', sizeof kilobyte);
	rig_open();
	uint64_t first = rig_commit(TEXT, "bob@example.net");
	rig_close();
	CHECK_INT(rig_shell("mkdir old && cp ledger.db old/"), 0);
	rig_open();
	/* Its copy is in segment 2, so that what becomes of it goes with that one. */
	CHECK(becomes("! test -e journal/000000000001.seg"));
	CHECK_INT(rig_change(first, 0, RECIPIENT_DELIVERED, 0), 0);
	for (size_t i = 0; i < 200; i++) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
	CHECK(becomes("! test -e journal/000000000002.seg"));
	rig_close();
	CHECK_INT(rig_shell("rm -f ledger.db* && cp old/ledger.db ."), 0);
	rig_open();
	/* Delivered, if the record of that was carried on before its segment went. */
	for (size_t i = 0; i < 2000 && rig_pending(); i++)
		CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(rig_pending(), 0);
	if (rig_state(first, 0) != RECIPIENT_DELIVERED)
		CHECK_INT(rig_state(first, 0), RECIPIENT_CANCELLED);
}

STORE_TEST(old_rows_of_finished_messages_are_removed)
{
	struct test_message m;
	const char *to = "bob@example.net";
	rig_open();
	test_message(&m, TEXT, &to, 1);
	m.m.message_id = SPAN("<old@example.test>");
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	CHECK_INT(rig_change(m.m.id, 0, RECIPIENT_DELIVERED, 0), 0);
	uint64_t waits = rig_commit(TEXT, to), kept = rig_commit(TEXT, "ann@local");
	rig_close();
	CHECK_INT(rig_shell("sleep 0.01"), 0);
	rig_settings.store_ledger_kept = 1;
	rig_open();
	for (size_t i = 0; i < 2000 && rig_state(m.m.id, 0); i++)
		CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(rig_state(m.m.id, 0), 0);
	uint64_t id;
	CHECK_INT(store_find(rig_spool, SPAN("<old@example.test>"), &id), ERR_NOT_FOUND);
	rig_check_text(waits, TEXT);
	rig_check_text(kept, TEXT);
	CHECK_INT(rig_state(waits, 0), RECIPIENT_QUEUED);
	CHECK_INT(rig_shell("test $(sqlite3 ledger.db 'SELECT count(*) FROM change') = 2"), 0);
}

/* ---- blobs ---- */

static uint64_t blob_commit(size_t pieces, const char *to)
{
	struct test_message m;
	uint64_t blob = 0;
	CHECK_INT(store_blob_begin(rig_spool, &blob), 0);
	for (size_t i = 0; i < pieces; i++)
		CHECK_INT(store_blob_append(rig_spool, blob, span_make(kilobyte, sizeof kilobyte)),
		          0);
	test_message(&m, (struct span){ 0 }, &to, 1);
	m.m.blob = blob;
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	CHECK_INT(m.m.size_bytes, pieces * sizeof kilobyte);
	CHECK_INT(store_blob_append(rig_spool, blob, TEXT), ERR_NOT_FOUND);
	return m.m.id;
}

static const char count_blobs_1[] = "test $(find blobs -type f | wc -l) = 1";
static const char count_blobs_0[] = "test $(find blobs -type f | wc -l) = 0";

STORE_TEST(large_texts_are_files_of_their_own)
{
	enum { PIECES = 100 };
	for (size_t i = 0; i < sizeof kilobyte; i++)
		kilobyte[i] = (char)('a' + i % 26);
	rig_open();
	uint64_t id = blob_commit(PIECES, "bob@example.net");
	CHECK_INT(rig_shell(count_blobs_1), 0);
	for (int i = 0; i < 2; i++) {
		AUTO_BUF got = BUF(1 << 20);
		CHECK_INT(store_read(rig_spool, id, 1020, 10, &got), 0);
		CHECK_SPAN(buf_span(&got), SPAN("ghijabcdef"));
		buf_reset(&got);
		CHECK_INT(store_read(rig_spool, id, 0, 1 << 20, &got), 0);
		CHECK_INT(got.n, PIECES * sizeof kilobyte);
		rig_reopen();
	}
	CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	CHECK(becomes(count_blobs_0));
}

static size_t n_large;

static void commit_large(void *arg)
{
	*(uint64_t *)arg = blob_commit(20, "bob@example.net");
	n_large++;
}

STORE_TEST(many_large_texts_come_at_once)
{
	enum { N = 30 };
	uint64_t all[N] = { 0 };
	rig_open();
	n_large = 0;
	for (size_t i = 0; i < N; i++)
		CHECK_INT(fibre_spawn("large", commit_large, &all[i]), 0);
	while (n_large < N)
		CHECK_INT(fibre_yield(), 0);
	for (size_t i = 0; i < N; i++) {
		AUTO_BUF got = BUF(1 << 20);
		CHECK_INT(store_read(rig_spool, all[i], 0, 1 << 20, &got), 0);
		CHECK_INT(got.n, 20 * sizeof kilobyte);
	}
}

STORE_TEST(blobs_without_a_message_are_removed)
{
	uint64_t blob = 0;
	struct test_message m;
	const char *to = "bob@example.net";
	rig_open();
	uint64_t local = blob_commit(3, "ann@local");
	CHECK_INT(store_blob_begin(rig_spool, &blob), 0);
	CHECK_INT(store_blob_append(rig_spool, blob, TEXT), 0);
	CHECK_INT(store_blob_append(rig_spool, blob, (struct span){ 0 }), 0);
	store_blob_abort(rig_spool, blob);
	store_blob_abort(rig_spool, blob);
	CHECK_INT(store_blob_append(rig_spool, blob, TEXT), ERR_NOT_FOUND);
	test_message(&m, (struct span){ 0 }, &to, 1);
	m.m.blob = blob;
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), ERR_NOT_FOUND);
	CHECK_INT(rig_shell(count_blobs_1), 0);
	CHECK_INT(store_blob_begin(rig_spool, &blob), 0);
	CHECK_INT(store_blob_append(rig_spool, blob, TEXT), 0);
	rig_reopen();
	CHECK(becomes(count_blobs_1));
	AUTO_BUF got = BUF(1 << 20);
	CHECK_INT(store_read(rig_spool, local, 0, 1 << 20, &got), 0);
	CHECK_INT(got.n, 3 * sizeof kilobyte);
}

/* ---- damage ---- */

STORE_TEST(a_damaged_text_is_not_handed_out)
{
	rig_open();
	uint64_t id = rig_commit(SPAN("here is the text"), "bob@example.net");
	uint64_t other = rig_commit(TEXT, "bob@example.net");
	CHECK_INT(
	        rig_shell(
	                "at=$(grep -abo 'here is the text' journal/000000000001.seg | cut -d: -f1);"
	                "printf X | dd of=journal/000000000001.seg bs=1 seek=$at conv=notrunc 2>&1"
	                " >/dev/null | grep -q copied"),
	        0);
	AUTO_BUF got = BUF(1000);
	CHECK_INT(store_read(rig_spool, id, 0, 1000, &got), ERR_CORRUPT);
	rig_check_text(other, TEXT);
}

/* The journal's tail is damaged and the ledger is gone: what lies behind is still found. */
STORE_TEST(damage_costs_only_what_it_hit)
{
	rig_open();
	uint64_t id = rig_commit(SPAN("here is the text"), "bob@example.net");
	uint64_t other = rig_commit(TEXT, "bob@example.net");
	CHECK(rig_commit(span_make(much, sizeof much), "bob@example.net") != 0);
	rig_reopen();
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	rig_close();
	CHECK_INT(rig_shell("rm ledger.db*; at=$(grep -abo 'here is' journal/000000000001.seg |"
	                    " cut -d: -f1); printf X | dd of=journal/000000000001.seg bs=1 seek=$at"
	                    " conv=notrunc 2>/dev/null"),
	          0);
	rig_open();
	CHECK_INT(rig_pending(), 3);
	CHECK_INT(rig_state(id, 0), 0);
	rig_check_text(other, TEXT);
}

/* Where a segment begins there is damage: it is not taken for one that was never used. */
STORE_TEST(damage_at_the_beginning_does_not_cost_the_segment)
{
	static const char *const t[] = { "true", "rm ledger.db*" };
	EACH_ROW(t) {
		rig_open();
		uint64_t id = rig_commit(SPAN("the text"), "bob@example.net");
		uint64_t local = rig_commit(TEXT, "ann@local");
		rig_close();
		CHECK_INT(rig_shell("printf X | dd of=journal/000000000001.seg bs=1 seek=90"
		                    " conv=notrunc 2>/dev/null"),
		          0);
		CHECK_INT(rig_shell(t[row]), 0);
		rig_open();
		CHECK_INT(rig_pending(), 1);
		rig_check_text(id, SPAN("the text"));
		rig_check_text(local, TEXT);
		rig_reopen();
		rig_check_text(id, SPAN("the text"));
		rig_close();
		CHECK_INT(rig_shell("rm -rf journal mail ledger.db*"), 0);
	}
}

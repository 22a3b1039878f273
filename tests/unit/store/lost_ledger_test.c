/* store: what a segment said of messages in other segments is not lost when it is used again. */
#include "store_harness.h"

#include <stdio.h>

#define TEXT SPAN("Subject: x\r\n\r\nhello\r\n")

static char much[40000];    /* more than half of a segment, which so is not emptied */
static char kilobyte[1024]; /* what fills one */

/* Mail that comes and goes, until the segment that was begun at `first` is used again. */
static void pass_by(uint64_t first)
{
	char gone[64];
	snprintf(gone, sizeof gone, "! test -e journal/%012ju.seg", (uintmax_t)first);
	for (int i = 0; i < 2000 && rig_shell(gone) != 0; i++) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
	CHECK_INT(rig_shell(gone), 0);
}

static void fill_one(void)
{
	for (size_t i = 0; i < 30; i++) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
}

/* Segment 1 has all the messages and stays; what became of them stands in segment 2, which goes. */
STORE_TEST(a_lost_ledger_does_not_undo_what_a_recycled_segment_said)
{
	static const char *const to[] = { "a@example.net", "b@example.net", "c@example.net",
		                          "ann@local", "d@example.net" };
	static const uint8_t states[] = { RECIPIENT_DELIVERED, RECIPIENT_REFUSED,
		                          RECIPIENT_DEFERRED, RECIPIENT_DELIVERED, RECIPIENT_HELD };
	struct test_message m;
	rig_open();
	CHECK(rig_commit(span_make(much, sizeof much), "ann@local") != 0);
	test_message(&m, TEXT, to, N_ELEMS(to));
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	uint64_t dead = rig_commit(TEXT, "bob@example.net");
	fill_one();
	for (uint32_t i = 0; i < N_ELEMS(to); i++)
		if (i != 3)
			CHECK_INT(rig_change(m.m.id, i, states[i], 99), 0);
	CHECK_INT(rig_change(dead, 0, RECIPIENT_DELIVERED, 0), 0);
	fill_one();
	pass_by(2);
	pass_by(4); /* and what was written again is written again */
	CHECK_INT(rig_shell("test -e journal/000000000001.seg"), 0);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < N_ELEMS(to); i++)
			CHECK_INT(rig_state(m.m.id, i), states[i]);
		CHECK_INT(rig_state(dead, 0), RECIPIENT_DELIVERED);
		CHECK_INT(rig_pending(), 2);
		rig_close();
		CHECK_INT(rig_shell("rm ledger.db*"), 0);
		rig_open();
	}
	AUTO_ARENA mem = { 0 };
	struct record_change *rows;
	size_t n;
	CHECK_INT(store_status(rig_spool, m.m.id, 2, 1, &mem, &rows, &n), 0);
	CHECK_INT(rows[0].attempt, 1);
	CHECK_INT(rows[0].code, 451);
	CHECK_INT(rows[0].next_try_ms, 99);
	CHECK_SPAN(rows[0].text, SPAN("words"));
}

/* What a segment said that went stands in a later one: it ended as that says, and is not given up.
 */
STORE_TEST(an_older_ledger_learns_what_was_written_again)
{
	rig_open();
	CHECK(rig_commit(span_make(much, sizeof much), "ann@local") != 0);
	uint64_t first = rig_commit(TEXT, "bob@example.net");
	rig_close();
	CHECK_INT(rig_shell("mkdir old && cp ledger.db old/"), 0);
	rig_open();
	CHECK_INT(rig_change(first, 0, RECIPIENT_DELIVERED, 0), 0);
	fill_one();
	pass_by(2);
	CHECK_INT(rig_shell("test -e journal/000000000001.seg"), 0);
	rig_close();
	CHECK_INT(rig_shell("rm ledger.db* && cp old/ledger.db ."), 0);
	rig_open();
	CHECK_INT(rig_state(first, 0), RECIPIENT_DELIVERED);
	CHECK_INT(rig_pending(), 0);
}

static bool becomes(const char *command)
{
	for (int i = 0; i < 2000; i++) {
		if (rig_shell(command) == 0)
			return true;
		CHECK_INT(fibre_sleep(5), 0);
	}
	return false;
}

static uint64_t segments(void)
{
	struct store_counts counts;
	store_counts(rig_spool, &counts);
	return counts.segments;
}

/* Until the journal goes on in another segment. */
static void fill(void)
{
	for (uint64_t before = segments(); segments() == before;) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
}

/* What was kept long enough goes at each start. */
static void forget(uint64_t id)
{
	rig_close();
	CHECK_INT(rig_shell("sleep 0.01"), 0);
	rig_settings.store_ledger_kept = 1;
	rig_open();
	for (int i = 0; i < 2000 && rig_state(id, 0); i++)
		CHECK_INT(fibre_sleep(5), 0);
	CHECK_INT(rig_state(id, 0), 0);
	rig_settings.store_ledger_kept = 0;
}

/* Rows that are left of messages whose record is in segment 2. */
static int settled_in_2(void)
{
	CHECK_INT(rig_shell("sqlite3 ledger.db 'SELECT count(*) FROM settled WHERE segment = 2' "
	                    "> count"),
	          0);
	FILE *f = fopen(rig_path("count"), "r");
	int n = -1;
	CHECK(f && fscanf(f, "%d", &n) == 1);
	if (f)
		fclose(f);
	return n;
}

/* A message is copied from segment 1 to 2, which stays for what lies beside it; it comes to its end
 * in segment 3, and retention removes its rows. */
STORE_TEST(what_retention_removed_is_not_delivered_again)
{
	rig_open();
	uint64_t moved = rig_commit(TEXT, "bob@example.net");
	fill();
	CHECK(becomes("! test -e journal/000000000001.seg"));
	uint64_t large = rig_commit(span_make(much, sizeof much), "carl@example.net");
	CHECK(large != 0);
	fill();
	CHECK_INT(rig_change(moved, 0, RECIPIENT_DEFERRED, 99), 0);
	CHECK_INT(rig_change(moved, 0, RECIPIENT_DELIVERED, 0), 0);
	forget(moved);
	for (int i = 0; i < 3; i++)
		rig_reopen(); /* each ends a segment, which is emptied */
	CHECK(becomes("! test -e journal/000000000004.seg"));
	CHECK_INT(rig_shell("test -e journal/000000000002.seg"), 0);
	CHECK(settled_in_2() > 0);
	for (int round = 0; round < 2; round++) {
		rig_close();
		CHECK_INT(rig_shell("rm ledger.db*"), 0);
		rig_open();
		CHECK_INT(rig_state(moved, 0), RECIPIENT_DELIVERED);
		CHECK_INT(rig_pending(), 1);
		fill();
	}
	/* Once the segment may go, so does what is remembered of it. */
	forget(moved);
	CHECK_INT(rig_change(large, 0, RECIPIENT_DELIVERED, 0), 0);
	CHECK(becomes("! test -e journal/000000000002.seg"));
	forget(large);
	CHECK_INT(settled_in_2(), 0);
}

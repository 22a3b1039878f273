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
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, 0), 0);
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

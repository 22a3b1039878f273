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
		                          "e@example.net", "d@example.net" };
	static const uint8_t states[] = { RECIPIENT_DELIVERED, RECIPIENT_REFUSED,
		                          RECIPIENT_DEFERRED, RECIPIENT_EXPIRED, RECIPIENT_HELD };
	struct test_message m;
	rig_open();
	CHECK(rig_commit(span_make(much, sizeof much), "eve@example.net") != 0);
	test_message(&m, TEXT, to, N_ELEMS(to));
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	uint64_t dead = rig_commit(TEXT, "bob@example.net");
	fill_one();
	for (uint32_t i = 0; i < N_ELEMS(to); i++)
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
		CHECK_INT(rig_pending(), 3);
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
	CHECK(rig_commit(span_make(much, sizeof much), "kept@example.net") != 0);
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
	CHECK_INT(rig_pending(), 1);
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

/* ---- orders ---- */

#define ALICE SPAN("alice (uid 1000)")
#define WAY   SPAN("relay other.example.net:25")

static void change(uint64_t message, uint32_t recipient, uint8_t state, struct span who,
                   struct span route)
{
	struct record_change f = {
		.message = message,
		.recipient = recipient,
		.state = state,
		.attempt = state == RECIPIENT_DEFERRED,
		.code = state == RECIPIENT_DEFERRED ? 451 : 0,
		.text = state == RECIPIENT_DEFERRED ? SPAN("words") : SPAN(""),
		.next_try_ms = state == RECIPIENT_HELD ? 0 : 99,
		.who = who,
		.why = who.n ? SPAN("a reason") : SPAN(""),
		.route = route,
	};
	CHECK_INT(store_record(rig_spool, &f, 1), 0);
}

struct stands {
	uint8_t state;
	struct span who, route; /* who: of a held one */
	uint32_t attempts;
};

static bool every(UNUSED const struct store_pending *row, UNUSED const void *arg)
{
	return true;
}

static void check_stand(uint64_t message, const struct stands *t, size_t n)
{
	AUTO_ARENA mem = { 0 };
	struct store_scan scan = {
		.after = { -1, 0, 0 }, .message = message, .max = 100, .look = 100, .wanted = every
	};
	CHECK_INT(store_scan(rig_spool, &scan, &mem), 0);
	CHECK_INT(scan.n, n);
	for (size_t i = 0; i < scan.n; i++) {
		const struct store_pending *row = &scan.rows[i];
		CHECK(row->recipient < n);
		if (row->recipient >= n)
			continue;
		const struct stands *want = &t[row->recipient];
		CHECK_INT(row->state, want->state);
		CHECK_SPAN(row->route, want->route);
		CHECK_SPAN(row->who, want->who);
		CHECK_SPAN(row->why, want->who.n ? SPAN("a reason") : SPAN(""));
		CHECK_INT(row->attempt, want->attempts);
		CHECK_SPAN(row->text, want->attempts ? SPAN("words") : SPAN(""));
		CHECK_INT(row->next_try_ms, want->state == RECIPIENT_HELD ? 0 : 99);
	}
}

static void lose_ledger(void)
{
	rig_close();
	CHECK_INT(rig_shell("rm ledger.db*"), 0);
	rig_open();
}

/* The copy of a message has the orders that its recipients stand by, beside their last attempts. */
STORE_TEST(a_lost_ledger_does_not_undo_an_order_that_a_copy_stands_for)
{
	static const char *const to[] = { "a@example.net", "b@example.net", "c@example.net",
		                          "d@example.net", "e@example.net", "f@example.net" };
	const struct stands t[] = {
		{ RECIPIENT_QUEUED, { 0 }, WAY, 0 },   { RECIPIENT_HELD, ALICE, { 0 }, 0 },
		{ RECIPIENT_HELD, ALICE, { 0 }, 1 },   { RECIPIENT_QUEUED, { 0 }, { 0 }, 1 },
		{ RECIPIENT_DEFERRED, { 0 }, WAY, 1 }, { RECIPIENT_DEFERRED, { 0 }, { 0 }, 1 },
	};
	struct test_message m;
	rig_open();
	test_message(&m, TEXT, to, N_ELEMS(to));
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	uint64_t id = m.m.id;
	change(id, 0, RECIPIENT_QUEUED, ALICE, WAY);
	change(id, 1, RECIPIENT_HELD, ALICE, SPAN(""));
	change(id, 2, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	change(id, 2, RECIPIENT_HELD, ALICE, SPAN(""));
	change(id, 3, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	change(id, 3, RECIPIENT_HELD, ALICE, SPAN(""));
	change(id, 3, RECIPIENT_QUEUED, ALICE, SPAN(""));
	change(id, 4, RECIPIENT_QUEUED, ALICE, WAY);
	change(id, 4, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	change(id, 5, RECIPIENT_QUEUED, ALICE, WAY);
	change(id, 5, RECIPIENT_QUEUED, ALICE, SPAN("default"));
	change(id, 5, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	check_stand(id, t, N_ELEMS(t));
	fill();
	for (int round = 0; round < 2; round++) {
		pass_by(round ? 2 : 1); /* and what was written again is written again */
		check_stand(id, t, N_ELEMS(t));
		lose_ledger();
		check_stand(id, t, N_ELEMS(t));
	}
}

/* Held in a segment that stays, released in one that goes: it is not held again. */
STORE_TEST(a_lost_ledger_does_not_hold_again_what_was_released)
{
	static const char *const to[] = { "a@example.net" };
	const struct stands t[] = { { RECIPIENT_QUEUED, { 0 }, { 0 }, 1 } };
	struct test_message m;
	rig_open();
	uint64_t large = rig_commit(span_make(much, sizeof much), "carl@example.net");
	test_message(&m, TEXT, to, N_ELEMS(to));
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	change(m.m.id, 0, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	fill();
	CHECK(rig_commit(span_make(much, sizeof much), "kept@example.net") != 0);
	change(m.m.id, 0, RECIPIENT_HELD, ALICE, SPAN(""));
	fill();
	change(m.m.id, 0, RECIPIENT_QUEUED, ALICE, SPAN(""));
	fill();
	CHECK_INT(rig_change(large, 0, RECIPIENT_DELIVERED, 0), 0);
	pass_by(1);
	pass_by(3);
	CHECK_INT(rig_shell("test -e journal/000000000002.seg"), 0);
	check_stand(m.m.id, t, N_ELEMS(t));
	lose_ledger();
	check_stand(m.m.id, t, N_ELEMS(t));
}

/* More changes than a start applies at once: what is written again behind them comes in a later
 * transaction. */
static void repeat(uint64_t message, uint32_t recipient)
{
	enum { AT_ONCE = 100, TIMES = 21 };
	static struct record_change all[AT_ONCE];
	for (size_t i = 0; i < TIMES; i++) {
		for (size_t k = 0; k < AT_ONCE; k++)
			all[k] = (struct record_change){ .message = message,
				                         .recipient = recipient,
				                         .state = RECIPIENT_QUEUED,
				                         .next_try_ms = 99,
				                         .who = ALICE };
		CHECK_INT(store_record(rig_spool, all, AT_ONCE), 0);
	}
}

/* A message stays where it is; the order that gave it its route goes, and an attempt came after; or
 * the attempt goes, and an order came after. */
STORE_TEST(a_lost_ledger_does_not_undo_a_route_that_an_attempt_followed)
{
	static const char *const to[] = { "a@example.net", "b@example.net", "c@example.net",
		                          "d@example.net", "e@example.net" };
	const struct stands t[] = { { RECIPIENT_DEFERRED, { 0 }, WAY, 1 },
		                    { RECIPIENT_DEFERRED, { 0 }, { 0 }, 1 },
		                    { RECIPIENT_DEFERRED, { 0 }, WAY, 1 },
		                    { RECIPIENT_HELD, ALICE, { 0 }, 1 },
		                    { RECIPIENT_QUEUED, { 0 }, { 0 }, 0 } };
	struct test_message m;
	rig_open();
	CHECK(rig_commit(span_make(much, sizeof much), "kept@example.net") != 0);
	test_message(&m, TEXT, to, N_ELEMS(to));
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	fill();
	uint64_t large = rig_commit(span_make(much, sizeof much), "carl@example.net");
	change(m.m.id, 0, RECIPIENT_QUEUED, ALICE, WAY);
	change(m.m.id, 1, RECIPIENT_QUEUED, ALICE, WAY);
	change(m.m.id, 2, RECIPIENT_QUEUED, ALICE, SPAN("relay wrong.example.net:25"));
	change(m.m.id, 3, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	fill();
	change(m.m.id, 3, RECIPIENT_HELD, ALICE, SPAN(""));
	change(m.m.id, 1, RECIPIENT_QUEUED, ALICE, SPAN("default"));
	change(m.m.id, 2, RECIPIENT_QUEUED, ALICE, WAY);
	for (uint32_t i = 0; i < 3; i++)
		change(m.m.id, i, RECIPIENT_DEFERRED, SPAN(""), SPAN(""));
	repeat(m.m.id, 4);
	fill();
	CHECK_INT(rig_change(large, 0, RECIPIENT_DELIVERED, 0), 0);
	pass_by(2);
	CHECK_INT(rig_shell("test -e journal/000000000001.seg"), 0);
	for (int round = 0; round < 2; round++) {
		check_stand(m.m.id, t, N_ELEMS(t));
		lose_ledger();
	}
	check_stand(m.m.id, t, N_ELEMS(t));
}

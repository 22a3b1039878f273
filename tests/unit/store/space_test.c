/* store: what is held is at most four times what is needed, and what a fold takes, whatever comes
 * to its end in whatever order; and a ledger that is made anew says the same. */
#include "store_harness.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MANY = 2000,
	/* In use, made ahead, two spares, and one that has just been left. */
	FOLD = 5 * TEST_SEGMENT,
	PATIENCE = 2000,
};

static uint64_t ids[MANY];
static uint8_t states[MANY];
static char kilobyte[1024];
static unsigned seed;

static void check_space(void)
{
	struct store_space s = { 0 };
	for (int i = 0; i < PATIENCE; i++) {
		CHECK_INT(rig_pending() != SIZE_MAX, 1); /* the ledger is up to date */
		store_space(rig_spool, &s);
		if (s.held <= 4 * s.needed + FOLD)
			return;
		CHECK_INT(fibre_sleep(5), 0);
	}
	test_check(false, __FILE__, __LINE__, "held %ju, needed %ju", (uintmax_t)s.held,
	           (uintmax_t)s.needed);
}

/* The files say the same as the counters. */
static void check_files(void)
{
	struct store_space s;
	char line[128];
	store_space(rig_spool, &s);
	snprintf(line, sizeof line, "test $(cat journal/*.seg journal/*.spare | wc -c) -le %ju",
	         (uintmax_t)s.held + TEST_SEGMENT); /* one may be being made */
	CHECK_INT(rig_shell(line), 0);
}

static void accept_all(void)
{
	for (size_t i = 0; i < MANY; i++) {
		ids[i] =
		        rig_commit(span_make(kilobyte, (size_t)rand_r(&seed) % sizeof kilobyte + 1),
		                   "bob@example.net");
		states[i] = RECIPIENT_QUEUED;
	}
}

static void change(size_t i, uint8_t state)
{
	CHECK_INT(rig_change(ids[i], 0, state, state == RECIPIENT_DEFERRED ? 99 : 0), 0);
	states[i] = state;
}

static bool is_final(size_t i)
{
	return recipient_state_is_final(states[i]);
}

static void check_states(void)
{
	size_t waiting = 0;
	for (size_t i = 0; i < MANY; i++) {
		uint8_t state = rig_state(ids[i], 0);
		if (!is_final(i) || state) /* of what is decided the history may be gone */
			CHECK_INT(state, states[i]);
		waiting += !is_final(i);
	}
	CHECK_INT(rig_pending(), waiting);
}

/* Each is deferred again and again, and comes to its end in no order. */
STORE_TEST(space_is_bounded_while_all_is_deferred)
{
	memset(kilobyte, 'x', sizeof kilobyte);
	seed = 1;
	rig_open();
	accept_all();
	check_space();
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < MANY; i++)
			if (!is_final(i))
				change(i, rand_r(&seed) % 2 ? RECIPIENT_DEFERRED
				                            : RECIPIENT_DELIVERED);
		check_space();
		check_files();
		check_states();
	}
	struct store_counts counts;
	store_counts(rig_spool, &counts);
	CHECK(counts.segments > 25);
	rig_close();
	CHECK_INT(rig_shell("rm ledger.db*"), 0);
	rig_open();
	check_states();
	for (size_t i = 0; i < MANY; i++)
		if (!is_final(i))
			change(i, RECIPIENT_REFUSED);
	check_space();
	check_files();
	struct store_space s;
	store_space(rig_spool, &s);
	CHECK(s.needed < TEST_SEGMENT);
}

/* A mailbox holds a few of each segment for ever. */
STORE_TEST(space_is_bounded_beside_mailboxes)
{
	memset(kilobyte, 'x', sizeof kilobyte);
	seed = 2;
	rig_open();
	for (size_t i = 0; i < MANY; i++) {
		bool local = rand_r(&seed) % 8 == 0;
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte),
		                         local ? "ann@local" : "bob@example.net");
		if (!local)
			CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
	check_space();
	check_files();
	AUTO_BUF faults = BUF(1 << 20);
	rig_close();
	CHECK_INT(store_verify(rig_settings.server_data_dir, &faults), 0);
	CHECK_SPAN(buf_span(&faults), SPAN(""));
	rig_open();
	CHECK_INT(rig_pending(), 0);
	check_space();
}

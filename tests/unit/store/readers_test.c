/* store/ledger: who reads a long history does not hold up the queue. */
#include "store_harness.h"

#include <unistd.h>

#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"

enum { SLOW = 5 }; /* more than there are readers */

static int gate[2];
static size_t n_slow_done;

/* Reads for as long as the test wants. */
static int slow(struct ledger_reader *reader, void *arg)
{
	char c;
	(void)reader;
	(void)arg;
	return read(gate[0], &c, 1) == 1 ? 0 : ERR_IO;
}

static void read_slowly(void *arg)
{
	(void)arg;
	CHECK_INT(ledger_read(rig_spool->ledger, LEDGER_FOR_OTHERS, false, slow, NULL), 0);
	n_slow_done++;
}

STORE_TEST(the_queue_reads_while_others_do)
{
	AUTO_BUF got = BUF(100);
	n_slow_done = 0;
	rig_open();
	CHECK_INT(pipe(gate), 0);
	uint64_t id = rig_commit(SPAN("text"), "bob@example.net");
	for (size_t i = 0; i < SLOW; i++)
		CHECK_INT(fibre_spawn("slow", read_slowly, NULL), 0);
	CHECK_INT(fibre_yield(), 0);
	for (int i = 0; i < 10; i++) {
		CHECK_INT(rig_pending(), 1);
		CHECK_INT(store_read(rig_spool, id, 0, 100, &got), 0);
	}
	CHECK_INT(n_slow_done, 0);
	for (size_t i = 0; i < SLOW; i++) {
		CHECK_INT(write(gate[1], "x", 1), 1);
		while (n_slow_done == i)
			CHECK_INT(fibre_yield(), 0);
	}
	CHECK_INT(rig_state(id, 0), RECIPIENT_QUEUED);
	close(gate[0]);
	close(gate[1]);
}

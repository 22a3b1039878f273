/* RFC 6647: who has to wait, and for how long, over weeks. */
#include "greylist/greylist.h"

#include <stdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "calls/greylist.h"
#include "fibre_harness.h"

enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN };
#define DAY (24 * (int64_t)HOUR)

static char dir[] = "/tmp/greylist.XXXXXX";
static struct settings set = { .server_data_dir = dir,
	                       .defence_greylist_delay = 5 * MIN,
	                       .defence_greylist_window = 1 * (int64_t)24 * HOUR,
	                       .defence_greylist_life = 35 * (int64_t)24 * HOUR,
	                       .defence_greylist_known = 3 };

static void begin(void)
{
	snprintf(dir, sizeof dir, "/tmp/greylist.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(greylist_start(&set), 0);
}

static void end(void)
{
	char command[sizeof dir + 20];

	greylist_stop();
	for (size_t i = 0; i < 3; i++) {
		static const char *const ends[] = { "", "-wal", "-shm" };
		snprintf(command, sizeof command, "%s/greylist.db%s", dir, ends[i]);
		unlink(command);
	}
	CHECK_INT(rmdir(dir), 0);
}

static WAITS int64_t wait_of(const char *client, const char *sender, const char *recipient)
{
	AUTO_ARENA mem = { 0 };
	struct greylist_ask_args a = { span_str(client), span_str(sender), span_str(recipient) };
	struct greylist_ask_reply got = { 0 };

	CHECK_INT(greylist_ask(&a, &mem, &got), 0);
	return got.wait_ms;
}

FIBRE_TEST(greylist_waits_and_passes)
{
	begin();
	CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "b@home.test"), 5 * MIN);
	test_time_pass(2 * MIN);
	CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "b@home.test"), 3 * MIN);
	/* each part counts */
	CHECK_INT(wait_of("192.0.3.0/24", "a@x.test", "b@home.test"), 5 * MIN);
	CHECK_INT(wait_of("192.0.2.0/24", "", "b@home.test"), 5 * MIN);
	CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "c@home.test"), 5 * MIN);
	test_time_pass(3 * MIN);
	CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "b@home.test"), 0);
	CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "b@home.test"), 0);
	/* a restart forgets nothing */
	greylist_stop();
	CHECK_INT(greylist_start(&set), 0);
	for (int i = 0; i < 3; i++) {
		test_time_pass(34 * DAY);
		CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "b@home.test"), 0);
	}
	test_time_pass(36 * DAY);
	CHECK_INT(wait_of("192.0.2.0/24", "a@x.test", "b@home.test"), 5 * MIN);
	end();
}

/* RFC 6647 5 (2): who comes again too late is new. */
FIBRE_TEST(greylist_forgets_who_did_not_come_again)
{
	begin();
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	test_time_pass(23 * (int64_t)HOUR);
	CHECK_INT(wait_of("c", "a", "b"), 0);
	CHECK_INT(wait_of("c", "a2", "b"), 5 * MIN);
	test_time_pass(25 * (int64_t)HOUR);
	CHECK_INT(wait_of("c", "a2", "b"), 5 * MIN);
	end();
}

/* One who has shown often enough that he comes again; passes of one triplet count once. */
FIBRE_TEST(greylist_knows_networks)
{
	static const char *const senders[] = { "1", "2", "3" };

	begin();
	for (size_t i = 0; i < N_ELEMS(senders); i++) {
		CHECK_INT(wait_of("c", senders[i], "b"), 5 * MIN);
		test_time_pass(5 * MIN);
		for (int k = 0; k < 4; k++)
			CHECK_INT(wait_of("c", senders[i], "b"), 0);
	}
	CHECK_INT(wait_of("c", "new", "b"), 0);
	CHECK_INT(wait_of("d", "new", "b"), 5 * MIN);
	test_time_pass(36 * DAY);
	CHECK_INT(wait_of("c", "newer", "b"), 5 * MIN);
	end();
}

static int64_t number(const char *of)
{
	char path[sizeof dir + 20], text[80];
	sqlite3 *db;
	sqlite3_stmt *st;

	snprintf(path, sizeof path, "%s/greylist.db", dir);
	snprintf(text, sizeof text, "SELECT %s FROM triplet", of);
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	CHECK_INT(sqlite3_close(db), SQLITE_OK);
	return n;
}

/* Who comes often is written down once in half a day, of 35, and is remembered no shorter. */
FIBRE_TEST(greylist_reads_more_than_it_writes)
{
	begin();
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	test_time_pass(5 * MIN);
	CHECK_INT(wait_of("c", "a", "b"), 0);
	int64_t until_ms = number("max(until_ms)");
	for (int i = 0; i < 12; i++) {
		test_time_pass(HOUR);
		CHECK_INT(wait_of("c", "a", "b"), 0);
	}
	CHECK_INT(number("max(until_ms)"), until_ms);
	test_time_pass(2 * (int64_t)HOUR);
	CHECK_INT(wait_of("c", "a", "b"), 0);
	CHECK(number("max(until_ms)") > until_ms);
	test_time_pass(35 * DAY);
	CHECK_INT(wait_of("c", "a", "b"), 0);
	test_time_pass(35 * DAY + DAY);
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	end();
}

/* A flood that is past its time goes in pieces, and no question waits for all of it. */
FIBRE_TEST(greylist_prunes_in_pieces)
{
	char sender[20];

	begin();
	for (int i = 0; i < 2500; i++) {
		snprintf(sender, sizeof sender, "s%d", i);
		(void)wait_of("c", sender, "b");
	}
	test_time_pass(25 * (int64_t)HOUR);
	CHECK_INT(wait_of("c", "s1", "b"), 5 * MIN); /* past its time, whether there or not */
	CHECK_INT(number("count(*)"), 1500);
	CHECK_INT(wait_of("c", "s2", "b"), 5 * MIN);
	test_time_pass(S);
	CHECK_INT(wait_of("c", "s2", "b"), 5 * MIN - S);
	test_time_pass(S);
	CHECK_INT(wait_of("c", "s2", "b"), 5 * MIN - 2 * S);
	CHECK_INT(number("count(*)"), 2);
	end();
}

/* An operator who sets the clock back makes nobody wait for years. */
FIBRE_TEST(greylist_when_the_clock_goes_back)
{
	begin();
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	test_time_set_wall(1000000);
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	end();
}

/* What is damaged is learned again. */
FIBRE_TEST(greylist_damaged)
{
	static const char garbage[4096] = "no database";
	char path[sizeof dir + 20];

	begin();
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	greylist_stop();
	snprintf(path, sizeof path, "%s/greylist.db", dir);
	FILE *f = fopen(path, "w");
	CHECK(f && fwrite(garbage, sizeof garbage, 1, f) == 1 && fclose(f) == 0);
	CHECK_INT(greylist_start(&set), 0);
	test_time_pass(5 * MIN);
	CHECK_INT(wait_of("c", "a", "b"), 5 * MIN);
	end();
}

/* What sources owe, over restarts: kept until it means nothing any more, and never without bound.
 */
#include "debtbook/debtbook.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "calls/bans.h"
#include "fibre_harness.h"

enum { S = 1000 };

static char dir[] = "/tmp/debtbook.XXXXXX";

static void begin(void)
{
	snprintf(dir, sizeof dir, "/tmp/debtbook.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(debtbook_start(dir), 0);
}

static void end(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[sizeof dir + 20];

	debtbook_stop();
	for (size_t i = 0; i < N_ELEMS(ends); i++) {
		snprintf(path, sizeof path, "%s/debts.db%s", dir, ends[i]);
		unlink(path);
	}
	CHECK_INT(rmdir(dir), 0);
}

/* Sources `first` and the n - 1 behind it, each forgotten a second later than the one before. */
static WAITS int keep(uint32_t first, size_t n, int64_t ms)
{
	AUTO_ARENA mem = { 0 };
	struct ban_memory *rows = arena_array(&mem, struct ban_memory, n);
	struct ban_keep_args a = { rows, n };
	struct ban_keep_reply kept;

	for (size_t i = 0; i < n; i++) {
		char *source = arena_alloc_array(&mem, 1, 9);
		uint32_t number = first + (uint32_t)i;
		snprintf(source, 9, "%08u", number);
		rows[i] = (struct ban_memory){ span_make(source, 8),
			                       clock_wall_time_ms() + ms + (int64_t)i * S,
			                       SPAN("a row") };
	}
	return ban_keep(&a, &mem, &kept); /* WAITS */
}

/* How many there are; *least: the first of them. */
static WAITS size_t count(uint64_t *least)
{
	AUTO_ARENA mem = { 0 };
	struct ban_recall_args a = { SPAN("") };
	struct ban_recall_reply got = { .more = true };
	size_t n = 0;

	while (got.more) {
		CHECK_INT(ban_recall(&a, &mem, &got), 0); /* WAITS */
		if (!n && got.n_rows)
			CHECK_INT(span_to_u64(got.rows[0].source, UINT32_MAX, least), 0);
		for (size_t i = 0; i < got.n_rows; i++)
			CHECK_SPAN(got.rows[i].octets, SPAN("a row"));
		n += got.n_rows;
		if (got.n_rows)
			a.after = got.rows[got.n_rows - 1].source;
	}
	return n;
}

FIBRE_TEST(debts_are_kept_until_they_are_over)
{
	uint64_t least = 0;

	begin();
	CHECK_INT(count(&least), 0);
	CHECK_INT(keep(0, 10, 5 * S), 0);
	CHECK_INT(keep(5, 1, 60 * S), 0); /* told anew */
	debtbook_stop();
	CHECK_INT(debtbook_start(dir), 0);
	CHECK_INT(count(&least), 10);
	test_time_pass(8 * S);
	CHECK_INT(count(&least), 6); /* those of 5, 6, 7 and 8 s are over */
	CHECK_INT(least, 4);
	test_time_pass(10 * S);
	CHECK_INT(count(&least), 1); /* the one that was told anew */
	CHECK_INT(least, 5);
	test_time_pass(60 * S);
	CHECK_INT(keep(100, 1, -1), 0); /* it means nothing: the row is deleted */
	CHECK_INT(count(&least), 0);
	end();
}

/* Those that are forgotten last stay. */
FIBRE_TEST(debts_are_bounded)
{
	uint64_t least = 0;

	begin();
	for (uint32_t at = 0; at < DEBTBOOK_ROWS_MAX + 1024; at += 512)
		CHECK_INT(keep(at, 512, 1000000 * (int64_t)S + at * (int64_t)S), 0);
	CHECK_INT(count(&least), DEBTBOOK_ROWS_MAX);
	CHECK_INT(least, 1024);
	end();
}

FIBRE_TEST(debts_that_cannot_be)
{
	char octets[BAN_OCTETS_MAX + 1] = "";
	AUTO_ARENA mem = { 0 };
	struct ban_memory row = { SPAN("12345678"), INT64_MAX, span_make(octets, sizeof octets) };
	struct ban_keep_args a = { &row, 1 };
	struct ban_keep_reply kept;
	uint64_t least = 0;

	begin();
	CHECK_INT(ban_keep(&a, &mem, &kept), ERR_SYNTAX);
	row = (struct ban_memory){ SPAN(""), INT64_MAX, SPAN("x") };
	CHECK_INT(ban_keep(&a, &mem, &kept), ERR_SYNTAX);
	a.n_rows = BAN_MEMORY_ROWS_MAX + 1;
	CHECK_INT(ban_keep(&a, &mem, &kept), ERR_TOO_LONG);
	CHECK_INT(count(&least), 0);
	end();
}

/* What is damaged begins anew. */
FIBRE_TEST(debts_that_are_damaged)
{
	char path[sizeof dir + 20];
	uint64_t least = 0;

	begin();
	CHECK_INT(keep(0, 3, 60 * S), 0);
	debtbook_stop();
	snprintf(path, sizeof path, "%s/debts.db", dir);
	int fd = open(path, O_WRONLY | O_TRUNC);
	CHECK_INT(write(fd, dir, sizeof dir), (ssize_t)sizeof dir);
	for (int i = 0; i < 200; i++)
		CHECK_INT(write(fd, dir, sizeof dir), (ssize_t)sizeof dir);
	close(fd);
	CHECK_INT(debtbook_start(dir), 0);
	CHECK_INT(count(&least), 0);
	CHECK_INT(keep(0, 3, 60 * S), 0);
	CHECK_INT(count(&least), 3);
	end();
}

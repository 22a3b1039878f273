/* Where accounts are at home, and that a restart does not forget it. */
#include "auth/homes.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#define ALICE SPAN("$y$j9T$alice$hash")
#define BOB   SPAN("$y$j9T$bob$hash")

enum { DAY = 20000 };

static struct home home(struct span hash, const char *client)
{
	unsigned char network[NETWORK_BYTES];
	struct home h = { 0 };

	network_of(span_str(client), network);
	CHECK_INT(homes_find(exact(hash), network, &h), 0);
	return h;
}

static bool has(struct span hash, const char *client, int64_t day)
{
	struct home h = home(hash, client);

	return homes_has(&h, day);
}

static bool put(struct span hash, const char *client, int64_t day)
{
	struct home h = home(hash, client);
	struct home_write w;
	bool due = homes_put(&h, day, &w);

	if (due)
		CHECK_INT(homes_write(&w), 0);
	return due;
}

TEST(homes_of_one_account_in_one_network)
{
	CHECK_INT(homes_open(-1), 0);
	CHECK(!has(ALICE, "192.0.2.1", DAY));
	CHECK(!put(ALICE, "192.0.2.1", DAY)); /* in memory only */
	CHECK(has(ALICE, "192.0.2.9", DAY));
	CHECK(!has(ALICE, "192.0.3.1", DAY));
	CHECK(!has(BOB, "192.0.2.1", DAY));
	CHECK(has(ALICE, "192.0.2.1", DAY + HOMES_DAYS));
	CHECK(!has(ALICE, "192.0.2.1", DAY + HOMES_DAYS + 1));
	CHECK(!has(ALICE, "192.0.2.1", DAY - 1)); /* the clock was wrong then, or is now */
	homes_close();
}

TEST(homes_outlive_a_restart)
{
	static const int sizes[] = { 0, HOMES_PLACE_BYTES, 1000 };

	EACH_ROW(sizes) {
		int fd = memfd_create("homes", 0);
		CHECK_INT(ftruncate(fd, sizes[row]), 0); /* no table: it is begun anew */
		CHECK_INT(homes_open(fd), 0);
		CHECK(put(ALICE, "192.0.2.1", DAY));
		CHECK(!put(ALICE, "192.0.2.2", DAY)); /* once a day */
		CHECK(put(ALICE, "192.0.2.2", DAY + 1));
		CHECK(put(BOB, "2001:db8::1", DAY));
		homes_close();
		CHECK(!has(ALICE, "192.0.2.1", DAY));
		CHECK_INT(homes_open(fd), 0);
		CHECK(has(ALICE, "192.0.2.1", DAY + HOMES_DAYS + 1));
		CHECK(has(BOB, "2001:db8::1", DAY + HOMES_DAYS));
		CHECK(!has(BOB, "192.0.2.1", DAY));
		CHECK_INT(lseek(fd, 0, SEEK_END),
		          HOMES_PLACE_BYTES * (1 + HOMES_SETS * HOMES_WAYS));
		homes_close();
		close(fd);
	}
}

/* Of a file that ends in the middle of the table, what is there counts. */
TEST(homes_in_a_file_cut_short)
{
	int fd = memfd_create("homes", 0);

	CHECK_INT(homes_open(fd), 0);
	CHECK(put(ALICE, "192.0.2.1", DAY));
	struct home h = home(ALICE, "192.0.2.1");
	off_t behind = HOMES_PLACE_BYTES * (2 + (off_t)h.set * HOMES_WAYS);
	CHECK_INT(ftruncate(fd, behind), 0);
	CHECK_INT(homes_open(fd), 0);
	CHECK(has(ALICE, "192.0.2.1", DAY));
	CHECK_INT(ftruncate(fd, behind - 9), 0);
	CHECK_INT(homes_open(fd), 0);
	CHECK(!has(ALICE, "192.0.2.1", DAY));
	homes_close();
	close(fd);
}

/* An account with very many homes keeps its latest and touches its neighbours only. */
TEST(homes_crowded)
{
	char text[64];
	int kept = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "$y$j9T$u%d$hash", i);
		put(span_str(text), "192.0.2.1", DAY);
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof text, "10.%d.%d.1", i >> 8, i & 255);
		put(ALICE, text, DAY + 1 + i / 1000);
	}
	CHECK(has(ALICE, "10.7.207.1", DAY + 2));
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "$y$j9T$u%d$hash", i);
		kept += has(span_str(text), "192.0.2.1", DAY + 1);
	}
	CHECK(kept >= 95);
	homes_close();
}

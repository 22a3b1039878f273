/* threats 3.22, 3.23: wrong passwords are limited by source and by account; owners are not locked
 * out. */
#include "auth/guesses.h"

#include <stdio.h>

#include "test.h"

#define ALICE  "alice@home.test"
#define NOBODY "nobody@home.test"
#define HOME   "192.0.2.1"
#define NEW    "198.51.100.7"

enum { AT = 1000, DAY_MS = 24 * 3600 * 1000 };

static int begin(const char *client, const char *account, int64_t now_at)
{
	struct guess g;
	return guesses_begin(exact(span_str(client)), exact(span_str(account)), now_at, &g);
}

static int tries(const char *client, const char *account, int n, int64_t now_at)
{
	int permitted = 0;
	for (int i = 0; i < n; i++)
		permitted += begin(client, account, now_at) == 0;
	return permitted;
}

/* Guess i of n comes from 10.x.y.z, another source each. */
static int attack(const char *account, int n, int64_t now_at)
{
	char client[32];
	int permitted = 0;
	for (int i = 0; i < n; i++) {
		snprintf(client, sizeof client, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
		permitted += begin(client, account, now_at) == 0;
	}
	return permitted;
}

static int right(const char *client, const char *account, int64_t now_at)
{
	struct guess g;
	int r = guesses_begin(span_str(client), span_str(account), now_at, &g);
	if (r >= 0)
		guesses_right(&g);
	return r;
}

/* Burst, then rate: of one source at many accounts, and of many sources at one account, be it
 * there or not. */
TEST(guesses_burst_then_rate)
{
	static const struct {
		int after_ms, permitted;
	} t[] = {
		{ 0, GUESSES_BURST },
		{ 0, 0 },
		{ GUESSES_EACH_MS - 1, 0 },
		{ GUESSES_EACH_MS, 1 },
		{ GUESSES_EACH_MS, 0 },
		{ 4 * GUESSES_EACH_MS + 1, 3 },
		{ 1000 * GUESSES_EACH_MS, GUESSES_BURST },
	};
	char account[32];
	EACH_ROW(t) {
		int64_t now_at = AT + t[row].after_ms;
		int permitted = 0;
		for (int i = 0; i < 100; i++) {
			snprintf(account, sizeof account, "u%d@home.test", i);
			permitted += tries(HOME, account, 1, now_at);
		}
		CHECK_INT(permitted, t[row].permitted);
		CHECK_INT(attack(ALICE, 100, now_at), t[row].permitted);
		CHECK_INT(attack(NOBODY, 100, now_at), t[row].permitted);
	}
	guesses_close();
}

TEST(guesses_who_passes_during_an_attack)
{
	static const struct {
		const char *client, *account;
		int later_ms, result;
	} t[] = {
		{ HOME, ALICE, 0, 0 },
		{ NEW, ALICE, 0, ERR_LIMIT },
		{ NEW, ALICE, GUESSES_EACH_MS - 1, ERR_LIMIT },
		{ NEW, ALICE, GUESSES_EACH_MS, 0 },
		{ NEW, "bob@home.test", 0, 0 },
		{ "2001:db8:1:2::1", ALICE, 0, 0 },
		{ "2001:db8:1:2:ffff::9", ALICE, 0, 0 }, /* the same /64 */
		{ "2001:db8:1:3::1", ALICE, 0, ERR_LIMIT },
		{ HOME, NOBODY, 0, ERR_LIMIT }, /* a home is of one account */
		{ NEW, NOBODY, GUESSES_EACH_MS - 1, ERR_LIMIT },
		{ NEW, NOBODY, GUESSES_EACH_MS, 0 },
	};
	EACH_ROW(t) {
		CHECK_INT(right(HOME, ALICE, AT), 0);
		CHECK_INT(right("2001:db8:1:2::1", ALICE, AT), 0);
		CHECK_INT(attack(ALICE, 100, AT + DAY_MS), GUESSES_BURST);
		CHECK_INT(attack(NOBODY, 100, AT + DAY_MS), GUESSES_BURST);
		CHECK_INT(right(t[row].client, t[row].account, AT + DAY_MS + t[row].later_ms),
		          t[row].result);
		guesses_close();
	}
}

TEST(guesses_homes_end)
{
	static const struct {
		int64_t after_ms;
		int result;
	} t[] = {
		{ GUESSES_HOME_MS - 1, 0 }, /* and begins anew */
		{ 2 * GUESSES_HOME_MS - 2, 0 },
		{ 3 * GUESSES_HOME_MS - 2, ERR_LIMIT },
	};
	CHECK_INT(right(HOME, ALICE, AT), 0);
	EACH_ROW(t) {
		CHECK_INT(attack(ALICE, 100, AT + t[row].after_ms), GUESSES_BURST);
		CHECK_INT(right(HOME, ALICE, AT + t[row].after_ms), t[row].result);
	}
	guesses_close();
}

/* What the account's owner does at home leaves the account's debt alone, both ways. */
TEST(guesses_at_home_count_for_the_source_only)
{
	CHECK_INT(right(HOME, ALICE, AT), 0);
	CHECK_INT(tries(HOME, ALICE, 100, AT), GUESSES_BURST);
	CHECK_INT(tries(HOME, "bob@home.test", 100, AT), 0);
	CHECK_INT(attack(ALICE, 100, AT), GUESSES_BURST);
	CHECK_INT(attack("bob@home.test", 100, AT), GUESSES_BURST);
	guesses_close();
}

/* A guess that one limit stops does not count for the other. */
TEST(guesses_stopped_count_nowhere)
{
	CHECK_INT(attack(ALICE, 100, AT), GUESSES_BURST);
	CHECK_INT(tries(NEW, ALICE, 100, AT), 0);
	CHECK_INT(tries(NEW, "bob@home.test", 100, AT), GUESSES_BURST);
	CHECK_INT(tries(NEW, "carol@home.test", 100, AT), 0);
	CHECK_INT(attack("carol@home.test", 100, AT), GUESSES_BURST);
	guesses_close();
}

TEST(guesses_that_are_right_cost_nothing)
{
	char client[32];
	for (int i = 0; i < 100; i++) {
		snprintf(client, sizeof client, "192.0.2.%d", i);
		CHECK_INT(right(client, ALICE, AT), 0); /* each time a new place */
		CHECK_INT(right(NEW, ALICE, AT), 0);
	}
	CHECK_INT(tries(NEW, NOBODY, 100, AT), GUESSES_BURST);
	CHECK_INT(attack(ALICE, 100, AT), GUESSES_BURST);
	guesses_close();
}

/* Two at once from a new place: the second was counted before the first made it a home. */
TEST(guesses_right_at_once)
{
	struct guess first, second;
	CHECK_INT(guesses_begin(SPAN(NEW), SPAN(ALICE), AT, &first), 0);
	CHECK_INT(guesses_begin(SPAN(NEW), SPAN(ALICE), AT, &second), 0);
	guesses_right(&first);
	guesses_right(&second);
	CHECK_INT(attack(ALICE, 100, AT), GUESSES_BURST);
	CHECK_INT(tries(NEW, ALICE, 100, AT), GUESSES_BURST);
	guesses_close();
}

TEST(guesses_sources)
{
	static const struct {
		const char *first, *second;
		bool same;
	} t[] = {
		{ "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "192.0.2.1", "c000:201::", false }, /* the same octets */
		{ "nonsense", "", true },
		{ "nonsense", "0.0.0.0", false },
		{ "1234:1234:1234:1234:1234:1234:1234:1234:1234:1234", "unix", true },
	};
	EACH_ROW(t) {
		CHECK_INT(tries(t[row].first, ALICE, 100, AT), GUESSES_BURST);
		CHECK_INT(tries(t[row].second, NOBODY, 100, AT), t[row].same ? 0 : GUESSES_BURST);
		guesses_close();
	}
}

enum { MANY = 3 * GUESSES_SETS * GUESSES_WAYS };

/* More sources, names and homes than there are places: debtors and homes in use stay. */
TEST(guesses_are_bounded)
{
	char name[32];
	CHECK_INT(right(HOME, ALICE, AT), 0);
	CHECK_INT(tries(NEW, NOBODY, 100, AT), GUESSES_BURST);
	CHECK_INT(attack(ALICE, 100, AT), GUESSES_BURST);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "11.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
		CHECK_INT(begin(name, name, AT), 0);
	}
	CHECK_INT(begin(NEW, "bob@home.test", AT), ERR_LIMIT);
	CHECK_INT(begin("203.0.113.9", NOBODY, AT), ERR_LIMIT);
	CHECK_INT(begin("203.0.113.9", ALICE, AT), ERR_LIMIT);
	CHECK_INT(begin(HOME, ALICE, AT), 0);
	guesses_close();
}

/* An account with more homes than places has the latest; others keep theirs. */
TEST(guesses_homes_are_bounded)
{
	char client[32], account[32];
	int kept = 0;
	for (int i = 0; i < 100; i++) {
		snprintf(account, sizeof account, "u%d@home.test", i);
		CHECK_INT(right(HOME, account, AT), 0);
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(client, sizeof client, "11.0.%d.%d", i >> 8, i & 255);
		CHECK_INT(right(client, ALICE, AT + 1 + i), 0);
	}
	CHECK_INT(attack(ALICE, 100, AT + DAY_MS), GUESSES_BURST);
	CHECK_INT(begin("11.0.0.0", ALICE, AT + DAY_MS), ERR_LIMIT);
	for (int i = 2000 - GUESSES_WAYS; i < 2000; i++) {
		snprintf(client, sizeof client, "11.0.%d.%d", i >> 8, i & 255);
		CHECK_INT(begin(client, ALICE, AT + DAY_MS), 0);
	}
	for (int i = 0; i < 100; i++) {
		snprintf(account, sizeof account, "u%d@home.test", i);
		attack(account, 100, AT + DAY_MS + 1000000 * i);
		kept += right(HOME, account, AT + DAY_MS + 1000000 * i) == 0;
	}
	CHECK(kept >= 95); /* the few in alice's set are crowded out */
	guesses_close();
}

/* A table full of small debts: a new source is limited as ever. */
TEST(guesses_a_full_table_lets_nobody_through)
{
	char client[32];
	for (int i = 0; i < MANY; i++) {
		snprintf(client, sizeof client, "11.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
		CHECK_INT(begin(client, client, AT), 0);
	}
	CHECK_INT(tries(NEW, NOBODY, 100, AT), GUESSES_BURST);
	CHECK_INT(attack(ALICE, 100, AT), GUESSES_BURST);
	guesses_close();
}

/* threats 3.23: who guesses elsewhere delays the owner by less than 30 s, and at home not at all.
 */
#include "auth/turns.h"

#include "base/clock.h"
#include "test.h"

enum { AT = 1000, ALICE = 5, BOB = 6, HOME = 900, OWNER = 901, MANY = 4000, HASH_MS = 30 };

static struct turns turns;
static struct turn pool[MANY];

static struct turn *ask(size_t i, uint64_t network, uint64_t account, int64_t now_at)
{
	pool[i] = (struct turn){ .item.network = network,
		                 .account = account,
		                 .at_home = network == HOME };
	turns_ask(&turns, &pool[i], now_at);
	return &pool[i];
}

/* What a hash takes. */
static void check(struct turn *t)
{
	CHECK_INT(t->state, TURN_CHECKS);
	turns_end(&turns, t);
}

/* Networks 1..n guess at alice, each with another guess at once when one was answered; the owner
 * asks after a minute.  When his turn comes, or -1 when he is refused. */
static int64_t owner_waits(size_t n_networks)
{
	struct turn *owner = NULL, *t;
	int64_t asked_at = AT + 60 * 1000;

	turns_init(&turns);
	for (size_t i = 0; i < 2 * n_networks; i++)
		ask(i, 1 + i % n_networks, ALICE, AT);
	for (int64_t now_at = AT; now_at < asked_at + 60 * 1000; now_at += 10) {
		if (!owner && now_at >= asked_at)
			owner = ask(MANY - 1, OWNER, ALICE, now_at);
		while ((t = turns_next(&turns, now_at))) {
			size_t i = (size_t)(t - pool);
			enum turn_state state = t->state;
			turns_end(&turns, t);
			if (t == owner)
				return state == TURN_CHECKS ? now_at - asked_at : -1;
			if (state == TURN_CHECKS)
				ask(i, t->item.network, ALICE, now_at);
		}
	}
	return CLOCK_NEVER;
}

TEST(turns_beside_guessing_networks)
{
	static const struct {
		size_t n_networks;
		int64_t most_ms;
	} t[] = {
		{ 1, 2 * TURNS_ACCOUNT_MS },
		{ 10, 11 * TURNS_ACCOUNT_MS },
		{ 50, 51 * TURNS_ACCOUNT_MS },
		{ 59, TURNS_WAIT_MS },
		{ 200, -1 },
	};
	EACH_ROW(t) {
		int64_t ms = owner_waits(t[row].n_networks);
		CHECK(ms <= t[row].most_ms);
		CHECK_INT(ms < 0, t[row].most_ms < 0);
	}
}

/* Two a second of an account, from however many networks; another account is not touched by it. */
TEST(turns_rate_of_an_account)
{
	struct turn *t;
	int of_alice = 0, of_bob = 0;

	turns_init(&turns);
	for (size_t i = 0; i < 50; i++)
		ask(i, i, ALICE, AT);
	for (int64_t now_at = AT; now_at < AT + 10 * 1000; now_at += 10) {
		if ((now_at - AT) % 1000 == 0)
			ask(100 + (size_t)of_bob, 3, BOB, now_at);
		while ((t = turns_next(&turns, now_at))) {
			*(t->account == ALICE ? &of_alice : &of_bob) += 1;
			check(t);
		}
	}
	CHECK_INT(of_alice, 20);
	CHECK_INT(of_bob, 10);
}

/* Nothing happens between the times that turns_next_at tells. */
TEST(turns_tell_when)
{
	turns_init(&turns);
	CHECK_INT(turns_next_at(&turns), CLOCK_NEVER);
	ask(0, 1, ALICE, AT);
	ask(1, 2, ALICE, AT);
	ask(2, 3, BOB, AT + 100);
	CHECK_INT(turns_next_at(&turns), AT);
	check(turns_next(&turns, AT));
	CHECK_INT(turns_next_at(&turns), AT + 100);
	check(turns_next(&turns, AT + 100));
	CHECK_INT(turns_next_at(&turns), AT + TURNS_ACCOUNT_MS);
	CHECK(!turns_next(&turns, AT + TURNS_ACCOUNT_MS - 1));
	check(turns_next(&turns, AT + TURNS_ACCOUNT_MS));
	CHECK_INT(turns_next_at(&turns), CLOCK_NEVER);
}

/* 400 wrong guesses at as many accounts, and then a login at home: his is the next hash.  One from
 * a new place stands behind one guess of each network. */
TEST(turns_behind_many_guesses)
{
	turns_init(&turns);
	for (size_t i = 0; i < 400; i++)
		ask(i, 1 + i % 10, 100 + i, AT);
	struct turn *guess = turns_next(&turns, AT);
	CHECK_INT(guess->state, TURN_CHECKS);
	CHECK(!turns_next(&turns, AT)); /* strangers take one thread of the pool */
	struct turn *home = ask(MANY - 1, HOME, ALICE, AT), *owner = ask(MANY - 2, OWNER, BOB, AT);
	CHECK(turns_next(&turns, AT) == home);
	check(home);
	check(guess);
	for (int i = 0; i < 10; i++) {
		struct turn *t = turns_next(&turns, AT + HASH_MS * i);
		check(t);
		if (t == owner)
			return;
	}
	check(turns_next(&turns, AT + HASH_MS * 10));
	CHECK_INT(owner->state, TURN_CHECKS);
}

TEST(turns_hashes_at_once)
{
	struct turn *t[TURNS_HASHES];

	turns_init(&turns);
	for (size_t i = 0; i < 10; i++)
		ask(i, HOME, ALICE, AT);
	ask(10, 1, BOB, AT);
	for (size_t i = 0; i < TURNS_HASHES; i++)
		CHECK((t[i] = turns_next(&turns, AT)) && t[i]->at_home);
	CHECK(!turns_next(&turns, AT));
	check(t[0]);
	CHECK(turns_next(&turns, AT) != NULL);
	CHECK(!turns_next(&turns, AT));
}

/* Forty at once from a place where the account was never: the first that is right lets all in. */
TEST(turns_forty_right_ones_at_once)
{
	struct turn *t;
	int n = 0;

	turns_init(&turns);
	for (size_t i = 0; i < 40; i++)
		ask(i, OWNER, ALICE, AT);
	ask(40, OWNER, ALICE + TURNS_LINES, AT); /* another account that shares the line */
	ask(41, 1, ALICE, AT);
	CHECK((t = turns_next(&turns, AT)) == &pool[0]);
	turns_welcome(&turns, ALICE, OWNER);
	check(t);
	while ((t = turns_next(&turns, AT))) {
		CHECK(t->at_home);
		check(t);
		n++;
	}
	CHECK_INT(n, 39);
	CHECK_INT(pool[40].state, TURN_WAITS);
	CHECK_INT(pool[41].state, TURN_WAITS);
}

static size_t refused(int64_t now_at)
{
	struct turn *t;
	size_t n = 0;

	while ((t = turns_next(&turns, now_at)) && t->state == TURN_REFUSED) {
		turns_end(&turns, t);
		n++;
	}
	return n;
}

TEST(turns_bounds)
{
	static const struct {
		size_t n, n_networks, n_accounts;
		bool at_home;
		size_t waiting;
	} t[] = {
		{ 100, 100, 1, false, TURNS_WAITING },
		{ 100, 1, 1, false, TURNS_WAITING },
		{ 100, 1, 100, false, TURNS_WAITING },
		{ MANY, MANY, MANY, false, TURNS_STRANGERS_WAITING },
		{ MANY, 1, 1, true, TURNS_HOME_WAITING },
	};
	EACH_ROW(t) {
		turns_init(&turns);
		for (size_t i = 0; i < t[row].n; i++)
			ask(i, t[row].at_home ? HOME : 1000 + i % t[row].n_networks,
			    i % t[row].n_accounts, AT);
		CHECK_INT(refused(AT), t[row].n - t[row].waiting);
	}
}

/* Who has most waiting makes way for who has nothing waiting. */
TEST(turns_who_makes_way)
{
	turns_init(&turns);
	for (size_t i = 0; i < TURNS_WAITING; i++)
		ask(i, 1, ALICE, AT);
	struct turn *owner = ask(MANY - 1, OWNER, ALICE, AT);
	CHECK(turns_next(&turns, AT) == &pool[TURNS_WAITING - 1]);
	CHECK_INT(pool[TURNS_WAITING - 1].state, TURN_REFUSED);
	check(turns_next(&turns, AT));
	CHECK(turns_next(&turns, AT + TURNS_ACCOUNT_MS) == owner);
}

/* Who gives up, wherever he stands, leaves nothing behind. */
TEST(turns_given_up)
{
	turns_init(&turns);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < MANY; i++)
			ask(i, i % 100 ? i : HOME, i % 300, AT);
		struct turn *t = turns_next(&turns, AT);
		CHECK(t != NULL);
		for (size_t i = 0; i < MANY; i++)
			turns_end(&turns, &pool[i]);
		CHECK(!turns_next(&turns, AT + 1000));
		CHECK_INT(turns.n_strangers_waiting, 0);
		CHECK_INT(turns.home.n + turns.stranger.n + turns.n_home + turns.n_strangers, 0);
		CHECK_INT(turns_next_at(&turns), CLOCK_NEVER);
		for (size_t i = 0; i < TURNS_LINES; i++)
			CHECK_INT(turns.of_network[i], 0);
	}
}

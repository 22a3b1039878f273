/* queue/retry: RFC 5321 4.5.4.1 (intervals, giving up). */
#include "queue/schedule/retry.h"

#include "test.h"

enum { S = 1000, MIN = 60 * S, H = 60 * MIN, DAY = 24 * H };

static const struct retry_rule rule = {
	.waits_ms = { 1 * MIN, 5 * MIN, 30 * MIN, 2 * H },
	.n = 4,
	.expiry_ms = 5 * (int64_t)DAY,
};

static const int64_t accepted = 1700000000000;

TEST(retry_rule_is_read_from_the_settings)
{
	static const char *good[] = { "1m", "90", "2h" }, *words[] = { "1m", "soon" },
	                  *zero[] = { "0" }, *many[RETRY_STEPS_MAX + 1];
	for (size_t i = 0; i < N_ELEMS(many); i++)
		many[i] = "1m";
	const struct {
		struct settings_list waits;
		int r;
	} t[] = {
		{ { good, 3 }, 0 },
		{ { many, RETRY_STEPS_MAX }, 0 },
		{ { many, RETRY_STEPS_MAX + 1 }, ERR_CONFIG },
		{ { words, 2 }, ERR_CONFIG },
		{ { zero, 1 }, ERR_CONFIG },
		{ { good, 0 }, ERR_CONFIG },
	};
	EACH_ROW(t) {
		struct settings set = { .delivery_retry = t[row].waits, .delivery_expiry = DAY };
		struct retry_rule got = { 0 };

		CHECK_INT(retry_rule_from(&set, &got), t[row].r);
		CHECK_INT(got.n, t[row].r < 0 ? 0 : t[row].waits.n);
	}
	struct settings set = { .delivery_retry = { good, 3 }, .delivery_expiry = DAY };
	struct retry_rule got;
	CHECK_INT(retry_rule_from(&set, &got), 0);
	CHECK_INT(got.waits_ms[1], 90 * S);
	CHECK_INT(got.expiry_ms, DAY);
}

TEST(retry_waits_follow_the_list_and_the_last_repeats)
{
	static const struct {
		uint32_t step;
		int64_t wait_ms;
	} t[] = {
		{ 0, 1 * MIN }, { 1, 1 * MIN }, { 2, 5 * MIN },        { 3, 30 * MIN },
		{ 4, 2 * H },   { 5, 2 * H },   { UINT32_MAX, 2 * H },
	};
	EACH_ROW(t) {
		int64_t least = INT64_MAX, most = 0;

		for (uint64_t seed = 0; seed < 1000; seed++) {
			int64_t got = retry_wait_ms(&rule, t[row].step, seed);

			CHECK_INT(got, retry_wait_ms(&rule, t[row].step, seed));
			least = got < least ? got : least;
			most = got > most ? got : most;
		}
		CHECK(least >= t[row].wait_ms - t[row].wait_ms / 8);
		CHECK(most <= t[row].wait_ms + t[row].wait_ms / 8);
		CHECK(most <= retry_wait_max_ms(&rule));
		/* Spread: a crowd that failed together does not come back together. */
		CHECK(most - least > t[row].wait_ms / 5);
	}
}

/* By a clock that never jumped, long after the start. */
static int64_t next_at(int64_t now_ms, uint32_t attempt, uint64_t seed)
{
	struct retry_clock now = { now_ms, now_ms, now_ms - DAY };

	return retry_next_ms(&rule, accepted, &now, attempt, attempt, seed);
}

TEST(retry_next_is_a_wait_away_until_the_expiry)
{
	static const struct {
		const char *what;
		int64_t now;
		uint32_t attempt;
		int64_t least, most; /* from now; 0, 0: give up */
	} t[] = {
		{ "the first", 0, 1, 52 * S, 68 * S },
		{ "the third", H, 3, 26 * MIN, 34 * MIN },
		{ "one last at the expiry", 5 * (int64_t)DAY - MIN, 60, MIN, MIN },
		{ "the expiry", 5 * (int64_t)DAY, 61, 0, 0 },
		{ "long after it: the server was off", 9 * (int64_t)DAY, 2, 0, 0 },
		{ "the clock went back: two attempts are young", -9 * (int64_t)DAY, 2, 4 * MIN,
		  6 * MIN },
		{ "the clock went back: a hundred are not", -9 * (int64_t)DAY, 100, 0, 0 },
	};
	EACH_ROW(t) {
		int64_t now = accepted + t[row].now;
		int64_t got = next_at(now, t[row].attempt, 77);

		if (!t[row].most) {
			CHECK_INT(got, 0);
			continue;
		}
		CHECK(got - now >= t[row].least);
		CHECK(got - now <= t[row].most);
	}
}

/* Followed attempt by attempt, a message is tried until its expiry, and once there. */
TEST(retry_makes_a_last_attempt_at_the_expiry)
{
	for (uint64_t seed = 1; seed < 20; seed++) {
		int64_t now = accepted, next;
		uint32_t attempt = 1;

		while ((next = next_at(now, attempt, seed)) != 0) {
			CHECK(next > now);
			now = next;
			attempt++;
		}
		CHECK_INT(now, accepted + rule.expiry_ms);
		CHECK(attempt > 55 && attempt < 75);
	}
}

/* The clock may be set right or wrong at any time: what was tried twice is not given up for it. */
TEST(retry_no_jump_of_the_clock_expires_a_message)
{
	static const int64_t d = DAY;
	static const struct {
		const char *what;
		int64_t wall, steady, started; /* from the acceptance */
		uint32_t attempt;
		bool goes_on;
	} t[] = {
		{ "forward, while it waits", 10 * d, 6 * MIN, -H, 2, true },
		{ "forward, before it came", 6 * MIN, -10 * d, -11 * d, 2, true },
		{ "back, before it came", 6 * MIN, 10 * d, 9 * d, 2, true },
		{ "back, while it waits", -10 * d, 6 * MIN, -H, 2, true },
		{ "forward, while the server was off", 10 * d, 10 * d, 10 * d, 2, true },
		{ "the same, tried for long enough", 10 * d + 4 * H, 10 * d + 4 * H, 10 * d, 6,
		  false },
		{ "the same, and starts without end", 10 * d, 10 * d, 10 * d, 100, false },
		{ "no jump, and it is old", 5 * d, 5 * d, -d, 60, false },
	};
	EACH_ROW(t) {
		struct retry_clock now = { accepted + t[row].wall, accepted + t[row].steady,
			                   accepted + t[row].started };
		int64_t next =
		        retry_next_ms(&rule, accepted, &now, t[row].attempt, t[row].attempt, 77);

		if (t[row].goes_on)
			CHECK(next > now.wall_ms && next <= now.wall_ms + 6 * MIN);
		else
			CHECK_INT(next, 0);
	}
}

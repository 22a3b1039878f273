/* queue/health: when a destination is left alone, and when it is tried again. */
#include "queue/schedule/health.h"

#include "test.h"

static const struct retry_rule rule = { .waits_ms = { 1000, 4000 }, .n = 2, .expiry_ms = 1 << 30 };
static const struct health_cause cause = { .class = 20, .text = "connection refused" };

static void fail(struct health *h, unsigned n, int64_t now_at)
{
	while (n--)
		health_failed(h, &rule, 1, now_at, &cause);
}

TEST(health_dies_of_failures_in_a_row)
{
	static const struct {
		unsigned before, good, after;
		bool dead;
	} t[] = {
		{ HEALTH_DEAD_AFTER - 1, 0, 0, false },
		{ HEALTH_DEAD_AFTER, 0, 0, true },
		{ HEALTH_DEAD_AFTER - 1, 1, HEALTH_DEAD_AFTER - 1, false },
		{ HEALTH_DEAD_AFTER, 1, 0, false },
		{ HEALTH_DEAD_AFTER, 1, HEALTH_DEAD_AFTER - 1, false },
		{ HEALTH_DEAD_AFTER, 1, HEALTH_DEAD_AFTER, true },
	};
	EACH_ROW(t) {
		struct health h = { 0 };

		fail(&h, t[row].before, 0);
		if (t[row].good)
			health_good(&h);
		fail(&h, t[row].after, 0);
		CHECK_INT(health_is_dead(&h, 0), t[row].dead);
		if (t[row].dead)
			CHECK_STR(h.cause->text, "connection refused");
		health_fini(&h);
	}
}

TEST(health_probes_after_a_while_that_grows)
{
	struct health h = { 0 };

	fail(&h, HEALTH_DEAD_AFTER, 0);
	CHECK(health_is_dead(&h, 800));
	CHECK(!health_is_probing(&h, 800));
	CHECK(!health_is_dead(&h, 1200));
	CHECK(health_is_probing(&h, 1200));

	/* Attempts that began before it was found dead prolong nothing. */
	fail(&h, 30, 10);
	CHECK_INT(h.rounds, 1);
	CHECK(health_is_probing(&h, 1200));

	/* The probe fails: one failure is enough now, and the next while is longer. */
	fail(&h, 1, 1200);
	CHECK_INT(h.rounds, 2);
	CHECK(health_is_dead(&h, 1200 + 3400));
	CHECK(health_is_probing(&h, 1200 + 4600));

	health_good(&h);
	CHECK(!health_is_probing(&h, 1200 + 4600));
	CHECK_INT(h.failures, 0);
	health_fini(&h);
}

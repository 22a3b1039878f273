/* When a role is started again: src/role/README.md says 100 ms, then 200 ms, up to 5 s. */
#include "role/child.h"

#include "base/clock.h"
#include "test.h"

enum { NOW = 1000000 };

TEST(child_is_due_when_it_was_never_started)
{
	struct child c = { 0 };

	CHECK(child_due(&c, NOW));
	CHECK_INT(child_wait_ms(&c, 1, NOW), 0);
	child_started(&c, 7, 3, NOW);
	CHECK_INT(c.pid, 7);
	CHECK_INT(c.sock, 3);
	CHECK(!c.ready);
	CHECK(!child_due(&c, CLOCK_NEVER - 1));
	CHECK_INT(child_wait_ms(&c, 1, NOW), -1);
}

TEST(child_backs_off)
{
	static const int64_t waits_ms[] = { 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000 };
	struct child c = { 0 };
	int64_t at = NOW;

	EACH_ROW(waits_ms) {
		child_started(&c, 7, 3, at);
		c.ready = true;
		at += 5; /* it runs for a moment */
		child_ended(&c, at);
		CHECK_INT(c.pid, 0);
		CHECK(!c.ready);
		CHECK_INT(child_wait_ms(&c, 1, at), waits_ms[row]);
		CHECK(!child_due(&c, at + waits_ms[row] - 1));
		at += waits_ms[row];
		CHECK(child_due(&c, at));
		CHECK_INT(child_wait_ms(&c, 1, at), 0);
		CHECK_INT(child_wait_ms(&c, 1, at + 60000), 0); /* late is due */
	}
}

/* Ten seconds of service wipe out what was before; not quite ten do not. */
TEST(child_that_was_steady_begins_anew)
{
	static const struct {
		int64_t ran_ms, wait_ms;
	} t[] = { { 0, 400 }, { CHILD_STEADY_MS, 400 }, { CHILD_STEADY_MS + 1, 100 } };

	EACH_ROW(t) {
		struct child c = { .backoff_ms = 200 };
		child_started(&c, 7, 3, NOW);
		child_ended(&c, NOW + t[row].ran_ms);
		CHECK_INT(child_wait_ms(&c, 1, NOW + t[row].ran_ms), t[row].wait_ms);
	}
}

/* It cannot be forked: that is no end of it, and costs it no step of its backoff. */
TEST(child_that_was_put_off)
{
	struct child c = { 0 };

	child_put_off(&c, NOW);
	CHECK_INT(child_wait_ms(&c, 1, NOW), 5000);
	CHECK(!child_due(&c, NOW + 4999));
	child_started(&c, 7, 3, NOW + 5000);
	child_ended(&c, NOW + 5001);
	CHECK_INT(child_wait_ms(&c, 1, NOW + 5001), 100);
}

TEST(child_that_is_first_is_waited_for)
{
	struct child c[3] = { 0 };

	for (int i = 0; i < 3; i++)
		child_started(&c[i], 7 + i, 3, NOW);
	CHECK_INT(child_wait_ms(c, 3, NOW), -1);
	c[1].backoff_ms = 800;
	child_ended(&c[1], NOW);
	child_ended(&c[2], NOW + 50);
	CHECK_INT(child_wait_ms(c, 3, NOW + 50), 100);
	CHECK_INT(child_wait_ms(c, 2, NOW + 50), 1550);
	CHECK_INT(child_wait_ms(c, 3, NOW + 120), 30);
}

/* threats 3.23: wrong passwords are limited by source, and only there. */
#include "auth/guesses.h"

#include <stdio.h>

#include "test.h"

static int tries(const char *client, int n, int64_t now_at)
{
	int permitted = 0;
	for (int i = 0; i < n; i++)
		permitted += guesses_begin(span_str(client), now_at) == 0;
	return permitted;
}

TEST(guesses_burst_then_rate)
{
	CHECK_INT(tries("192.0.2.1", 100, 1000), GUESSES_BURST);
	CHECK_INT(guesses_begin(SPAN("192.0.2.1"), 1000), ERR_LIMIT);
	CHECK_INT(tries("192.0.2.2", 1, 1000), 1); /* others are free */
	CHECK_INT(tries("192.0.2.1", 10, 1000 + GUESSES_EACH_MS - 1), 0);
	CHECK_INT(tries("192.0.2.1", 10, 1000 + GUESSES_EACH_MS), 1);
	CHECK_INT(tries("192.0.2.1", 100, 1000 + 1000 * GUESSES_EACH_MS), GUESSES_BURST);
	guesses_close();
}

TEST(guesses_that_are_right_cost_nothing)
{
	for (int i = 0; i < 100; i++) {
		CHECK_INT(guesses_begin(SPAN("192.0.2.1"), 1000), 0);
		guesses_right(SPAN("192.0.2.1"));
	}
	guesses_right(SPAN("192.0.2.9"));
	guesses_close();
}

TEST(guesses_by_network_of_ipv6)
{
	CHECK_INT(tries("2001:db8:1:2::1", 100, 1000), GUESSES_BURST);
	CHECK_INT(tries("2001:db8:1:2:ffff::9", 1, 1000), 0); /* the same /64 */
	CHECK_INT(tries("2001:db8:1:3::1", 1, 1000), 1);
	CHECK_INT(tries("nonsense", 100, 1000), 100);
	CHECK_INT(tries("", 1, 1000), 1);
	guesses_close();
}

TEST(guesses_are_bounded)
{
	char text[32];
	for (int i = 0; i < GUESSES_SOURCES_MAX + 100; i++) {
		snprintf(text, sizeof text, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
		CHECK_INT(guesses_begin(span_str(text), 1000), 0);
	}
	/* Full of debtors: the next is let through; once they have paid there is room again. */
	CHECK_INT(tries("192.0.2.1", 100, 1000), 100);
	CHECK_INT(tries("192.0.2.1", 100, 1000 + GUESSES_EACH_MS), GUESSES_BURST);
	guesses_close();
}

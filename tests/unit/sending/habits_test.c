/* The signs of an account that sends like a spammer. */
#include "sending/habits.h"

#include <stdio.h>

#include "test.h"

static const struct settings set = { .limits_hold_unknown = "3/h",
	                             .limits_hold_over = "off",
	                             .limits_hold_networks = "3/h" };

TEST(habits_unknown)
{
	struct habits h = { 0 };
	char why[HABITS_WHY_BYTES];

	CHECK(!habits_unknown(&h, &set, 0, 1000, why));
	CHECK(!habits_unknown(&h, &set, 3, 1000, why));
	CHECK(habits_unknown(&h, &set, 1, 2000, why));
	CHECK_STR(why, "4 recipients that there is no such user for within an hour");
	CHECK(!habits_unknown(&h, &set, 3, 3 * 3600 * 1000, why)); /* long after */
	CHECK(!habits_over(&h, &set, 1000, why));                  /* off */
}

TEST(habits_networks)
{
	static const struct {
		const char *client;
		int64_t now_at;
		bool sign;
	} t[] = {
		{ "192.0.2.1", 1000, false },
		{ "192.0.2.200", 1000, false }, /* the same /24 */
		{ "::ffff:192.0.2.3", 1000, false },
		{ "", 1000, false },
		{ "2001:db8:1:2::1", 1000, false },
		{ "2001:db8:1:3::1", 1000, false }, /* the same /48 */
		{ "198.51.100.1", 1000, false },
		{ "203.0.113.1", 2000, true },
		{ "203.0.113.1", 3600999 + 3600000, false },
	};
	struct habits h = { 0 };
	char why[HABITS_WHY_BYTES];

	for (size_t i = 0; i < N_ELEMS(t); i++)
		CHECK_INT(habits_network(&h, &set, span_str(t[i].client), t[i].now_at, why),
		          t[i].sign);
	for (unsigned i = 0; i < 3 * CONFIG_NETWORKS_MAX;
	     i++) { /* never more than there is room for */
		char client[32];

		snprintf(client, sizeof client, "10.0.%u.1", i);
		(void)habits_network(&h, &set, span_str(client), 90000000 + i, why);
	}
	CHECK_STR(why, "sent from 62 networks within an hour");
}

/* threats 3.23: debts of wrong passwords. */
#include "auth/guesses.h"

#include "test.h"

enum { AT = 1000, KEY = 7, OTHER = KEY + GUESSES_SETS };

static int tries(uint64_t key, int n, int64_t now_at)
{
	int permitted = 0;

	for (int i = 0; i < n; i++)
		if (!guesses_exhausted(key, now_at)) {
			guesses_wrong(key, now_at);
			permitted++;
		}
	return permitted;
}

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
	EACH_ROW(t) {
		CHECK_INT(tries(KEY, 100, AT + t[row].after_ms), t[row].permitted);
		CHECK_INT(tries(OTHER, 100, AT + t[row].after_ms), t[row].permitted);
	}
	guesses_close();
}

/* Attempts under way are no failures; those that were wrong all count, however many at once. */
TEST(guesses_count_when_they_were_wrong)
{
	for (int i = 0; i < 3 * GUESSES_BURST; i++)
		CHECK(!guesses_exhausted(KEY, AT));
	for (int i = 0; i < 3 * GUESSES_BURST; i++)
		guesses_wrong(KEY, AT);
	CHECK(guesses_exhausted(KEY, AT + 2 * GUESSES_BURST * GUESSES_EACH_MS));
	CHECK(!guesses_exhausted(KEY, AT + (2 * GUESSES_BURST + 1) * GUESSES_EACH_MS));
	guesses_close();
}

/* In a full set the smallest debt makes way, and the newcomer is limited as ever. */
TEST(guesses_a_full_set)
{
	CHECK_INT(tries(KEY, 100, AT), GUESSES_BURST);
	for (uint64_t i = 1; i < 3 * GUESSES_WAYS; i++)
		guesses_wrong(KEY + i * GUESSES_SETS, AT);
	CHECK_INT(tries(KEY, 100, AT), 0);
	CHECK_INT(tries(KEY + 9999 * (uint64_t)GUESSES_SETS, 100, AT), GUESSES_BURST);
	guesses_close();
}

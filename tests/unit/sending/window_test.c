/* A window of time: what was sent counts for one period, and not at once for nothing after it. */
#include "sending/window.h"

#include "base/clock.h"
#include "test.h"

TEST(rates)
{
	static const struct {
		const char *text;
		int result;
		size_t n;
		uint32_t count;
		int64_t period_ms;
	} t[] = {
		{ "", 0, 0, 0, 0 },
		{ "off", 0, 0, 0, 0 },
		{ "200/h", 0, 1, 200, 3600000 },
		{ "  200/h   1000/d ", 0, 2, 200, 3600000 },
		{ "1/s 2/m 3/h 4/d", 0, 4, 1, 1000 },
		{ "200", ERR_SYNTAX, 0, 0, 0 },
		{ "/h", ERR_SYNTAX, 0, 0, 0 },
		{ "0/h", ERR_SYNTAX, 0, 0, 0 },
		{ "1/hh", ERR_SYNTAX, 0, 0, 0 },
		{ "1/w", ERR_SYNTAX, 0, 0, 0 },
		{ "-1/h", ERR_SYNTAX, 0, 0, 0 },
		{ "1/h/d", ERR_SYNTAX, 0, 0, 0 },
		{ "100000001/d", ERR_SYNTAX, 0, 0, 0 },
		{ "1/s 1/s 1/s 1/s 1/s", ERR_SYNTAX, 0, 0, 0 },
	};

	for (size_t i = 0; i < N_ELEMS(t); i++) {
		struct config_rates got = { 0 };

		CHECK_INT(config_rates_parse(span_str(t[i].text), &got), t[i].result);
		CHECK_INT(got.n, t[i].n);
		CHECK_INT(got.v[0].count, t[i].count);
		CHECK_INT(got.v[0].period_ms, t[i].period_ms);
	}
}

/* Whenever it says that more fits, it does; a moment before, it does not. */
TEST(window_opens_when_it_says)
{
	static const struct config_rate rate = { 200, 3600000 };
	struct window w = { 0 };
	int64_t now_at = 1000;
	uint64_t chance = 7;

	for (unsigned i = 0; i < 2000; i++) {
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		uint32_t n = 1 + (uint32_t)(chance >> 33) % 60;
		int64_t at = window_opens_at(&w, &rate, n, now_at);

		CHECK(at >= now_at);
		if (at > now_at) {
			struct window before = w;
			CHECK(window_use(&before, rate.period_ms, at - 1000) + n > rate.count);
		}
		now_at = at;
		CHECK(window_use(&w, rate.period_ms, now_at) + n <= rate.count);
		window_add(&w, rate.period_ms, n, now_at);
		now_at += (int64_t)(chance >> 40) % 100000;
	}
}

TEST(window_forgets)
{
	static const struct config_rate rate = { 10, 1000 };
	struct window w = { 0 };

	window_add(&w, 1000, 10, 5000);
	CHECK_INT(window_use(&w, 1000, 5999), 10);
	CHECK_INT(window_use(&w, 1000, 6000), 10); /* nothing is free at once */
	CHECK_INT(window_use(&w, 1000, 6500), 5);
	CHECK_INT(window_opens_at(&w, &rate, 6, 6500), 6600);
	CHECK_INT(window_opens_at(&w, &rate, 11, 6500), CLOCK_NEVER);
	CHECK_INT(window_use(&w, 1000, 7000), 0);
	window_add(&w, 1000, 3, 7000);
	window_take_back(&w, 5);
	CHECK_INT(window_use(&w, 1000, 7000), 0);
}

/* Time and chance: the system's, or those that were given. */
#include "base/os.h"

#include "base/clock.h"
#include "test.h"

static int64_t given_now_at(void *arg)
{
	return *(int64_t *)arg;
}

static int64_t given_wall_time_ms(void *arg)
{
	return *(int64_t *)arg + 1000;
}

static void given_random(void *arg, void *out, size_t n)
{
	(void)arg;
	memset(out, 0x5a, n);
}

TEST(time_and_chance_may_be_given)
{
	int64_t now = 77;
	const struct os os = { given_now_at, given_wall_time_ms, given_random, &now };
	unsigned char octets[3] = { 0 };
	const struct os *before = os_use(&os);

	CHECK_INT(clock_now_at(), 77);
	CHECK_INT(clock_wall_time_ms(), 1077);
	os_random(octets, 2);
	CHECK(octets[0] == 0x5a && octets[1] == 0x5a && octets[2] == 0);
	CHECK(os_use(NULL) == &os);
	CHECK(os_use(before) == before);
	CHECK(clock_wall_time_ms() > 1577836800000); /* 2020 */
}

TEST(the_system_gives_other_octets_each_time)
{
	static char big[100000], zero[sizeof big];
	uint64_t a[2] = { 0 }, b[2] = { 0 };

	os_random(a, sizeof a);
	os_random(b, sizeof b);
	CHECK(memcmp(a, b, sizeof a) != 0);
	os_random(big, sizeof big); /* more than the system gives at once */
	CHECK(memcmp(big + sizeof big / 2, zero, sizeof big / 2) != 0);
}

TEST(os_memmem_finds_the_first)
{
	static const struct {
		struct span s, needle;
		ptrdiff_t at;
	} t[] = {
		{ SPAN("abcabc"), SPAN("bc"), 1 }, { SPAN("aab"), SPAN("ab"), 1 },
		{ SPAN("abc"), SPAN("abcd"), -1 }, { SPAN("abc"), SPAN("c"), 2 },
		{ SPAN("a\0b"), SPAN("\0b"), 1 },  { SPAN("abab"), SPAN("abb"), -1 },
	};
	EACH_ROW(t) {
		struct span s = exact(t[row].s), needle = exact(t[row].needle);
		const char *at = os_memmem(s.p, s.n, needle.p, needle.n);

		CHECK_INT(at ? at - s.p : -1, t[row].at);
	}
}

TEST(a_secret_is_wiped)
{
	char secret[] = "correct horse", zero[sizeof secret] = "";

	os_wipe(secret, sizeof secret);
	CHECK(memcmp(secret, zero, sizeof secret) == 0);
}

/* Verdicts that are remembered, and when no more. */
#include "inspect/virus/known.h"

#include "test.h"

static bool knows(const unsigned char hash[], int64_t at, struct span want)
{
	struct span virus;

	if (!virus_known_get(hash, at, &virus))
		return false;
	CHECK_SPAN(virus, want);
	return true;
}

TEST(a_verdict_is_kept_until_it_may_be_another)
{
	static const unsigned char a[32] = { 1 }, b[32] = { 2 }, like_a[32] = { 1, [31] = 1 };

	virus_known_version(SPAN("ClamAV 1/1"));
	CHECK(!knows(a, 1, SPAN("")));
	virus_known_put(a, SPAN(""), 1);
	virus_known_put(b, SPAN("Own.Virus"), 1);
	CHECK(knows(a, 1, SPAN("")));
	CHECK(knows(b, VIRUS_KNOWN_MS, SPAN("Own.Virus")));
	CHECK(!knows(like_a, 1, SPAN("")));
	CHECK(!knows(a, VIRUS_KNOWN_MS + 1, SPAN("")));
	virus_known_version(SPAN("ClamAV 1/1"));
	CHECK(knows(a, 1, SPAN("")));
	virus_known_put(like_a, SPAN(""), 1); /* it takes its place */
	CHECK(!knows(a, 1, SPAN("")));
	virus_known_version(SPAN("ClamAV 1/2"));
	CHECK(!knows(b, 1, SPAN("")));
}

/* Counters: what is learned, taken back, and what a score makes of it. */
#include "test.h"

#include "classify/table.h"

enum { N = 30, BITS = 12, MEMORY = 64 };

static uint32_t hash(uint32_t of)
{
	return of * 2654435761u ^ of << 7;
}

/* The i-th message of a kind: words that its like has too, and some of its own. */
static void message(uint32_t *hashes, bool spam, uint32_t i)
{
	for (uint32_t k = 0; k < N; k++)
		hashes[k] =
		        hash(k < 20 ? 1 + k + (spam ? 1000 : 0) : 10000 + (i * 2 + spam) * N + k);
}

static void learn(struct classify_table *t, bool spam, uint32_t from, uint32_t n)
{
	uint32_t hashes[N];

	for (uint32_t i = from; i < from + n; i++) {
		message(hashes, spam, i);
		(void)classify_learn(t, hashes, N, spam);
	}
}

static int score_of(const struct classify_table *server, const struct classify_table *own,
                    bool spam, uint32_t i)
{
	struct classify_score s;
	uint32_t hashes[N];

	message(hashes, spam, i);
	classify_score(server, own, hashes, N, &s);
	return s.score;
}

static bool same(const struct classify_table *a, const struct classify_table *b)
{
	return a->ham == b->ham && a->spam == b->spam && a->told_ham == b->told_ham &&
	       a->told_spam == b->told_spam &&
	       memcmp(a->pairs, b->pairs, sizeof *a->pairs << a->bits) == 0;
}

#define AUTO_TABLE AUTO(classify_table_fini) struct classify_table

TEST(nothing_learned_is_no_opinion)
{
	AUTO_TABLE t;
	CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
	CHECK_INT(score_of(&t, NULL, true, 1), 0);
	CHECK_INT(score_of(NULL, NULL, true, 1), 0);
	struct classify_score s;
	classify_score(&t, NULL, NULL, 0, &s);
	CHECK_INT(s.score, 0);
	CHECK_INT(s.n_why, 0);
}

TEST(the_like_is_told_apart_and_why)
{
	AUTO_TABLE t;
	struct classify_score s;
	uint32_t hashes[N];

	CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
	learn(&t, true, 0, 5);
	learn(&t, false, 0, 5);
	CHECK(score_of(&t, NULL, true, 99) > 20);
	CHECK(score_of(&t, NULL, false, 99) < -20);
	message(hashes, true, 99);
	classify_score(&t, NULL, hashes, N, &s);
	CHECK_INT(s.n_why, CLASSIFY_WHY_MAX);
	for (size_t i = 0; i < s.n_why; i++)
		CHECK(s.why[i] < 20); /* the words that its like has */
}

/* The more often it was told, the surer. */
TEST(scores_rise)
{
	int last = 0;

	for (uint32_t n = 1; n < 4; n++) {
		AUTO_TABLE t;
		CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
		learn(&t, true, 0, n);
		learn(&t, false, 0, n);
		int now = score_of(&t, NULL, true, 99);
		CHECK(now >= last);
		last = now;
	}
}

TEST(told_again_is_not_counted_again)
{
	AUTO_TABLE t, before;
	uint32_t hashes[N];

	CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
	CHECK_INT(classify_table_init(&before, BITS, MEMORY), 0);
	learn(&t, true, 0, 3);
	learn(&before, true, 0, 3);
	message(hashes, true, 1);
	CHECK_INT(classify_learn(&t, hashes, N, true), CLASSIFY_REPEATED);
	CHECK(same(&t, &before));
}

/* As if it had never been told the other way round. */
TEST(told_the_other_way_round_is_taken_back)
{
	AUTO_TABLE t, want;
	uint32_t hashes[N];

	CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
	CHECK_INT(classify_table_init(&want, BITS, MEMORY), 0);
	learn(&t, false, 0, 2);
	learn(&want, false, 0, 2);
	message(hashes, true, 7);
	CHECK_INT(classify_learn(&t, hashes, N, true), CLASSIFY_COUNTED);
	CHECK_INT(classify_learn(&t, hashes, N, false), CLASSIFY_TURNED);
	CHECK_INT(classify_learn(&want, hashes, N, false), CLASSIFY_COUNTED);
	CHECK(same(&t, &want));
	CHECK_INT(classify_learn(&t, hashes, N, false), CLASSIFY_REPEATED);
}

/* What it is sure of is told and not counted, and can be taken back all the same. */
TEST(what_is_known_is_not_counted)
{
	AUTO_TABLE t;
	uint32_t hashes[N];

	CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
	learn(&t, true, 0, 30);
	learn(&t, false, 0, 30);
	CHECK_INT(t.told_spam, 30);
	CHECK(t.spam < 30);
	message(hashes, true, 200);
	uint32_t counted = t.spam, told = t.told_spam;
	CHECK_INT(classify_learn(&t, hashes, N, true), CLASSIFY_KNOWN);
	CHECK_INT(classify_learn(&t, hashes, N, true), CLASSIFY_REPEATED);
	CHECK_INT(t.spam, counted);
	CHECK_INT(t.told_spam, told + 1);
	CHECK_INT(classify_learn(&t, hashes, N, false), CLASSIFY_TURNED);
	CHECK_INT(t.spam, counted);
	CHECK_INT(t.told_spam, told);
}

/* What one has told counts for him, over what the server thinks. */
TEST(an_account_s_word_weighs)
{
	AUTO_TABLE server, own;

	CHECK_INT(classify_table_init(&server, BITS, MEMORY), 0);
	CHECK_INT(classify_table_init(&own, BITS, MEMORY), 0);
	learn(&server, true, 0, 4);
	learn(&server, false, 0, 4);
	uint32_t hashes[N];
	for (uint32_t i = 50; i < 54; i++) { /* likes what others do not */
		message(hashes, true, i);
		(void)classify_learn(&own, hashes, N, false);
	}
	CHECK(score_of(&server, &own, true, 99) < score_of(&server, NULL, true, 99));
}

TEST(octets_and_back)
{
	AUTO_TABLE t, got, other;
	AUTO_BUF octets = BUF(1 << 20);

	CHECK_INT(classify_table_init(&t, BITS, MEMORY), 0);
	CHECK_INT(classify_table_init(&got, BITS, MEMORY), 0);
	CHECK_INT(classify_table_init(&other, BITS + 1, MEMORY), 0);
	learn(&t, true, 0, 3);
	learn(&t, false, 0, 2);
	CHECK_INT(classify_table_pack(&t, &octets), 0);
	CHECK_INT(classify_table_unpack(exact(buf_span(&octets)), &got), 0);
	CHECK(same(&t, &got));
	uint32_t hashes[N];
	message(hashes, true, 1);
	CHECK_INT(classify_learn(&got, hashes, N, true), CLASSIFY_REPEATED); /* it remembers */
	CHECK_INT(classify_table_unpack(exact(buf_span(&octets)), &other), ERR_CORRUPT);
	for (size_t n = 0; n < octets.n; n += 1 + n / 50) {
		int r = classify_table_unpack(exact(span_sub(buf_span(&octets), 0, n)), &got);
		CHECK(r == 0 || r == ERR_CORRUPT);
	}
}

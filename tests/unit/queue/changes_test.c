/* queue/changes: the latest records, bounded, in order. */
#include "queue/changes/changes.h"

#include "test.h"

static void add(struct changes *c, uint64_t seq, uint64_t message, struct span text)
{
	struct record_change f = {
		.seq = seq, .message = message, .text = text, .state = RECIPIENT_QUEUED
	};

	changes_add(c, &f);
}

TEST(events_are_kept_up_to_a_number)
{
	struct changes c;

	CHECK_INT(changes_init(&c, 4, 1 << 20, 100), 0);
	CHECK_INT(c.from_seq, 101);
	for (uint64_t seq = 101; seq <= 110; seq++) {
		add(&c, seq, 1, (struct span)SPAN("x"));
		CHECK_INT(c.last_seq, seq);
		CHECK_INT(c.from_seq, seq <= 104 ? 101 : seq - 3);
	}
	changes_fini(&c);
}

TEST(events_are_kept_up_to_their_octets)
{
	static const char words[1000];
	struct changes c;

	CHECK_INT(changes_init(&c, 100, 4000, 0), 0);
	for (uint64_t seq = 1; seq <= 50; seq++) {
		add(&c, seq, 1, span_make(words, sizeof words));
		CHECK(c.octets <= 4000);
	}
	CHECK_INT(c.n, 3);
	CHECK_INT(c.from_seq, 48);
	changes_fini(&c);
}

TEST(events_are_given_in_order_from_a_place)
{
	static const struct {
		uint64_t after, message;
		size_t max;
		uint64_t first; /* 0: none */
		size_t n;
		uint64_t seq; /* to go on from */
	} t[] = {
		{ 0, 0, 100, 1, 9, 20 },   { 0, 0, 3, 1, 3, 3 },     { 4, 0, 2, 5, 2, 6 },
		{ 0, 2, 100, 2, 3, 20 },   { 0, 2, 2, 2, 2, 6 },     { 5, 2, 100, 6, 2, 20 },
		{ 20, 0, 100, 0, 0, 20 },  { 0, 77, 100, 0, 0, 20 }, { 8, 0, 100, 20, 1, 20 },
		{ 19, 0, 100, 20, 1, 20 },
	};
	struct changes c;

	/* Messages 1, 2, 1 | 1, 1, 2 ... by seq; 9 to 19 were never kept. */
	CHECK_INT(changes_init(&c, 100, 1 << 20, 0), 0);
	for (uint64_t seq = 1; seq <= 8; seq++)
		add(&c, seq, seq == 2 || seq == 6 ? 2 : 1, (struct span)SPAN("x"));
	add(&c, 20, 2, (struct span)SPAN("last"));
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct queue_changes_reply got;

		CHECK_INT(changes_get(&c, t[row].after, t[row].message, t[row].max, &mem, &got), 0);
		CHECK_INT(got.n_records, t[row].n);
		CHECK_INT(got.seq, t[row].seq);
		if (got.n_records)
			CHECK_INT(got.records[0].seq, t[row].first);
		for (size_t i = 1; i < got.n_records; i++)
			CHECK(got.records[i].seq > got.records[i - 1].seq);
	}
	changes_fini(&c);
}

TEST(events_fill_no_more_than_one_reply)
{
	static const char words[50000];
	AUTO_ARENA mem = { 0 };
	struct queue_changes_reply got = { 0 };
	struct changes c;
	uint64_t after = 0;
	size_t n = 0;

	CHECK_INT(changes_init(&c, 100, 100 << 20, 0), 0);
	for (uint64_t seq = 1; seq <= 50; seq++)
		add(&c, seq, 1, span_make(words, sizeof words));
	do {
		CHECK_INT(changes_get(&c, after, 0, 100, &mem, &got), 0);
		CHECK(got.n_records < 20);
		n += got.n_records;
		after = got.seq;
	} while (got.n_records);
	CHECK_INT(n, 50);
	changes_fini(&c);
}

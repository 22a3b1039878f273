/* base/map.h, against a plain array. */
#include "test.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/map.h"

TEST(map_keys_are_octets)
{
	static const struct {
		struct span a, b;
		bool same;
	} t[] = {
		{ SPAN("a"), SPAN("a"), true },
		{ SPAN("a"), SPAN("A"), false },
		{ SPAN(""), { NULL, 0 }, true },
		{ SPAN("a\0b"), SPAN("a\0c"), false },
		{ SPAN("a"), SPAN("a\0"), false },
		{ SPAN("12345678"), SPAN("12345678"), true },
		{ SPAN("123456789"), SPAN("12345678"), false },
	};
	EACH_ROW(t) {
		struct map m = { 0 };
		struct span a = exact(t[row].a), b = exact(t[row].b);
		int value;
		void *old = &m;

		CHECK(map_get(&m, a) == NULL);
		CHECK_INT(map_put(&m, a, &value, &old), 0);
		CHECK(old == NULL);
		CHECK_INT(map_get(&m, b) == &value, t[row].same);
		CHECK_INT(map_hash(a) == map_hash(b), t[row].same);
		CHECK_INT(map_remove(&m, b) == &value, t[row].same);
		CHECK_INT(m.n, t[row].same ? 0 : 1);
		map_fini(&m);
	}
}

TEST(map_refuses_null)
{
	struct map m = { 0 };
	int value;
	void *old = &m;

	CHECK_INT(map_put(&m, SPAN("a"), NULL, &old), ERR_BUG);
	CHECK(old == &m);
	CHECK_INT(map_put(&m, SPAN("a"), &value, NULL), 0);
	CHECK_INT(map_put(&m, SPAN("a"), NULL, NULL), ERR_BUG);
	CHECK(map_get(&m, SPAN("a")) == &value);
	map_fini(&m);
}

TEST(map_replaces_value_and_key)
{
	struct map m = { 0 };
	struct span first = exact(SPAN("key"));
	int a, b;
	void *old;

	CHECK_INT(map_put(&m, first, &a, NULL), 0);
	CHECK_INT(map_put(&m, exact(SPAN("key")), &b, &old), 0);
	CHECK(old == &a);
	/* The first key may die with its value: the map must not read it again. */
	memset((char *)first.p, 'x', first.n);
	CHECK(map_get(&m, SPAN("key")) == &b);
	CHECK_INT(m.n, 1);
	map_fini(&m);
}

struct item {
	uint64_t id;
	bool in;
	unsigned seen;
};

enum { ITEMS = 500, STEPS = 40000 };

static void check_all(const struct map *m, struct item *items, size_t n_in)
{
	struct item *it;
	size_t n = 0;

	for (size_t i = 0; i < ITEMS; i++)
		items[i].seen = 0;
	MAP_EACH(it, m) {
		it->seen++;
		n++;
	}
	CHECK_INT(n, n_in);
	CHECK_INT(m->n, n_in);
	for (size_t i = 0; i < ITEMS; i++) {
		CHECK_INT(items[i].seen, items[i].in);
		CHECK((map_get(m, MAP_KEY(items[i].id)) == &items[i]) == items[i].in);
	}
}

TEST(map_agrees_with_an_array)
{
	static struct item items[ITEMS];
	struct map m = { 0 };
	size_t n_in = 0;
	unsigned seed = 1;

	for (size_t i = 0; i < ITEMS; i++)
		items[i] = (struct item){ .id = i * 0x10001 };
	for (int step = 0; step < STEPS; step++) {
		struct item *it = &items[(unsigned)rand_r(&seed) % ITEMS];

		if (it->in)
			CHECK(map_remove(&m, MAP_KEY(it->id)) == it);
		else
			CHECK_INT(map_put(&m, MAP_KEY(it->id), it, NULL), 0);
		n_in += it->in ? (size_t)-1 : 1;
		it->in = !it->in;
		if (step % 4000 == 0)
			check_all(&m, items, n_in);
	}
	check_all(&m, items, n_in);
	/* Tombstones are swept: the table does not grow with the steps. */
	CHECK(m.room <= 2048);
	map_fini(&m);
	CHECK(map_get(&m, MAP_KEY(items[0].id)) == NULL);
}

TEST(map_walk_permits_removal)
{
	struct map m = { 0 };
	struct item *it;

	for (size_t i = 0; i < 100; i++) {
		it = calloc(1, sizeof *it);
		it->id = i;
		CHECK_INT(map_put(&m, MAP_KEY(it->id), it, NULL), 0);
	}
	MAP_EACH(it, &m) {
		CHECK(map_remove(&m, MAP_KEY(it->id)) == it);
		free(it);
	}
	CHECK_INT(m.n, 0);
	map_fini(&m);
}

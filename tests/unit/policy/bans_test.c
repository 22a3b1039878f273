/* Who does only harm is shut out, until half of it is forgiven; who did good is not. */
#include "policy/bans.h"

#include <stdio.h>

#include "fibre_harness.h"
#include "test.h"

static struct settings set = { .defence_ban_debt = 10,
	                       .defence_ban_half = 1000,
	                       .defence_contact = "call us",
	                       .server_hostname = "us.example" };

static struct address at(const char *text)
{
	struct address a;
	struct ip ip;

	CHECK_INT(ip_parse(span_str(text), &ip), 0);
	address_from_ip(&ip, 4000, &a);
	return a;
}

static bool is_shut_out(const char *text, int64_t now_at)
{
	char told[BANS_TEXT_BYTES];
	struct address a = at(text);

	return bans_text(&set, &a, now_at, told);
}

static bool harm(const char *text, enum bans_harm what, unsigned n, int64_t now_at)
{
	struct address a = at(text);
	bool shut = false;

	for (unsigned i = 0; i < n; i++)
		shut = bans_harm(&set, &a, what, now_at);
	return shut;
}

TEST(bans_come_and_go)
{
	char told[BANS_TEXT_BYTES];
	struct address a = at("192.0.2.1");

	bans_forget();
	CHECK(!harm("192.0.2.1", BANS_ERROR, 9, 5000));
	CHECK(!is_shut_out("192.0.2.1", 5000));
	CHECK(harm("192.0.2.1", BANS_ERROR, 1, 5000));
	CHECK(bans_text(&set, &a, 5999, told));
	CHECK(strstr(told, "192.0.2.1 is shut out until ") != NULL);
	CHECK(strstr(told, ": 10 errors; call us") != NULL);
	CHECK(!is_shut_out("192.0.2.2", 5999));
	CHECK(!is_shut_out("192.0.2.1", 6000)); /* 5 are left */
	CHECK(!harm("192.0.2.1", BANS_ERROR, 4, 6000));
	CHECK(harm("192.0.2.1", BANS_LOGIN, 1, 6000));
}

TEST(bans_weigh)
{
	bans_forget();
	CHECK(!harm("192.0.2.1", BANS_LOGIN, 3, 5000));
	CHECK(harm("192.0.2.1", BANS_RECIPIENT, 1, 5000));
	CHECK(!harm("192.0.2.2", BANS_LISTED, 4, 5000));
	CHECK(harm("192.0.2.2", BANS_MESSAGE, 1, 5000));
	CHECK(harm("192.0.2.3", BANS_ERROR, 100, 5000));
	CHECK(is_shut_out("192.0.2.3", 5999));
}

TEST(bans_are_for_who_does_only_harm)
{
	struct address good = at("192.0.2.1"), mixed = at("192.0.2.2");

	bans_forget();
	bans_login(&good, 5000);
	CHECK(!harm("192.0.2.1", BANS_LOGIN, 50, 6000));
	CHECK(harm("192.0.2.1", BANS_LOGIN, 50, 6000 + BANS_GOOD_MS));
	for (unsigned i = 0; i < 20; i++) {
		CHECK(!harm("192.0.2.2", BANS_ERROR, 4, 6000));
		bans_message(&mixed, 6000);
	}
	CHECK(!harm("127.0.0.1", BANS_ERROR, 100, 6000));
	CHECK(!harm("::1", BANS_ERROR, 100, 6000));
	set.defence_ban_debt = 0;
	CHECK(!harm("192.0.2.9", BANS_ERROR, 100, 6000));
	set.defence_ban_debt = 10;
}

TEST(bans_of_networks)
{
	bans_forget();
	CHECK(harm("2001:db8:1:2::1", BANS_ERROR, 10, 5000));
	CHECK(is_shut_out("2001:db8:1:2:3::4", 5000)); /* its /64 */
	CHECK(!is_shut_out("2001:db8:1:3::1", 5000));
	CHECK(harm("::ffff:192.0.2.1", BANS_ERROR, 10, 5000));
	CHECK(is_shut_out("192.0.2.1", 5000));
}

/* Many others do not wash away who is shut out. */
TEST(bans_of_many)
{
	bans_forget();
	CHECK(harm("192.0.2.1", BANS_ERROR, 10, 5000));
	for (unsigned i = 0; i < 20000; i++) {
		char text[32];
		snprintf(text, sizeof text, "10.%u.%u.1", i >> 8, i & 255);
		(void)harm(text, BANS_ERROR, 1, 5000);
	}
	CHECK(is_shut_out("192.0.2.1", 5000));
}

/* ---- over restarts ---- */

enum { KEPT_MAX = 5000 };

static struct {
	struct ban_memory rows[KEPT_MAX];
	size_t n;
	struct arena mem;
	bool away; /* the store */
} store;

static WAITS int keep(const struct ban_keep_args *a, UNUSED struct arena *mem,
                      struct ban_keep_reply *out)
{
	if (store.away)
		return ERR_UNAVAILABLE;
	CHECK(a->n_rows && a->n_rows <= BAN_MEMORY_ROWS_MAX);
	for (size_t i = 0; i < a->n_rows; i++) {
		struct ban_memory *m = store.rows;
		while (m < store.rows + store.n && !span_eq(m->source, a->rows[i].source))
			m++;
		store.n += m == store.rows + store.n;
		CHECK(store.n <= KEPT_MAX);
		m->until_ms = a->rows[i].until_ms;
		CHECK_INT(arena_copy(&store.mem, a->rows[i].source, &m->source), 0);
		CHECK_INT(arena_copy(&store.mem, a->rows[i].octets, &m->octets), 0);
	}
	out->kept = true;
	return 0;
}

/* In the order in which they came, which is as good as any. */
static WAITS int recall(const struct ban_recall_args *a, struct arena *mem,
                        struct ban_recall_reply *out)
{
	size_t at = 0;

	if (store.away)
		return ERR_UNAVAILABLE;
	while (a->after.n && at < store.n && !span_eq(store.rows[at++].source, a->after))
		continue;
	*out = (struct ban_recall_reply){ .rows = arena_array(mem, struct ban_memory,
		                                              BAN_MEMORY_ROWS_MAX) };
	for (; at < store.n && out->n_rows < BAN_MEMORY_ROWS_MAX; at++)
		if (store.rows[at].until_ms > clock_wall_time_ms())
			out->rows[out->n_rows++] = store.rows[at];
	out->more = at < store.n;
	return 0;
}

static void open_store(void)
{
	arena_fini(&store.mem);
	store.n = 0;
	store.away = false;
	ban_keep_serve(keep);
	ban_recall_serve(recall);
	bans_forget();
}

/* As a process that ends, and one that begins `ms` later. */
static WAITS void begin_anew(int64_t ms)
{
	CHECK_INT(bans_keep(&set), 0); /* WAITS */
	bans_forget();
	CHECK_INT(fibre_sleep(ms), 0); /* WAITS */
	CHECK_INT(bans_recall(), 0);   /* WAITS */
}

FIBRE_TEST(bans_outlive_a_process)
{
	char told[BANS_TEXT_BYTES];
	struct address a = at("192.0.2.1"), good = at("192.0.2.2"), order = at("2001:db8:1:2::1");

	open_store();
	CHECK(harm("192.0.2.1", BANS_ERROR, 12, loop_now_at()));
	CHECK(!harm("192.0.2.3", BANS_ERROR, 8, loop_now_at()));
	bans_login(&good, loop_now_at());
	CHECK(harm("2001:db8:1:2::1", BANS_LOGIN, 400, loop_now_at()));
	begin_anew(100); /* WAITS */
	CHECK(bans_text(&set, &a, loop_now_at(), told));
	CHECK(strstr(told, ": 10 errors; call us") != NULL);
	CHECK(!harm("192.0.2.2", BANS_LOGIN, 50, loop_now_at())); /* he has logged in */
	CHECK(!harm("192.0.2.3", BANS_ERROR, 1, loop_now_at()));
	CHECK(harm("192.0.2.3", BANS_ERROR, 1, loop_now_at())); /* 8 and 2 */
	CHECK(bans_text(&set, &order, loop_now_at(), told));
	/* What is forgiven by the time is so while nobody is there: 1,200 in seven halves are 9. */
	begin_anew(7000); /* WAITS */
	CHECK(!is_shut_out("192.0.2.1", loop_now_at()));
	CHECK(!is_shut_out("2001:db8:1:2::1", loop_now_at()));
	CHECK(harm("2001:db8:1:2::1", BANS_ERROR, 1, loop_now_at()));
	CHECK(!harm("192.0.2.1", BANS_ERROR, 9, loop_now_at())); /* of 12 nothing is left */
	bans_forget();
	arena_fini(&store.mem);
}

/* More than one call's worth; and nothing is told twice. */
FIBRE_TEST(bans_of_many_outlive_a_process)
{
	char text[32];
	size_t n = 0;

	open_store();
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(text, sizeof text, "10.%u.%u.1", i >> 8, i & 255);
		CHECK(harm(text, BANS_ERROR, 12, loop_now_at()));
	}
	begin_anew(0); /* WAITS */
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(text, sizeof text, "10.%u.%u.1", i >> 8, i & 255);
		n += is_shut_out(text, loop_now_at());
	}
	CHECK_INT(n, store.n);
	CHECK(n > 1300); /* four to a row of the table */
	store.n = 0;
	CHECK_INT(bans_keep(&set), 0); /* WAITS */
	CHECK_INT(store.n, 0);
	bans_forget();
	arena_fini(&store.mem);
}

/* The store was away: it is told all of it once it is there. */
FIBRE_TEST(bans_are_kept_later)
{
	open_store();
	store.away = true;
	CHECK(harm("192.0.2.1", BANS_ERROR, 12, loop_now_at()));
	CHECK_INT(bans_keep(&set), ERR_UNAVAILABLE); /* WAITS */
	CHECK_INT(bans_recall(), ERR_UNAVAILABLE);   /* WAITS */
	store.away = false;
	begin_anew(0); /* WAITS */
	CHECK(is_shut_out("192.0.2.1", loop_now_at()));
	bans_forget();
	arena_fini(&store.mem);
}

/* Octets that are none, an address that is none. */
FIBRE_TEST(bans_that_are_damaged)
{
	open_store();
	CHECK(harm("192.0.2.1", BANS_ERROR, 12, loop_now_at()));
	CHECK(harm("192.0.2.2", BANS_ERROR, 12, loop_now_at()));
	CHECK_INT(bans_keep(&set), 0); /* WAITS */
	store.rows[0].octets = span_sub(store.rows[0].octets, 0, 9);
	bans_forget();
	CHECK_INT(bans_recall(), 0); /* WAITS */
	CHECK(is_shut_out("192.0.2.1", loop_now_at()) != is_shut_out("192.0.2.2", loop_now_at()));
	bans_forget();
	arena_fini(&store.mem);
}

/* What stays in whose place, what ends by itself, and what outlives whom. */
#include "suppressions/suppressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fibre_harness.h"
#include "rt/loop.h"
#include "ticket/ticket.h"

#define DAY (24 * (int64_t)3600 * 1000)

static char dir[] = "/tmp/suppressions.XXXXXX";
static const struct span alice = { "alice@home.test", 15 }, bob = { "bob@home.test", 13 };

static WAITS void begin(void)
{
	static const char key[TICKET_KEY_BYTES];

	snprintf(dir, sizeof dir, "/tmp/suppressions.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(ticket_key_set(span_make(key, sizeof key)), 0);
	CHECK_INT(suppressions_start(dir), 0);
}

static void end(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[sizeof dir + 30];

	suppressions_stop();
	for (size_t i = 0; i < N_ELEMS(ends); i++) {
		snprintf(path, sizeof path, "%s/suppressions.db%s", dir, ends[i]);
		unlink(path);
	}
	CHECK_INT(rmdir(dir), 0);
}

static struct span ticket_of(struct span account, struct buf *out)
{
	struct ticket t = { .account = account,
		            .rights = TICKET_OPERATOR,
		            .until_at = clock_add(loop_now_at(), DAY) };

	CHECK_INT(ticket_seal(&t, out), 0);
	return buf_span(out);
}

static WAITS void add(struct span account, const char *address, uint8_t why, int64_t until_ms)
{
	struct suppression s = { .address = span_str(address), .why = why, .until_ms = until_ms };

	CHECK_INT(suppressions_add(account, &s), 0);
}

/* enum suppression_why of it in mail of that list; 0: it is sent to. */
static WAITS int why_of(struct span account, const char *address, const char *list)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF ticket = BUF(TICKET_OCTETS_MAX);
	struct directory_address one = { span_str(address) };
	struct suppressions_ask_args a = { ticket_of(account, &ticket), span_str(list), &one, 1 };
	struct suppressions_ask_reply got = { 0 };

	CHECK_INT(suppressions_ask(&a, &mem, &got), 0);
	return got.n_found ? got.found[0].why : 0;
}

FIBRE_TEST(suppressions_what_stays)
{
	static const struct {
		uint8_t first, then, left;
	} cases[] = {
		{ SUPPRESSION_HARD_BOUNCE, SUPPRESSION_HARD_BOUNCE, SUPPRESSION_HARD_BOUNCE },
		{ SUPPRESSION_HARD_BOUNCE, SUPPRESSION_COMPLAINT, SUPPRESSION_COMPLAINT },
		{ SUPPRESSION_HARD_BOUNCE, SUPPRESSION_UNSUBSCRIBE, SUPPRESSION_UNSUBSCRIBE },
		{ SUPPRESSION_COMPLAINT, SUPPRESSION_HARD_BOUNCE, SUPPRESSION_COMPLAINT },
		{ SUPPRESSION_UNSUBSCRIBE, SUPPRESSION_HARD_BOUNCE, SUPPRESSION_UNSUBSCRIBE },
		{ SUPPRESSION_UNSUBSCRIBE, SUPPRESSION_MANUAL, SUPPRESSION_MANUAL },
		{ SUPPRESSION_MANUAL, SUPPRESSION_COMPLAINT, SUPPRESSION_MANUAL },
	};
	char address[20];

	begin();
	CHECK(!suppressions_any(alice));
	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		snprintf(address, sizeof address, "U%zu@x.test", i);
		add(alice, address, cases[i].first, 0);
		add(alice, address, cases[i].then, 0);
		address[0] = 'u';
		CHECK_INT(why_of(alice, address, ""), cases[i].left);
		CHECK_INT(why_of(bob, address, ""), 0);
	}
	CHECK(suppressions_any(alice) && !suppressions_any(bob));
	end();
}

/* What ends by itself makes room for what does not, and for nothing that is over. */
FIBRE_TEST(suppressions_that_end)
{
	int64_t now_ms;

	begin();
	now_ms = clock_wall_time_ms();
	add(alice, "a@x.test", SUPPRESSION_MANUAL, now_ms + DAY);
	add(alice, "b@x.test", SUPPRESSION_MANUAL, now_ms + DAY);
	add(alice, "b@x.test", SUPPRESSION_HARD_BOUNCE, 0);
	CHECK_INT(why_of(alice, "a@x.test", ""), SUPPRESSION_MANUAL);
	test_time_pass(DAY + 1);
	CHECK_INT(why_of(alice, "a@x.test", ""), 0);
	CHECK_INT(why_of(alice, "b@x.test", ""), SUPPRESSION_HARD_BOUNCE);
	end();
}

FIBRE_TEST(suppressions_of_lists)
{
	struct suppression s = { .address = SPAN("u@x.test"),
		                 .list = SPAN("news"),
		                 .why = SUPPRESSION_UNSUBSCRIBE };

	begin();
	CHECK_INT(suppressions_add(alice, &s), 0);
	CHECK_INT(why_of(alice, "u@x.test", ""), 0);
	CHECK_INT(why_of(alice, "u@x.test", "other"), 0);
	CHECK_INT(why_of(alice, "u@x.test", "news"), SUPPRESSION_UNSUBSCRIBE);
	add(alice, "u@x.test", SUPPRESSION_COMPLAINT, 0);
	CHECK_INT(why_of(alice, "u@x.test", "other"), SUPPRESSION_COMPLAINT);
	end();
}

FIBRE_TEST(suppressions_outlive_a_restart_and_no_account)
{
	begin();
	add(alice, "u@x.test", SUPPRESSION_COMPLAINT, 0);
	add(bob, "u@x.test", SUPPRESSION_COMPLAINT, 0);
	suppressions_stop();
	CHECK_INT(suppressions_start(dir), 0);
	CHECK_INT(why_of(alice, "u@x.test", ""), SUPPRESSION_COMPLAINT);
	CHECK_INT(suppressions_forget(alice), 0);
	CHECK(!suppressions_any(alice));
	CHECK_INT(why_of(alice, "u@x.test", ""), 0);
	CHECK_INT(why_of(bob, "u@x.test", ""), SUPPRESSION_COMPLAINT);
	end();
}

/* People have said that they want no more: nobody begins anew without being told. */
FIBRE_TEST(suppressions_damaged)
{
	static const char garbage[4096] = "no database";
	char path[sizeof dir + 30];

	begin();
	add(alice, "u@x.test", SUPPRESSION_COMPLAINT, 0);
	suppressions_stop();
	snprintf(path, sizeof path, "%s/suppressions.db", dir);
	FILE *f = fopen(path, "w");
	CHECK(f && fwrite(garbage, sizeof garbage, 1, f) == 1 && fclose(f) == 0);
	CHECK_INT(suppressions_start(dir), ERR_CORRUPT);
	CHECK(strstr(err_str(ERR_CORRUPT), "suppressions.db") != NULL);
	end();
}

/* The queue's bounds: attempts at once, turns of destinations, memory. */
#include "office.h"

#include <stdio.h>
#include <stdlib.h>

#include "queue/state/state.h"

QUEUE_TEST(queue_limits_what_runs_at_once)
{
	office.set.delivery_concurrency = 7;
	office.set.delivery_per_destination = 3;
	office_open();
	for (unsigned i = 0; i < 10; i++)
		office_send("alice@ours.test", "slow@a.test slow@b.test slow@c.test");
	office_until_slow(7);
	office_open_gate();
	office_until_count(RECIPIENT_DELIVERED, 30);
	CHECK_INT(office.most_running, 7);
}

QUEUE_TEST(queue_limits_what_one_destination_gets)
{
	office.set.delivery_per_destination = 3;
	office_open();
	for (unsigned i = 0; i < 20; i++)
		office_send("alice@ours.test", "slow@a.test");
	office_until_slow(3);
	/* The others are not kept waiting. */
	uint64_t m = office_send("alice@ours.test", "ok@b.test");
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office.n_slow, 3);
	CHECK_INT(office.n_attempts, 4);
	office_open_gate();
	office_until_count(RECIPIENT_DELIVERED, 21);
	CHECK_INT(office.most_slow, 3);
}

static int by_recipient(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->recipient > y->recipient) - (x->recipient < y->recipient);
}

/* 100,000 recipients in the memory of a few thousand: each is delivered to once. */
QUEUE_TEST(queue_bounds_its_memory)
{
	enum { MESSAGES = 100, RCPTS = 1000, DOMAINS = 50, MEMORY = 1 << 20 };
	AUTO_BUF rcpts = BUF(1 << 20);
	size_t most = 0, n_twice = 0;

	office.set.delivery_memory = MEMORY;
	office_open();
	for (unsigned i = 0; i < RCPTS; i++)
		buf_printf(&rcpts, "%sslow%u@d%u.test", i ? " " : "", i, i % DOMAINS);
	for (unsigned i = 0; i < MESSAGES; i++) {
		office_send("alice@ours.test", buf_str(&rcpts));
		most = office.queue->schedule.octets > most ? office.queue->schedule.octets : most;
	}
	CHECK(office.queue->schedule.disk_from_ms < INT64_MAX);
	office_open_gate();
	while (office_count(RECIPIENT_DELIVERED) < MESSAGES * RCPTS &&
	       cond_wait(&office.seen_more, "deliveries") >= 0)
		most = office.queue->schedule.octets > most ? office.queue->schedule.octets : most;
	CHECK_INT(office_count(RECIPIENT_DELIVERED), MESSAGES * RCPTS);
	CHECK(most <= MEMORY);
	CHECK(most > MEMORY / 2);

	CHECK_INT(office.n_asked, MESSAGES * RCPTS);
	qsort(office.asked, office.n_asked, sizeof *office.asked, by_recipient);
	for (size_t i = 1; i < office.n_asked; i++)
		if (by_recipient(&office.asked[i - 1], &office.asked[i]) == 0)
			n_twice++;
	CHECK_INT(n_twice, 0);
	/* A state is told before its attempt has returned. */
	while (office.queue->schedule.index.n && fibre_sleep(1) >= 0)
		;
	CHECK_INT(office.queue->schedule.index.n, 0);
	CHECK_INT(office.queue->schedule.octets, 0);
	CHECK(office.queue->schedule.disk_from_ms == INT64_MAX);
}

/* What waits long gives way to what is due. */
QUEUE_TEST(queue_makes_room_for_what_is_due)
{
	static const char *waits[] = { "4h" };
	enum { N = 300 };

	office.set.delivery_retry = (struct settings_list){ waits, 1 };
	office.set.delivery_memory = 40000;
	office_open();
	for (unsigned i = 0; i < N; i++) {
		char to[32];

		snprintf(to, sizeof to, "full@d%u.test", i);
		office_send("alice@ours.test", to);
	}
	office_until_count(RECIPIENT_DEFERRED, N);
	for (unsigned i = 0; i < N; i++)
		office_send("alice@ours.test", "ok@a.test");
	office_until_count(RECIPIENT_DELIVERED, N);
	CHECK_INT(office.n_asked, 2 * N);
}

/* Everything that follows sees each change once, in order, also when it is slower than
 * what memory keeps. */
QUEUE_TEST(queue_tells_late_followers_from_the_ledger)
{
	enum { N = 50 };
	AUTO_ARENA mem = { 0 };
	struct queue_changes_args a = { .max = 7 };
	struct queue_changes_reply got = { 0 };
	size_t n_delivered = 0, n_deferred = 0;
	uint64_t upto = 0;

	office.set.store_changes_kept = 8;
	office_open();
	for (unsigned i = 0; i < N; i++)
		office_send("alice@ours.test", "once@a.test");
	office_until_count(RECIPIENT_DELIVERED, N);
	do {
		CHECK_INT(queue_changes_here(&a, &mem, &got), 0);
		CHECK(got.n_records <= 7);
		for (size_t i = 0; i < got.n_records; i++) {
			CHECK(got.records[i].seq > upto);
			upto = got.records[i].seq;
			n_delivered += got.records[i].state == RECIPIENT_DELIVERED;
			n_deferred += got.records[i].state == RECIPIENT_DEFERRED;
		}
		a.after = got.seq;
	} while (got.n_records);
	CHECK_INT(n_delivered, N);
	CHECK_INT(n_deferred, N);
}

struct follower {
	uint64_t message;
	size_t n;
	bool done;
};

static struct cond followed;

/* Follows one message to its end. */
static void follow_one(void *arg)
{
	struct follower *me = arg;
	struct queue_changes_args a = { .message = me->message, .max = 3, .wait_ms = 30000 };
	uint64_t upto = 0;

	while (!me->done) {
		AUTO_ARENA mem = { 0 };
		struct queue_changes_reply got = { 0 };

		if (queue_changes_here(&a, &mem, &got) < 0)
			break;
		for (size_t i = 0; i < got.n_records; i++) {
			CHECK_INT(got.records[i].message, me->message);
			CHECK(got.records[i].seq > upto);
			upto = got.records[i].seq;
			me->n++;
			me->done |= recipient_state_is_final(got.records[i].state);
		}
		a.after = got.seq;
	}
	cond_broadcast(&followed);
}

QUEUE_TEST(queue_tells_each_follower_everything_once)
{
	enum { N = 40 };
	struct follower *all = arena_array(&office.mem, struct follower, N);
	size_t n_done = 0;

	cond_init(&followed);
	office_open();
	for (unsigned i = 0; i < N; i++) {
		all[i].message =
		        office_send("alice@ours.test", i % 2 ? "once@a.test" : "ok@b.test");
		CHECK_INT(fibre_spawn("one", follow_one, &all[i]), 0);
	}
	while (n_done < N) {
		n_done = 0;
		for (unsigned i = 0; i < N; i++)
			n_done += all[i].done;
		if (n_done < N && cond_wait(&followed, "followers") < 0)
			break;
	}
	CHECK_INT(n_done, N);
	for (unsigned i = 0; i < N; i++)
		CHECK_INT(all[i].n, i % 2 ? 5 : 3);
	for (size_t i = 1; i < office.n_seen; i++)
		CHECK_INT(office.seen[i].seq, office.seen[i - 1].seq + 1);
}

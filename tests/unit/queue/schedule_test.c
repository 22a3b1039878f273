/* queue/schedule: order, turns, limits, memory, and what is left on disk. */
#include "queue/schedule/schedule.h"

#include <stdio.h>

#include "test.h"

#define NAME(text) ((struct span)SPAN(text))

enum { MEMORY = 1 << 20, PER_DESTINATION = 3, MIN = 60 * 1000 };

static struct arena mem;

/* One message to n recipients of a domain, due at `at`. */
static size_t add(struct schedule *s, uint64_t message, struct span domain, uint32_t n, int64_t at)
{
	struct schedule_rcpt *to = arena_array(&mem, struct schedule_rcpt, n);
	struct schedule_item item = { .message = message,
		                      .due_ms = at,
		                      .return_path = NAME("a@b.test") };

	for (uint32_t i = 0; i < n; i++)
		to[i] = (struct schedule_rcpt){ i, NAME("someone@example.test"), domain };
	return schedule_add(s, &item, to, n, at, 0, &mem);
}

static struct entry *take(struct schedule *s, int64_t now_at)
{
	schedule_wake(s, now_at);
	return schedule_take(s, now_at);
}

static void end(struct schedule *s, struct entry *e)
{
	schedule_release(s, e);
	schedule_done(s, e);
}

/* Takes all that is due; returns how many entries. */
static size_t drain(struct schedule *s, int64_t now_at)
{
	struct entry *e;
	size_t n = 0;

	for (; (e = take(s, now_at)); n++)
		end(s, e);
	return n;
}

static void close(struct schedule *s)
{
	schedule_fini(s);
	arena_fini(&mem);
}

TEST(schedule_gives_what_is_due_in_order_of_time)
{
	static const int64_t times[] = { 50, 10, 40, 20, 30, 20 };
	static const uint64_t order[] = { 1, 3, 5, 4, 2, 0 };
	struct schedule s;
	struct entry *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	for (size_t i = 0; i < N_ELEMS(times); i++)
		CHECK_INT(add(&s, i, NAME("d.test"), 1, times[i]), 0);
	CHECK_INT(schedule_next_at(&s), 10);
	CHECK(!take(&s, 9));
	for (size_t i = 0; i < N_ELEMS(order); i++) {
		e = take(&s, times[order[i]]);
		CHECK_INT(e ? e->message : 99, order[i]);
		if (e)
			end(&s, e);
	}
	CHECK_INT(schedule_next_at(&s), CLOCK_NEVER);
	CHECK_INT(s.octets, 0);
	close(&s);
}

TEST(schedule_makes_one_entry_of_a_message_for_a_destination)
{
	static const struct schedule_rcpt to[] = {
		{ 0, SPAN("a@x.test"), SPAN("x.test") }, { 1, SPAN("b@y.test"), SPAN("y.test") },
		{ 2, SPAN("c@x.test"), SPAN("x.test") }, { 3, SPAN("d@z.test"), SPAN("z.test") },
		{ 4, SPAN("e@x.test"), SPAN("x.test") },
	};
	struct schedule_item item = { .message = 7, .return_path = NAME("s@x.test"), .attempt = 2 };
	struct schedule s;
	struct entry *e;
	size_t n = 0;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	CHECK_INT(schedule_add(&s, &item, to, N_ELEMS(to), 0, 0, &mem), 0);
	for (; (e = take(&s, 0)); n++) {
		CHECK_INT(e->attempt, 2);
		CHECK_SPAN(e->return_path, NAME("s@x.test"));
		for (size_t i = 0; i < e->n_rcpts; i++) {
			CHECK_SPAN(e->destination->domain, to[e->rcpts[i].recipient].domain);
			CHECK_SPAN(e->rcpts[i].address, to[e->rcpts[i].recipient].address);
		}
		CHECK_INT(e->n_rcpts, span_eq(e->destination->domain, NAME("x.test")) ? 3 : 1);
		end(&s, e);
	}
	CHECK_INT(n, 3);
	close(&s);
}

TEST(schedule_splits_a_job_at_its_most_recipients)
{
	static const struct {
		uint32_t n;
		size_t entries;
	} t[] = { { QUEUE_JOB_RCPT_MAX, 1 },
		  { QUEUE_JOB_RCPT_MAX + 1, 2 },
		  { 3 * QUEUE_JOB_RCPT_MAX, 3 } };
	EACH_ROW(t) {
		struct schedule s;

		schedule_init(&s, MEMORY, PER_DESTINATION);
		CHECK_INT(add(&s, 1, NAME("d.test"), t[row].n, 0), 0);
		CHECK_INT(s.index.n, t[row].entries);
		CHECK_INT(drain(&s, 0), t[row].entries);
		close(&s);
	}
}

TEST(schedule_limits_what_runs_at_one_destination)
{
	struct schedule s;
	struct entry *running[PER_DESTINATION], *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	for (uint64_t m = 1; m <= 5; m++)
		add(&s, m, NAME("d.test"), 1, 0);
	for (size_t i = 0; i < PER_DESTINATION; i++) {
		running[i] = take(&s, 0);
		CHECK(running[i] != NULL);
	}
	CHECK(!take(&s, 0));
	schedule_release(&s, running[1]);
	e = take(&s, 0);
	CHECK_INT(e ? e->message : 0, 4);
	CHECK(!take(&s, 0));
	schedule_done(&s, running[1]);
	end(&s, running[0]);
	end(&s, running[2]);
	end(&s, e);
	CHECK_INT(drain(&s, 0), 1);
	close(&s);
}

/* A destination with much work does not keep one with little waiting. */
TEST(schedule_lets_destinations_take_turns)
{
	struct schedule s;
	struct entry *taken[6];
	uint64_t m = 0;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	while (m < 1000)
		add(&s, m++, NAME("much.test"), 1, 0);
	add(&s, m++, NAME("little.test"), 1, 0);
	add(&s, m++, NAME("less.test"), 1, 0);
	for (size_t i = 0; i < 5; i++)
		taken[i] = take(&s, 0);
	CHECK_INT(taken[0]->message, 0);
	CHECK_INT(taken[1]->message, 1000);
	CHECK_INT(taken[2]->message, 1001);
	CHECK_INT(taken[3]->message, 1);
	CHECK_INT(taken[4]->message, 2);
	CHECK(!take(&s, 0));
	for (size_t i = 0; i < 5; i++)
		end(&s, taken[i]);
	CHECK_INT(drain(&s, 0), 997);
	close(&s);
}

TEST(schedule_sends_one_probe_to_a_destination_that_was_dead)
{
	static const struct retry_rule rule = { .waits_ms = { 1000 }, .n = 1, .expiry_ms = 9999 };
	static const struct health_cause cause = { .text = "refused" };
	struct schedule s;
	struct entry *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	for (uint64_t m = 1; m <= 5; m++)
		add(&s, m, NAME("d.test"), 1, 5000);
	e = s.heap.slots[0].entry;
	for (size_t i = 0; i < HEALTH_DEAD_AFTER; i++)
		health_failed(&e->destination->health, &rule, 1, 0, &cause);
	CHECK(health_is_probing(&e->destination->health, 5000));
	e = take(&s, 5000);
	CHECK(e != NULL);
	CHECK(!take(&s, 5000));
	health_good(&e->destination->health);
	end(&s, e);
	CHECK(take(&s, 5000) && take(&s, 5000) && take(&s, 5000));
	CHECK(!take(&s, 5000));
	close(&s);
}

static bool is_one_of(const uint32_t *all, uint32_t n, uint32_t wanted)
{
	while (n && all[n - 1] != wanted)
		n--;
	return n > 0;
}

TEST(schedule_keeps_what_is_left_of_an_entry)
{
	static const bool finals[][6] = { { false, true, false, true, true, false },
		                          { true, false, false },
		                          { false, true } };
	static const uint32_t left[][3] = { { 0, 2, 5 }, { 2, 5 }, { 2 } };
	static const uint32_t n_left[] = { 3, 2, 1 };
	struct schedule s;
	struct entry *e, *found;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	add(&s, 1, NAME("d.test"), 6, 0);
	for (size_t i = 0; i < N_ELEMS(finals); i++) {
		e = take(&s, 0);
		schedule_release(&s, e);
		schedule_finish(e, finals[i]);
		CHECK_INT(e->n_rcpts, n_left[i]);
		for (uint32_t k = 0; k < n_left[i]; k++)
			CHECK_INT(e->rcpts[k].recipient, left[i][k]);
		/* Those that are done are still known, or an old row would bring them back. */
		for (uint32_t k = 0; k < 6; k++)
			CHECK_INT(schedule_find(&s, 1, NAME("d.test"), k, &found),
			          is_one_of(left[i], n_left[i], k) ? SCHEDULE_RUNS
			                                           : SCHEDULE_ENDED);
		schedule_again(&s, e, 0);
	}
	CHECK_INT(drain(&s, 0), 1);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 0, &found), SCHEDULE_NOWHERE);
	close(&s);
}

TEST(schedule_takes_nobody_in_twice)
{
	struct schedule s;
	struct entry *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	CHECK_INT(add(&s, 1, NAME("d.test"), 3, 0), 0);
	CHECK_INT(add(&s, 1, NAME("d.test"), 5, 0), 0); /* as a page of rows would */
	CHECK_INT(s.index.n, 2);
	e = take(&s, 0);
	CHECK_INT(e->n_rcpts, 3);
	CHECK_INT(add(&s, 1, NAME("d.test"), 5, 0), 0);
	CHECK_INT(s.index.n, 2);
	end(&s, e);

	/* What ends while rows are being read stays known until the reading is over. */
	schedule_load_begin(&s);
	e = take(&s, 0);
	CHECK_INT(e->n_rcpts, 2);
	end(&s, e);
	CHECK_INT(add(&s, 1, NAME("d.test"), 5, 0), 0);
	e = take(&s, 0);
	CHECK_INT(e->n_rcpts, 3);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_INT(e->rcpts[i].recipient, i);
	end(&s, e);
	schedule_load_end(&s, false, 0);
	CHECK_INT(s.index.n, 0);
	CHECK_INT(s.octets, 0);
	close(&s);
}

TEST(schedule_counts_bodies_and_bounds_them)
{
	static const char text[1000];
	struct span pieces[] = { { text, 400 }, { text, 0 }, { text, 600 } };
	struct schedule_body *all[64] = { 0 };
	struct schedule s;
	size_t n = 0;

	schedule_init(&s, 20000, PER_DESTINATION);
	while ((all[n] = schedule_body_new(&s, pieces, 3)))
		n++;
	CHECK_INT(n, 9); /* half of the memory */
	CHECK(s.octets >= 9000 && s.octets <= 10000);
	struct schedule_item item = { .message = 1, .body = all[0] };
	struct schedule_rcpt to[] = { { 0, SPAN("a@x.test"), SPAN("x.test") },
		                      { 1, SPAN("b@y.test"), SPAN("y.test") } };
	CHECK_INT(schedule_add(&s, &item, to, 2, 0, 0, &mem), 0);
	CHECK_INT(all[0]->refs, 3);
	while (n--)
		schedule_body_unref(&s, all[n]);
	CHECK(s.body_octets >= 1000 && s.body_octets < 1100);
	CHECK_INT(drain(&s, 0), 2);
	CHECK_INT(s.body_octets, 0);
	CHECK_INT(s.octets, 0);
	close(&s);
}

static struct span name_of(unsigned i, char room[32])
{
	return span_make(room, (size_t)snprintf(room, 32, "d%u.test", i));
}

TEST(schedule_leaves_on_disk_what_does_not_fit)
{
	struct schedule s;
	size_t n_left = 0, n_in = 0;
	char room[32];

	schedule_init(&s, MEMORY, PER_DESTINATION);
	for (uint64_t m = 0; m < 100; m++) {
		for (unsigned d = 0; d < 10; d++)
			n_left += add(&s, m, name_of(d, room), 100, (int64_t)(1000 + m));
		arena_reset(&mem);
	}
	CHECK(s.octets <= MEMORY);
	CHECK(s.octets > MEMORY / 10 * 9);
	for (size_t i = 0; i < s.heap.n; i++)
		n_in += s.heap.slots[i].entry->n_rcpts;
	CHECK_INT(n_in + n_left, 100000);
	/* Nothing that is on disk only is due before the mark. */
	CHECK_INT(s.disk_from_ms, (int64_t)(1000 + n_in / 1000));
	close(&s);
}

TEST(schedule_always_has_room_for_one)
{
	struct schedule s;

	schedule_init(&s, 1, PER_DESTINATION);
	CHECK_INT(add(&s, 1, NAME("d.test"), 1, 0), 0);
	CHECK_INT(add(&s, 2, NAME("e.test"), 1, 7), 1);
	CHECK_INT(s.disk_from_ms, 7);
	CHECK_INT(s.destinations.n, 1); /* nothing of the one that did not fit */
	CHECK_INT(drain(&s, 0), 1);
	CHECK_INT(add(&s, 2, NAME("e.test"), 1, 0), 0);
	close(&s);
}

TEST(schedule_sheds_what_waits_longest)
{
	static const struct {
		const char *what;
		int64_t first, step; /* due times of 6,000 entries */
		int64_t after;
		int64_t from; /* the mark; INT64_MAX: nothing is shed */
	} t[] = {
		{ "all at once", 5000, 0, 100, 5000 },
		{ "none late enough", 5000, 0, 5000, INT64_MAX },
		{ "some", 5000, 10, 5000 + 59000, 5000 + 59010 },
	};
	EACH_ROW(t) {
		struct schedule s;
		char room[32];
		size_t n = 0, n_late = 0;

		schedule_init(&s, 4 << 20, PER_DESTINATION);
		for (; n < 6000; n++)
			add(&s, n, name_of((unsigned)n % 50, room), 1,
			    t[row].first + (int64_t)n * t[row].step);
		s.octets_max = s.octets + 1;
		schedule_shed(&s, t[row].after);
		CHECK_INT(s.disk_from_ms, t[row].from);
		CHECK_INT(s.heap.n, s.index.n);
		for (size_t i = 0; i < s.heap.n; i++) {
			CHECK(!i || s.heap.slots[(i - 1) / 2].at <= s.heap.slots[i].at);
			n_late += s.heap.slots[i].at >= t[row].from;
		}
		CHECK_INT(n_late, 0);
		close(&s);
	}
}

TEST(schedule_sheds_half_of_what_is_spread)
{
	struct schedule s;
	char room[32];

	schedule_init(&s, 4 << 20, PER_DESTINATION);
	for (size_t n = 0; n < 6000; n++)
		add(&s, n, name_of((unsigned)n % 50, room), 1, (int64_t)((n * 7919) % 6000) + 1);
	s.octets_max = s.octets + 1;
	schedule_shed(&s, 0);
	CHECK(s.octets <= s.octets_max / 2);
	CHECK(s.octets > s.octets_max / 6);
	CHECK_INT(s.disk_from_ms, (int64_t)s.heap.n + 1);
	CHECK_INT(drain(&s, 6000), s.disk_from_ms - 1);
	close(&s);
}

TEST(schedule_says_when_to_read_from_disk)
{
	static const struct {
		const char *what;
		int64_t disk_from, now;
		size_t octets, n;
		struct schedule_full full;
		bool wants;
		int64_t then; /* schedule_load_time_ms */
	} t[] = {
		{ "nothing there", INT64_MAX, 0, 0, 0, { 0 }, false, INT64_MAX },
		{ "at the start", INT64_MIN, 0, 0, 0, { 0 }, true, INT64_MAX },
		{ "due now, memory in use", 50, 50, 7999, 5, { 0 }, true, INT64_MAX },
		{ "far, memory in use", 10 * MIN, 0, 4000, 5, { 0 }, false, 9 * MIN },
		{ "far, memory free", 10 * MIN, 0, 1999, 5, { 0 }, true, 9 * MIN },
		{ "near enough", MIN, 0, 4000, 5, { 0 }, true, INT64_MAX },
		{ "vain", 50, 50, 7999, 5, { 7000, 50, true }, false, INT64_MAX },
		{ "memory was freed since", 50, 50, 7000, 5, { 7000, 50, true }, true, INT64_MAX },
		{ "something earlier since", 40, 50, 7999, 5, { 7000, 50, true }, true, INT64_MAX },
		{ "it was far then", 50, 50, 7999, 5, { 7000, 50, false }, true, INT64_MAX },
	};
	EACH_ROW(t) {
		struct schedule s = { .octets_max = 8000,
			              .octets = t[row].octets,
			              .index.n = t[row].n,
			              .full = t[row].full,
			              .disk_from_ms = t[row].disk_from };

		CHECK_INT(schedule_wants_load(&s, t[row].now), t[row].wants);
		CHECK_INT(schedule_load_time_ms(&s, t[row].now), t[row].then);
	}
}

/* ---- one recipient is taken out ---- */

TEST(schedule_withdraws_some_of_an_entry)
{
	struct schedule s;
	struct entry *e, *found;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	add(&s, 1, NAME("d.test"), 4, 100);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 2, &e), SCHEDULE_WAITS);
	schedule_withdraw(&s, e, 2);
	schedule_withdraw(&s, e, 0);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 2, &found), SCHEDULE_NOWHERE);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 3, &found), SCHEDULE_WAITS);
	e = take(&s, 100);
	CHECK_INT(e->n_rcpts, 2);
	CHECK_INT(e->rcpts[0].recipient, 1);
	CHECK_INT(e->rcpts[1].recipient, 3);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 1, &found), SCHEDULE_RUNS);
	CHECK_INT(add(&s, 1, NAME("d.test"), 4, 200), 0); /* those that are gone may come again */
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 2, &found), SCHEDULE_WAITS);
	CHECK_INT(found->n_rcpts, 2);
	end(&s, e);
	close(&s);
}

TEST(schedule_withdraws_what_stands_in_line)
{
	struct schedule s;
	struct entry *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	add(&s, 1, NAME("d.test"), 1, 0);
	add(&s, 2, NAME("e.test"), 1, 0);
	schedule_wake(&s, 0);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 0, &e), SCHEDULE_WAITS);
	schedule_withdraw(&s, e, 0);
	CHECK_INT(s.destinations.n, 1);
	e = take(&s, 0);
	CHECK_INT(e->message, 2);
	end(&s, e);
	CHECK(!take(&s, 0));
	CHECK_INT(s.octets, 0);
	close(&s);
}

/* Memory comes back though their time is far away. */
TEST(schedule_withdraws_a_whole_queue)
{
	enum { N = 1000 };
	struct schedule s;
	struct entry *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	for (uint64_t n = 0; n < N; n++)
		add(&s, n, NAME("d.test"), 1, (int64_t)(n * 7919 % N) + 1);
	size_t full = s.octets;
	for (uint64_t n = 1; n < N; n++) {
		CHECK_INT(schedule_find(&s, n, NAME("d.test"), 0, &e), SCHEDULE_WAITS);
		schedule_withdraw(&s, e, 0);
	}
	CHECK(s.octets < full / 100);
	CHECK_INT(s.heap.n - s.n_empty, 1);
	e = take(&s, N);
	CHECK_INT(e->message, 0);
	end(&s, e);
	CHECK_INT(s.octets, 0);
	CHECK_INT(s.n_empty, 0);
	close(&s);
}

/* A row that was read before may still speak of what has ended. */
TEST(schedule_remembers_what_ends)
{
	struct schedule s;
	struct entry *e;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	add(&s, 1, NAME("d.test"), 1, 0);
	schedule_remember_begin(&s);
	schedule_remember_begin(&s);
	end(&s, take(&s, 0));
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 0, &e), SCHEDULE_ENDED);
	schedule_remember_end(&s);
	CHECK_INT(add(&s, 1, NAME("d.test"), 1, 0), 0);
	CHECK(!take(&s, 0));
	schedule_remember_end(&s);
	CHECK_INT(schedule_find(&s, 1, NAME("d.test"), 0, &e), SCHEDULE_NOWHERE);
	CHECK_INT(s.octets, 0);
	close(&s);
}

TEST(schedule_revives_a_destination)
{
	struct schedule s;

	schedule_init(&s, MEMORY, PER_DESTINATION);
	for (uint64_t n = 0; n < 4; n++)
		add(&s, n, NAME("d.test"), 1, 0);
	struct entry *e = take(&s, 0), *probe;
	e->destination->health =
	        (struct health){ .failures = 5, .rounds = 1, .dead_until_at = 1000 };
	schedule_revive(&s, NAME("d.test"), 10);
	schedule_revive(&s, NAME("nowhere.test"), 10);
	CHECK(!health_is_dead(&e->destination->health, 10));
	CHECK(!take(&s, 10)); /* one at a time until it answers */
	end(&s, e);
	probe = take(&s, 10);
	CHECK(probe);
	CHECK(!take(&s, 10));
	end(&s, probe);
	close(&s);
}

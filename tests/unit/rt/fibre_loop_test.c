/* The loop: timers, hooks, fairness, the watchdog. */
#include "fibre_harness.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/event.h"
#include "base/os.h"

enum { TIMERS = 500 };

struct timed {
	struct loop_timer timer;
	int64_t at;
	bool fired;
};

static struct timed timed[TIMERS];
static int64_t last_at;
static size_t n_fired, n_disorder;

static void on_timed(void *arg)
{
	struct timed *t = arg;
	n_disorder += t->at < last_at || loop_now_at() != t->at || t->fired;
	last_at = t->at;
	t->fired = true;
	n_fired++;
}

/* Starts, moves and stops at random; those that remain fire once each, in order. */
TEST(timers_fire_in_order)
{
	test_time_begin();
	CHECK_INT(loop_init(0), 0);
	int64_t now = loop_now_at();
	size_t n_stopped = 0;
	unsigned seed = 4711;
	n_fired = n_disorder = 0;
	last_at = 0;
	for (size_t step = 0; step < 4 * TIMERS; step++) {
		struct timed *t = &timed[step % TIMERS];
		t->at = now + rand_r(&seed) % 60;
		t->fired = false;
		loop_timer_start(&t->timer, t->at, on_timed, t);
		if (rand_r(&seed) % 8 == 0)
			loop_timer_stop(&t->timer);
	}
	for (size_t i = 0; i < TIMERS; i++)
		n_stopped += timed[i].timer.at == CLOCK_NEVER;
	CHECK(n_stopped > 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(n_fired, TIMERS - n_stopped);
	CHECK_INT(n_disorder, 0);
	loop_fini();
	test_time_end();
}

static size_t n_hooks;

static void count_hook(UNUSED void *arg)
{
	n_hooks++;
}

static struct loop_timer again;

static void on_again(UNUSED void *arg)
{
	n_fired++;
	if (n_hooks < 3)
		loop_timer_start(&again, loop_now_at() - 100, on_again, NULL);
}

/* A timer that starts itself for a time in the past does not hold up the turn. */
TEST(a_timer_may_start_itself_again)
{
	struct loop_hook hook = { .fn = count_hook };
	CHECK_INT(loop_init(0), 0);
	loop_before_sleep(&hook);
	n_fired = n_hooks = 0;
	loop_timer_start(&again, loop_now_at(), on_again, NULL);
	loop_timer_start(&again, CLOCK_NEVER, on_again, NULL);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(n_fired, 0);
	loop_timer_start(&again, loop_now_at(), on_again, NULL);
	CHECK_INT(loop_run(), 0);
	CHECK(n_fired >= 3);
	loop_fini();
}

static size_t n_said, n_written;
static struct cond written;

static void write_out(UNUSED void *arg)
{
	n_hooks++;
	if (n_written < n_said) {
		n_written = n_said;
		cond_broadcast(&written);
	}
}

static void say(UNUSED void *arg)
{
	for (int i = 0; i < 3; i++) {
		n_said++;
		CHECK_INT(cond_wait(&written, "the hook"), 0);
	}
}

/* Ten fibres speak three times: three writes, not thirty, and none after a sleep. */
TEST(hooks_run_before_sleep_and_may_make_fibres_ready)
{
	struct loop_hook hook = { .fn = write_out };
	CHECK_INT(loop_init(0), 0);
	loop_before_sleep(&hook);
	cond_init(&written);
	n_said = n_written = n_hooks = 0;
	for (int i = 0; i < 10; i++)
		CHECK_INT(fibre_spawn("speaker", say, NULL), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(n_said, 30);
	CHECK_INT(n_written, 30);
	CHECK(n_hooks <= 6);
	loop_fini();
}

static bool rung;

static void ring(UNUSED void *arg)
{
	rung = true;
}

static struct fibre *pair[2];

static void wake_the_other(void *arg)
{
	struct fibre **other = arg;
	while (!rung) {
		fibre_wake(*other, 0);
		CHECK_INT(fibre_wait("the other"), 0);
	}
	if (*other)
		fibre_wake(*other, 0);
	*(other == &pair[0] ? &pair[1] : &pair[0]) = NULL;
}

static void yield_for_ever(UNUSED void *arg)
{
	while (!rung)
		CHECK_INT(fibre_yield(), 0);
}

/* Neither fibres that wake one another nor one that yields keep a timer from coming. */
TEST(busy_fibres_do_not_starve_the_loop)
{
	struct loop_timer t = { 0 };
	CHECK_INT(loop_init(0), 0);
	rung = false;
	loop_timer_start(&t, loop_now_at() + 5, ring, NULL);
	CHECK_INT(fibre_spawn_ref("a", wake_the_other, &pair[1], &pair[0]), 0);
	CHECK_INT(fibre_spawn_ref("b", wake_the_other, &pair[0], &pair[1]), 0);
	CHECK_INT(fibre_spawn("c", yield_for_ever, NULL), 0);
	CHECK_INT(loop_run(), 0);
	CHECK(rung);
	CHECK_INT(fibre_count(), 0);
	loop_fini();
}

static size_t n_reports;
static char report[4096];

static void keep_report(struct span line, UNUSED void *arg)
{
	size_t n = line.n < sizeof(report) ? line.n : sizeof(report) - 1;
	memcpy(report, line.p, n);
	report[n] = 0;
	n_reports++;
}

static void spin(int64_t ms)
{
	int64_t until = clock_now_at() + ms;
	while (clock_now_at() < until)
		;
}

static void block_in_a_call(int64_t ms)
{
	int64_t until = clock_now_at() + ms;
	struct timespec t = { .tv_nsec = 5000000 };
	while (clock_now_at() < until)
		nanosleep(&t, NULL);
}

static void block(void *arg)
{
	void (*how)(int64_t) = *(void (**)(int64_t))arg;
	how(120);
}

static void sleep_and_work(UNUSED void *arg)
{
	for (int i = 0; i < 8; i++) {
		spin(2);
		CHECK_INT(fibre_sleep(20), 0);
	}
}

TEST(the_watchdog_tells_of_a_blocked_loop)
{
	static void (*const how[])(int64_t) = { spin, block_in_a_call };
	EACH_ROW(how) {
		n_reports = 0;
		event_set_sink(keep_report, NULL);
		CHECK_INT(loop_init(40), 0);
		CHECK_INT(fibre_spawn("blocker", block, (void *)&how[row]), 0);
		CHECK_INT(loop_run(), 0);
		loop_fini();
		event_set_sink(NULL, NULL);
		CHECK_INT(n_reports, 1);
		CHECK(strstr(report, "loop_blocked") != NULL);
		CHECK(strstr(report, "fibre=blocker") != NULL);
		CHECK(strstr(report, " < ") != NULL); /* more than one frame */
	}
}

TEST(the_watchdog_excuses_a_start)
{
	static void (*how)(int64_t) = spin;

	n_reports = 0;
	event_set_sink(keep_report, NULL);
	CHECK_INT(loop_init(40), 0);
	loop_excuse(true);
	CHECK_INT(fibre_spawn("blocker", block, (void *)&how), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(n_reports, 0);
	loop_excuse(false);
	CHECK_INT(fibre_spawn("blocker", block, (void *)&how), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
	event_set_sink(NULL, NULL);
	CHECK_INT(n_reports, 1);
}

enum { WORD = 16, COPIED = 8 * WORD, MASK = 0x5a };

/* Where signals are handled, and how often it has the word that the fibre copied. */
static stack_t handled_on;
static size_t n_words;

static unsigned char masked(size_t i)
{
	return (unsigned char)(i * 37 + 11);
}

static bool is_word(const unsigned char *p)
{
	for (size_t i = 0; i < WORD; i++)
		if ((p[i] ^ MASK) != masked(i))
			return false;
	return true;
}

/* A copy of this size goes by vector registers, and stays in them. */
static void copy_and_sleep(void *arg)
{
	static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
	unsigned char *from = malloc(COPIED), *to = malloc(COPIED);

	sigaltstack(NULL, &handled_on);
	for (size_t i = 0; i < COPIED; i++)
		from[i] = masked(i % WORD) ^ MASK;
	copy(to, from, COPIED);
	os_wipe(from, COPIED);
	os_wipe(to, COPIED);
	spin(*(int *)arg);
	CHECK_INT(fibre_sleep(150), 0);
	free(from);
	free(to);
}

static void *look_meanwhile(UNUSED void *arg)
{
	const unsigned char *p;

	block_in_a_call(100);
	p = handled_on.ss_sp;
	for (size_t i = 0; i + WORD <= handled_on.ss_size; i++)
		n_words += is_word(p + i);
	return NULL;
}

/* The kernel puts what the registers hold where the signal is handled. */
TEST(the_watchdog_keeps_nothing_of_what_it_interrupts)
{
	static int spins[] = { 0, 40 };
	pthread_t other;

	event_set_sink(keep_report, NULL);
	EACH_ROW(spins) {
		n_words = 0;
		CHECK_INT(loop_init(10), 0);
		CHECK_INT(fibre_spawn("copier", copy_and_sleep, &spins[row]), 0);
		CHECK_INT(pthread_create(&other, NULL, look_meanwhile, NULL), 0);
		CHECK_INT(loop_run(), 0);
		pthread_join(other, NULL);
		loop_fini();
		CHECK(handled_on.ss_size > 0);
		CHECK_INT(n_words, 0);
	}
	event_set_sink(NULL, NULL);
}

TEST(the_watchdog_leaves_a_loop_that_sleeps_alone)
{
	n_reports = 0;
	event_set_sink(keep_report, NULL);
	CHECK_INT(loop_init(15), 0);
	CHECK_INT(fibre_spawn("worker", sleep_and_work, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
	event_set_sink(NULL, NULL);
	CHECK_INT(n_reports, 0);
}

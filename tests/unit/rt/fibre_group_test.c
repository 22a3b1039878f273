/* Conditions, nurseries, offloading. */
#include "fibre_harness.h"

#include <pthread.h>

static struct cond c;
static int results[4];
static char order[8];
static size_t n_order;

struct waiting {
	int which;
	int64_t ms;
};

static void wait_for_it(void *arg)
{
	const struct waiting *w = arg;
	fibre_deadline_narrow(w->ms);
	results[w->which] = cond_wait(&c, "it");
	order[n_order++] = (char)('0' + w->which);
}

static void start_three(int64_t first_ms)
{
	static struct waiting w[3];
	cond_init(&c);
	n_order = 0;
	for (int i = 0; i < 3; i++) {
		w[i] = (struct waiting){ i, i ? 60000 : first_ms };
		CHECK_INT(fibre_spawn("waiter", wait_for_it, &w[i]), 0);
	}
	CHECK_INT(fibre_yield(), 0);
}

FIBRE_TEST(a_signal_wakes_the_one_that_waited_longest)
{
	start_three(60000);
	cond_signal(&c);
	CHECK_INT(fibre_yield(), 0);
	CHECK_SPAN(span_make(order, n_order), SPAN("0"));
	cond_broadcast(&c);
	CHECK_INT(fibre_yield(), 0);
	CHECK_SPAN(span_make(order, n_order), SPAN("012"));
	CHECK_INT(results[0], 0);
	CHECK_INT(results[2], 0);
	cond_signal(&c); /* nobody waits: nothing happens */
}

static void signal_at_once(UNUSED void *arg)
{
	cond_signal(&c);
}

/* The deadline of the first passes in the same turn, just before the signal. */
FIBRE_TEST(a_signal_is_not_lost_on_one_whose_time_is_over)
{
	struct loop_timer t = { 0 };
	start_three(10);
	loop_timer_start(&t, clock_now_at() + 11, signal_at_once, NULL);
	test_time_pass(12); /* both are due when the loop looks next */
	while (n_order < 2)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(results[0], ERR_TIMEOUT);
	CHECK_INT(results[1], 0);
	cond_broadcast(&c);
	CHECK_INT(fibre_yield(), 0);
	loop_timer_stop(&t);
}

static size_t n_ended;
static int child_result;

static void brief(UNUSED void *arg)
{
	CHECK_INT(fibre_sleep(1), 0);
	n_ended++;
}

static void endless(UNUSED void *arg)
{
	child_result = fibre_wait("cancellation");
	CHECK_INT(fibre_deadline_set(CLOCK_NEVER), CLOCK_NEVER);
	n_ended++;
}

FIBRE_TEST(a_nursery_waits_for_all_its_children)
{
	struct nursery n;
	nursery_init(&n);
	CHECK_INT(nursery_wait(&n), 0);
	n_ended = 0;
	for (int i = 0; i < 5; i++)
		CHECK_INT(nursery_spawn(&n, "child", brief, NULL), 0);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(n_ended, 5);
}

FIBRE_TEST(a_nursery_out_of_time_cancels_its_children_and_waits)
{
	struct nursery n;
	nursery_init(&n);
	n_ended = 0;
	FIBRE_TIMEOUT(5);
	CHECK_INT(nursery_spawn(&n, "brief", brief, NULL), 0);
	CHECK_INT(nursery_spawn(&n, "endless", endless, NULL), 0);
	CHECK_INT(nursery_wait(&n), ERR_TIMEOUT);
	CHECK_INT(n_ended, 2);
	CHECK_INT(child_result, ERR_CANCELLED);
}

FIBRE_TEST(a_cancelled_nursery_ends)
{
	struct nursery n;
	nursery_init(&n);
	n_ended = 0;
	CHECK_INT(nursery_spawn(&n, "endless", endless, NULL), 0);
	CHECK_INT(nursery_spawn(&n, "endless", endless, NULL), 0);
	nursery_cancel(&n);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(n_ended, 2);
}

static pthread_t loop_thread;

static int elsewhere(void *arg)
{
	if (pthread_equal(pthread_self(), loop_thread))
		return ERR_BUG;
	return *(int *)arg;
}

static int fail(UNUSED void *arg)
{
	return err(ERR_NO_SPACE, "disk %d is full", 3);
}

FIBRE_TEST(offloaded_work_runs_on_another_thread)
{
	int want = 42;
	loop_thread = pthread_self();
	CHECK_INT(offload(elsewhere, &want, "elsewhere"), 42);
	CHECK_INT(offload(fail, NULL, "a failure"), ERR_NO_SPACE);
	CHECK_STR(err_str(ERR_NO_SPACE), "disk 3 is full");
}

static pthread_barrier_t meet;

static int meet_the_other(UNUSED void *arg)
{
	pthread_barrier_wait(&meet);
	return 0;
}

static void offload_meeting(UNUSED void *arg)
{
	CHECK_INT(offload(meet_the_other, NULL, "the other"), 0);
	n_ended++;
}

/* Neither returns before the other is there. */
FIBRE_TEST(several_offloads_are_in_flight)
{
	struct nursery n;
	nursery_init(&n);
	n_ended = 0;
	pthread_barrier_init(&meet, NULL, 2);
	CHECK_INT(nursery_spawn(&n, "one", offload_meeting, NULL), 0);
	CHECK_INT(nursery_spawn(&n, "two", offload_meeting, NULL), 0);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(n_ended, 2);
	pthread_barrier_destroy(&meet);
}

/* The work holds the barrier until after its fibre was cancelled and out of time.  A test's
 * own time would stand still meanwhile. */
REAL_TIME_TEST(offloaded_work_is_never_cut_short)
{
	struct nursery n;
	nursery_init(&n);
	n_ended = 0;
	pthread_barrier_init(&meet, NULL, 2);
	CHECK_INT(nursery_spawn(&n, "one", offload_meeting, NULL), 0);
	CHECK_INT(fibre_yield(), 0);
	nursery_cancel(&n);
	{
		FIBRE_TIMEOUT(3);
		CHECK_INT(fibre_wait("some time"), ERR_TIMEOUT);
	}
	CHECK_INT(n_ended, 0);
	pthread_barrier_wait(&meet);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(n_ended, 1);
	pthread_barrier_destroy(&meet);
}

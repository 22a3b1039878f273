/* Fibres: order, waiting, deadlines, cancellation, stacks. */
#include "fibre_harness.h"

#include <alloca.h>
#include <stdio.h>

static char trace[64];
static size_t n_trace;

static void note(void *arg)
{
	trace[n_trace++] = *(const char *)arg;
}

static void note_twice(void *arg)
{
	note(arg);
	CHECK_INT(fibre_yield(), 0);
	note(arg);
}

static struct span traced(void)
{
	return span_make(trace, n_trace);
}

FIBRE_TEST(fibres_run_in_the_order_of_their_birth)
{
	n_trace = 0;
	CHECK_INT(fibre_spawn("a", note_twice, "a"), 0);
	CHECK_INT(fibre_spawn("b", note, "b"), 0);
	CHECK_INT(fibre_spawn("c", note_twice, "c"), 0);
	note("t");
	CHECK_INT(fibre_count(), 4);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(fibre_count(), 1);
	CHECK_SPAN(traced(), SPAN("tabcac"));
}

TEST(fibre_run_runs_before_it_returns)
{
	CHECK_INT(loop_init(0), 0);
	n_trace = 0;
	CHECK_INT(fibre_run("a", note_twice, "a"), 0);
	note("t");
	CHECK(!fibre_self());
	CHECK_INT(loop_run(), 0);
	CHECK_SPAN(traced(), SPAN("ata"));
	loop_fini();
}

static struct fibre *waiter;
static int waited;

static void wait_for_a_wake(void *arg)
{
	const int64_t *ms = arg;
	waiter = fibre_self();
	if (ms)
		fibre_deadline_narrow(*ms);
	waited = fibre_wait("a wake");
	waiter = NULL;
}

static void wait_uncancelled(UNUSED void *arg)
{
	waiter = fibre_self();
	fibre_deadline_narrow(1);
	waited = fibre_wait_uncancelled("a wake that must come");
	waiter = NULL;
}

FIBRE_TEST(fibre_wake_gives_the_first_result)
{
	CHECK_INT(fibre_spawn("w", wait_for_a_wake, NULL), 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK_STR(fibre_name(waiter), "w");
	fibre_wake(waiter, 7);
	fibre_wake(waiter, 8);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(waited, 7);
}

FIBRE_TEST(a_deadline_ends_a_wait)
{
	int64_t ms = 5, before = clock_now_at();
	CHECK_INT(fibre_spawn("w", wait_for_a_wake, &ms), 0);
	CHECK_INT(fibre_sleep(ms - 1), 0);
	CHECK(waiter != NULL);
	CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(waited, ERR_TIMEOUT);
	CHECK_INT(clock_now_at() - before, ms);
}

FIBRE_TEST(a_wake_before_the_deadline_counts)
{
	int64_t ms = 60000;
	CHECK_INT(fibre_spawn("w", wait_for_a_wake, &ms), 0);
	CHECK_INT(fibre_yield(), 0);
	fibre_wake(waiter, 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(waited, 0);
}

/* The timer of the first wait is still in place when the second begins. */
FIBRE_TEST(a_deadline_may_move_later_and_earlier)
{
	static const int64_t lengths[] = { 3, 12, 1, 0, -5, 6 };
	EACH_ROW(lengths) {
		int64_t before = clock_now_at();
		FIBRE_TIMEOUT(lengths[row]);
		CHECK_INT(fibre_wait("nothing"), ERR_TIMEOUT);
		CHECK_STR(err_str(ERR_TIMEOUT),
		          lengths[row] > 0 ? "waited too long: nothing" : err_str(ERR_TIMEOUT));
		CHECK_INT(clock_now_at() - before, lengths[row] > 0 ? lengths[row] : 0);
	}
	CHECK(fibre_deadline() == CLOCK_NEVER);
}

FIBRE_TEST(timeouts_nest_and_only_narrow)
{
	FIBRE_TIMEOUT(50000);
	int64_t outer = fibre_deadline();
	{
		FIBRE_TIMEOUT(90000);
		CHECK_INT(fibre_deadline(), outer);
	}
	{
		FIBRE_TIMEOUT(2);
		CHECK(fibre_deadline() < outer);
		CHECK_INT(fibre_sleep(10000), ERR_TIMEOUT);
	}
	CHECK_INT(fibre_deadline(), outer);
	CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(fibre_spawn("a", note, "a"), 0);
	n_trace = 0;
	CHECK_INT(fibre_sleep(0), 0); /* no time, but the others run */
	CHECK_INT(n_trace, 1);
}

FIBRE_TEST(cancellation_ends_this_and_every_later_wait)
{
	struct fibre *self = fibre_self();
	CHECK_INT(fibre_spawn("w", wait_for_a_wake, NULL), 0);
	CHECK_INT(fibre_yield(), 0);
	fibre_cancel(waiter);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(waited, ERR_CANCELLED);

	CHECK(!fibre_cancelled());
	fibre_cancel(self);
	CHECK(fibre_cancelled());
	CHECK_INT(fibre_wait("anything"), ERR_CANCELLED);
	CHECK_INT(fibre_sleep(1), ERR_CANCELLED);
	CHECK_INT(fibre_yield(), ERR_CANCELLED);
}

FIBRE_TEST(an_uncancelled_wait_ends_by_a_wake_only)
{
	CHECK_INT(fibre_spawn("w", wait_uncancelled, NULL), 0);
	CHECK_INT(fibre_yield(), 0);
	fibre_cancel(waiter);
	CHECK_INT(fibre_sleep(3), 0);
	CHECK(waiter != NULL);
	fibre_wake(waiter, 3);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(waited, 3);
}

static void fail_twice(void *arg)
{
	CHECK_INT(err(ERR_QUOTA, "fibre %s", (const char *)arg), ERR_QUOTA);
	CHECK_INT(fibre_yield(), 0);
	CHECK_STR(err_str(ERR_QUOTA), *(const char *)arg == 'a' ? "fibre a" : "fibre b");
}

FIBRE_TEST(each_fibre_has_its_own_error_record)
{
	CHECK_INT(fibre_spawn("a", fail_twice, "a"), 0);
	CHECK_INT(fibre_spawn("b", fail_twice, "b"), 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(fibre_yield(), 0);
}

#if defined __SANITIZE_THREAD__
enum { MANY = 2000 }; /* each costs TSan several mappings more, of which there are 65,530 */
#else
enum { MANY = 10000 };
#endif
static size_t n_woken;
static struct cond go;

static void wait_to_go(void *arg)
{
	size_t *slot = arg;
	CHECK_INT(cond_wait(&go, "go"), 0);
	*slot = n_woken++;
}

static void count_waiting(const char *name, const char *waits_for, int64_t since_at, void *arg)
{
	size_t *n = arg;
	if (waits_for && span_eq(span_str(waits_for), SPAN("go"))) {
		CHECK_STR(name, "many");
		CHECK_INT(since_at, clock_now_at());
		++*n;
	}
}

FIBRE_TEST(many_fibres_wait_and_go)
{
	static size_t slot[MANY];
	size_t n_waiting = 0, n_wrong = 0;
	cond_init(&go);
	n_woken = 0;
	for (size_t i = 0; i < MANY; i++)
		CHECK_INT(fibre_spawn("many", wait_to_go, &slot[i]), 0);
	while (fibre_yield() == 0 && n_waiting < MANY) {
		n_waiting = 0;
		fibre_each(count_waiting, &n_waiting);
	}
	CHECK_INT(fibre_count(), MANY + 1);
	cond_broadcast(&go);
	while (fibre_count() > 1)
		CHECK_INT(fibre_yield(), 0);
	for (size_t i = 0; i < MANY; i++)
		n_wrong += slot[i] != i;
	CHECK_INT(n_wrong, 0);
}

FIBRE_TEST(a_limit_refuses_more_fibres)
{
	fibre_limit(2);
	CHECK_INT(fibre_spawn("one", note, "x"), 0);
	CHECK_INT(fibre_spawn("more", note, "x"), ERR_LIMIT);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(fibre_spawn("one again", note, "x"), 0);
	fibre_limit(20000);
}

static void use_stack(void *arg)
{
	size_t n = *(size_t *)arg;
	volatile char *p = alloca(n);
	for (size_t i = 0; i < n; i++)
		p[i] = 1;
}

FIBRE_TEST(the_deepest_stack_is_known)
{
	size_t n = 40 << 10;
	CHECK_INT(fibre_spawn("deep", use_stack, &n), 0);
	CHECK_INT(fibre_yield(), 0);
	size_t deepest = fibre_stack_high_water();
	CHECK(deepest > n);
	CHECK(deepest < FIBRE_STACK_BYTES);
	printf("stack high-water: %zu octets\n", deepest);
}

static int ran;
static void never_ends(UNUSED void *arg)
{
	ran = fibre_wait("the end of the loop");
}

TEST(loop_fini_cancels_what_still_waits)
{
	CHECK_INT(loop_init(0), 0);
	ran = 0;
	CHECK_INT(fibre_spawn("endless", never_ends, NULL), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(fibre_count(), 1);
	loop_fini();
	CHECK_INT(ran, ERR_CANCELLED);
	CHECK_INT(fibre_count(), 0);
}

/* rt/worker: in order, one at a time, beside the loop; errors reach the fibre that asked. */
#include "rt/worker.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "rt/loop.h"
#include "test.h"

enum { MANY = 200 };

static struct worker *worker;
static atomic_int running;
static int order[MANY], n_order, n_done, gate[2];

static int note(void *arg)
{
	CHECK_INT(atomic_fetch_add(&running, 1), 0);
	order[n_order++] = *(int *)arg;
	atomic_fetch_sub(&running, 1);
	return *(int *)arg % 3 ? *(int *)arg : err(ERR_IO, "number %d", *(int *)arg);
}

static void ask(void *arg)
{
	int r = worker_run(worker, note, arg, "a number");
	char want[64];
	snprintf(want, sizeof want, "number %d", *(int *)arg);
	CHECK_INT(r, *(int *)arg % 3 ? *(int *)arg : ERR_IO);
	if (r < 0)
		CHECK(strstr(err_str(r), want) != NULL);
	n_done++;
}

static int hold(void *arg)
{
	char c;
	(void)arg;
	return read(gate[0], &c, 1) == 1 ? 7 : ERR_IO;
}

static void ask_long(void *arg)
{
	(void)arg;
	CHECK_INT(worker_run(worker, hold, NULL, "a gate"), 7);
	n_done++;
}

static void both(void *arg)
{
	static int numbers[MANY];
	(void)arg;
	CHECK_INT(worker_start("numbers", &worker), 0);
	for (int i = 0; i < MANY; i++) {
		numbers[i] = i;
		CHECK_INT(fibre_spawn("ask", ask, &numbers[i]), 0);
	}
	while (n_done < MANY)
		CHECK_INT(fibre_yield(), 0);
	for (int i = 0; i < MANY; i++)
		CHECK_INT(order[i], i);

	/* The loop turns while the thread waits. */
	CHECK_INT(pipe(gate), 0);
	CHECK_INT(fibre_spawn("gate", ask_long, NULL), 0);
	for (int i = 0; i < 10; i++)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(n_done, MANY);
	CHECK_INT(write(gate[1], "x", 1), 1);
	while (n_done == MANY)
		CHECK_INT(fibre_yield(), 0);
	close(gate[0]);
	close(gate[1]);
	worker_stop(worker);
}

TEST(a_worker_does_all_in_order)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", both, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

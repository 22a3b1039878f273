/* rt/worker.c - see worker.h. */
#include "rt/worker.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "rt/fibre_impl.h"
#include "rt/loop_impl.h"

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* of the next three */
	pthread_cond_t work;
	struct list given, done;
	bool stopping;

	uv_async_t wake; /* the loop's */
	size_t n;        /* jobs that are not told yet */
};

struct job {
	struct list link;
	int (*fn)(void *arg);
	void *arg;
	int result;
	struct fibre *fibre;
};

/* ---- the thread ---- */

/* Jobs stay in the order given.  NULL: the end. */
static struct job *next(struct worker *w)
{
	struct job *j;
	while (!(j = LIST_FIRST(&w->given, struct job, link)) && !w->stopping)
		pthread_cond_wait(&w->work, &w->lock);
	if (j)
		list_remove(&j->link);
	return j;
}

/* The fibre is parked, so its error record is free. */
static void run(struct job *j)
{
	struct err_detail *outer = err_here;
	err_here = &j->fibre->err;
	j->result = j->fn(j->arg);
	err_here = outer;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	pthread_mutex_lock(&w->lock);
	for (struct job *j; (j = next(w));) {
		pthread_mutex_unlock(&w->lock);
		run(j);
		pthread_mutex_lock(&w->lock);
		list_push_back(&w->done, &j->link);
		uv_async_send(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are for the loop's thread. */
static int start(struct worker *w, const char *name)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int e = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e)
		return err(ERR_NO_MEMORY, "no thread for %s", name);
	pthread_setname_np(w->thread, name);
	return 0;
}

/* ---- the loop ---- */

static void tell(uv_async_t *h)
{
	struct worker *w = h->data;
	struct list done = LIST_INIT(done);
	struct job *j, *tmp;
	pthread_mutex_lock(&w->lock);
	LIST_EACH_SAFE(j, tmp, &w->done, link) {
		list_remove(&j->link);
		list_push_back(&done, &j->link);
	}
	pthread_mutex_unlock(&w->lock);
	LIST_EACH_SAFE(j, tmp, &done, link) {
		list_remove(&j->link);
		loop_elsewhere--;
		if (--w->n == 0)
			uv_unref((uv_handle_t *)h);
		fibre_wake(j->fibre, j->result);
	}
	loop_turn();
}

static void closed(uv_handle_t *h)
{
	struct worker *w = h->data;
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	free(w);
}

int worker_start(const char *name, struct worker **out)
{
	struct worker *w = calloc(1, sizeof *w);
	if (!w || uv_async_init(loop_uv(), &w->wake, tell) < 0) {
		free(w);
		return err(ERR_NO_MEMORY, "no memory for %s", name);
	}
	w->wake.data = w;
	uv_unref((uv_handle_t *)&w->wake);
	list_init(&w->given);
	list_init(&w->done);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	int r = start(w, name);
	if (r < 0) {
		uv_close((uv_handle_t *)&w->wake, closed);
		return r;
	}
	*out = w;
	return 0;
}

void worker_stop(struct worker *w)
{
	if (!w)
		return;
	assert(!w->n);
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	uv_close((uv_handle_t *)&w->wake, closed);
}

WAITS int worker_run(struct worker *w, int (*fn)(void *arg), void *arg, const char *what)
{
	struct job j = { .fn = fn, .arg = arg, .fibre = fibre_self() };
	if (w->n++ == 0)
		uv_ref((uv_handle_t *)&w->wake);
	loop_elsewhere++;
	pthread_mutex_lock(&w->lock);
	list_push_back(&w->given, &j.link);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	return fibre_wait_uncancelled(what);
}

/* component/net/https.c - see https.h. */
#include "component/net/https.h"

#include <stdlib.h>

#include "base/clock.h"
#include "webget/webget.h"

struct https {
	struct poller *poller;
	const char *roots;
	CURLM *multi;
	struct poller_wait timer;
	struct list watches;
};

struct https_get {
	struct https *https;
	struct webget web;
	struct buf body;
	https_answered_fn *fn;
	void *arg;
};

/* A socket that libcurl waits for. */
struct watch {
	struct list list;
	struct https *https;
	struct poller_wait wait;
	curl_socket_t fd;
	short events;
};

/* ---- libcurl on the poller ------------------------------------------------------------- */

static void take_results(struct https *h)
{
	int left;
	CURLMsg *m;

	while ((m = curl.multi_info_read(h->multi, &left))) {
		struct https_get *g = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&g);
		g->fn(g->arg, webget_judge(&g->web, m->data.result), buf_span(&g->body));
		https_forget(g);
	}
}

static void act(struct https *h, curl_socket_t fd, int events)
{
	int running;

	curl.multi_socket_action(h->multi, fd, events, &running);
	take_results(h);
}

static void on_time(void *arg, short happened)
{
	(void)happened;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct https *h = arg;

	(void)multi;
	if (ms < 0)
		poller_forget(&h->timer);
	else
		poller_wait(h->poller, &h->timer, -1, 0, clock_add(clock_now_at(), ms));
	return 0;
}

static void on_ready(void *arg, short happened)
{
	struct watch *w = arg;
	int flags = happened & (POLLERR | POLLNVAL) ? CURL_CSELECT_ERR : 0;

	if (happened & (POLLIN | POLLHUP))
		flags |= CURL_CSELECT_IN;
	if (happened & POLLOUT)
		flags |= CURL_CSELECT_OUT;
	poller_wait(w->https->poller, &w->wait, w->fd, w->events, CLOCK_NEVER);
	act(w->https, w->fd, flags); /* may free it */
}

static struct watch *watch_new(struct https *h, curl_socket_t fd)
{
	struct watch *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->https = h;
	w->fd = fd;
	w->wait.fn = on_ready;
	w->wait.arg = w;
	list_push_back(&h->watches, &w->list);
	curl.multi_assign(h->multi, fd, w);
	return w;
}

static void watch_free(struct watch *w)
{
	poller_forget(&w->wait);
	list_remove(&w->list);
	free(w);
}

static int set_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *given)
{
	struct watch *w = given;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			watch_free(w);
		return 0;
	}
	if (!w && !(w = watch_new(arg, fd)))
		return -1;
	w->events =
	        (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
	poller_wait(w->https->poller, &w->wait, fd, w->events, CLOCK_NEVER);
	return 0;
}

int https_new(struct poller *p, const char *roots, struct https **out)
{
	struct https *h;
	int r = webget_load();

	if (r < 0)
		return r;
	h = calloc(1, sizeof *h);
	if (!h || !(h->multi = curl.multi_init())) {
		free(h);
		return err(ERR_NO_MEMORY, "no memory for libcurl");
	}
	h->poller = p;
	h->roots = roots;
	h->timer.fn = on_time;
	h->timer.arg = h;
	list_init(&h->watches);
	curl.multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, set_watch);
	curl.multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl.multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl.multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	*out = h;
	return 0;
}

void https_free(struct https *h)
{
	struct watch *w;

	if (!h)
		return;
	curl.multi_cleanup(h->multi);
	while ((w = LIST_FIRST(&h->watches, struct watch, list)))
		watch_free(w);
	poller_forget(&h->timer);
	free(h);
}

/* ---- one text --------------------------------------------------------------------------- */

static bool trust(CURL *c, const char *roots)
{
	return !roots || (!curl.easy_setopt(c, CURLOPT_CAINFO, roots) &&
	                  !curl.easy_setopt(c, CURLOPT_CAPATH, NULL));
}

int https_get(struct https *h, const struct webget_question *q, size_t max, https_answered_fn *fn,
              void *arg, struct https_get **out)
{
	struct https_get *g = calloc(1, sizeof *g);

	if (!g)
		return err(ERR_NO_MEMORY, "no memory for %s", q->url);
	g->https = h;
	g->body = BUF(max);
	g->fn = fn;
	g->arg = arg;
	if (webget_begin(&g->web, q, &g->body, g) < 0 || !trust(g->web.easy, h->roots) ||
	    curl.multi_add_handle(h->multi, g->web.easy)) {
		https_forget(g);
		return err(ERR_NO_MEMORY, "no memory for %s", q->url);
	}
	*out = g;
	return 0;
}

void https_forget(struct https_get *g)
{
	if (!g)
		return;
	if (g->web.easy)
		curl.multi_remove_handle(g->https->multi, g->web.easy);
	webget_end(&g->web);
	buf_fini(&g->body);
	free(g);
}

/* courier/https.c - see https.h.
 *
 * libcurl says which sockets it waits for and when it wants to be called; libuv does the waiting.
 */
#include "courier/https.h"

#include <stdlib.h>

#include "rt/loop.h"
#include "webget/webget.h"

enum { IDLE_MAX = 16 }; /* connections that are kept, of endpoints: no other is asked twice soon */

struct get {
	struct webget web;
	bool begun, done;
	CURLcode code;
	struct cond answered;
};

/* A socket that libcurl waits for. */
struct watch {
	uv_poll_t poll;
	curl_socket_t fd;
};

static struct {
	CURLM *multi;
	struct tls_context *roots;
	struct loop_timer timer;
} https;

/* ---- libcurl on the loop -------------------------------------------------------------- */

static void take_results(void)
{
	int left;
	CURLMsg *m;

	while ((m = curl.multi_info_read(https.multi, &left))) {
		struct get *g = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&g);
		g->code = m->data.result;
		g->done = true;
		cond_broadcast(&g->answered);
	}
}

static void act(curl_socket_t fd, int events)
{
	int running;

	curl.multi_socket_action(https.multi, fd, events, &running);
	take_results();
}

static void on_time(void *arg)
{
	act(CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	if (ms < 0)
		loop_timer_stop(&https.timer);
	else
		loop_timer_start(&https.timer, clock_add(loop_now_at(), ms), on_time, NULL);
	return 0;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct watch *w = CONTAINER(poll, struct watch, poll);
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(w->fd, flags);
	loop_turn();
}

static void free_watch(uv_handle_t *h)
{
	free(CONTAINER((uv_poll_t *)h, struct watch, poll));
}

static struct watch *watch_new(curl_socket_t fd)
{
	struct watch *w = calloc(1, sizeof *w);

	if (!w || uv_poll_init(loop_uv(), &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->fd = fd;
	curl.multi_assign(https.multi, fd, w);
	return w;
}

static int set_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *given)
{
	struct watch *w = given;
	int events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (w)
			uv_close((uv_handle_t *)&w->poll, free_watch);
		return 0;
	}
	if (!w && !(w = watch_new(fd)))
		return -1;
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, on_ready);
	return 0;
}

int https_open(struct tls_context *roots)
{
	if (!roots)
		return 0; /* then there are no policies */
	int r = webget_load();
	if (r < 0)
		return r;
	https.roots = roots;
	if (!(https.multi = curl.multi_init()))
		return err(ERR_NO_MEMORY, "no memory for libcurl");
	curl.multi_setopt(https.multi, CURLMOPT_SOCKETFUNCTION, set_watch);
	curl.multi_setopt(https.multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl.multi_setopt(https.multi, CURLMOPT_MAXCONNECTS, (long)IDLE_MAX);
	return 0;
}

void https_close(void)
{
	if (!https.multi)
		return;
	curl.multi_cleanup(TAKE(https.multi));
	loop_timer_stop(&https.timer);
}

/* ---- one text --------------------------------------------------------------------------- */

static CURLcode use_roots(CURL *easy, void *ssl_ctx, void *arg)
{
	tls_lend_roots(https.roots, ssl_ctx);
	return CURLE_OK;
}

static bool trust(CURL *c)
{
	return !curl.easy_setopt(c, CURLOPT_CAINFO, NULL) &&
	       !curl.easy_setopt(c, CURLOPT_CAPATH, NULL) &&
	       !curl.easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, use_roots);
}

/* Until it has ended; g->code says how. */
static WAITS int run(struct get *g, const struct webget_question *q, struct buf *body)
{
	if (!https.multi)
		return err(ERR_UNAVAILABLE, "the system has no root certificates");
	cond_init(&g->answered);
	g->begun = true;
	int r = webget_begin(&g->web, q, body, g);
	if (r == 0 && (!trust(g->web.easy) || curl.multi_add_handle(https.multi, g->web.easy)))
		r = err(ERR_NO_MEMORY, "no memory for %s", q->url);
	while (r == 0 && !g->done)
		r = cond_wait(&g->answered, "a web server"); /* WAITS */
	return r;
}

static void finish(struct get *g)
{
	if (g->web.easy && https.multi)
		curl.multi_remove_handle(https.multi, g->web.easy);
	if (g->begun)
		webget_end(&g->web);
}

WAITS int https_get(const struct webget_question *q, struct buf *body)
{
	struct get g = { .done = false };
	int r = run(&g, q, body); /* WAITS */

	if (r == 0)
		r = webget_judge(&g.web, g.code);
	finish(&g);
	return r;
}

WAITS int https_post(const struct webget_question *q, struct buf *body, struct webget_answer *out)
{
	struct get g = { .done = false };
	int r = run(&g, q, body); /* WAITS */

	if (r == 0)
		r = webget_answered(&g.web, g.code, out);
	finish(&g);
	return r;
}

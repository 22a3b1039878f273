/* courier/https.c - see https.h.
 *
 * libcurl says which sockets it waits for and when it wants to be called; libuv does the waiting.
 */
#include "courier/https.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "rt/loop.h"

struct get {
	CURL *easy;
	struct curl_slist *addresses;
	struct buf *body;
	char words[CURL_ERROR_SIZE];
	bool done, too_big;
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

	while ((m = curl_multi_info_read(https.multi, &left))) {
		struct get *g = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&g);
		g->code = m->data.result;
		g->done = true;
		cond_broadcast(&g->answered);
	}
}

static void act(curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(https.multi, fd, events, &running);
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
	curl_multi_assign(https.multi, fd, w);
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
	https.roots = roots;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(https.multi = curl_multi_init()))
		return err(ERR_NO_MEMORY, "no memory for libcurl");
	curl_multi_setopt(https.multi, CURLMOPT_SOCKETFUNCTION, set_watch);
	curl_multi_setopt(https.multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(https.multi, CURLMOPT_MAXCONNECTS, 1L); /* nobody is asked twice soon */
	return 0;
}

void https_close(void)
{
	if (!https.multi)
		return;
	curl_multi_cleanup(TAKE(https.multi));
	loop_timer_stop(&https.timer);
}

/* ---- one text --------------------------------------------------------------------------- */

static size_t take_octets(char *p, size_t size, size_t n, void *arg)
{
	struct get *g = arg;

	if (buf_put(g->body, span_make(p, n)) < 0) {
		g->too_big = true;
		return 0;
	}
	return n;
}

static CURLcode use_roots(CURL *easy, void *ssl_ctx, void *arg)
{
	tls_lend_roots(https.roots, ssl_ctx);
	return CURLE_OK;
}

static bool set_up(struct get *g, const struct https_question *q)
{
	CURL *c = g->easy = curl_easy_init();

	g->addresses = curl_slist_append(NULL, q->addresses);
	if (!c || !g->addresses)
		return false;
	return !curl_easy_setopt(c, CURLOPT_URL, q->url) &&
	       !curl_easy_setopt(c, CURLOPT_RESOLVE, g->addresses) &&
	       !curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") &&
	       !curl_easy_setopt(c, CURLOPT_PROXY, "") &&
	       !curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) &&
	       !curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) &&
	       !curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) &&
	       !curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       !curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       !curl_easy_setopt(c, CURLOPT_CAINFO, NULL) &&
	       !curl_easy_setopt(c, CURLOPT_CAPATH, NULL) &&
	       !curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, use_roots) &&
	       !curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)q->ms) &&
	       !curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_octets) &&
	       !curl_easy_setopt(c, CURLOPT_WRITEDATA, g) &&
	       !curl_easy_setopt(c, CURLOPT_ERRORBUFFER, g->words) &&
	       !curl_easy_setopt(c, CURLOPT_PRIVATE, g);
}

static int judge(struct get *g, const struct https_question *q)
{
	const char *type = NULL;
	const char *words = *g->words ? g->words : curl_easy_strerror(g->code);
	long status = 0;

	if (g->too_big)
		return err(ERR_TOO_BIG, "%s: more than %zu octets", q->url, g->body->cap);
	if (g->code == CURLE_OPERATION_TIMEDOUT)
		return err(ERR_TIMEOUT, "%s: %s", q->url, words);
	if (g->code == CURLE_PEER_FAILED_VERIFICATION)
		return err(ERR_CERTIFICATE, "%s: %s", q->url, words);
	if (g->code)
		return err(ERR_NET, "%s: %s", q->url, words);
	curl_easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return err(ERR_NET, "%s: the web server answered %ld", q->url, status);
	curl_easy_getinfo(g->easy, CURLINFO_CONTENT_TYPE, &type);
	if (!span_starts_nocase(span_str(type), span_str(q->type)))
		return err(ERR_NET, "%s: its content is no %s", q->url, q->type);
	return 0;
}

WAITS int https_get(const struct https_question *q, struct buf *body)
{
	struct get g = { .body = body };
	int r = 0;

	if (!https.multi)
		return err(ERR_UNAVAILABLE, "the system has no root certificates");
	cond_init(&g.answered);
	if (!set_up(&g, q) || curl_multi_add_handle(https.multi, g.easy))
		r = err(ERR_NO_MEMORY, "no memory for %s", q->url);
	while (r == 0 && !g.done)
		r = cond_wait(&g.answered, "a web server"); /* WAITS */
	if (r == 0)
		r = judge(&g, q);
	curl_multi_remove_handle(https.multi, g.easy);
	curl_easy_cleanup(g.easy);
	curl_slist_free_all(g.addresses);
	return r;
}

/* webget/webget.c - see webget.h. */
#include "webget/webget.h"

#include <pthread.h>

#include "base/os/library.h"

struct webget_curl curl;

#define FUNCTION(name) { "curl_" #name, &curl.name },
static const struct library_function functions[] = { WEBGET_FUNCTIONS(FUNCTION) };

static bool is_loaded;

static void load(void)
{
	is_loaded = library_load("libcurl.so.4", functions, N_ELEMS(functions)) >= 0 &&
	            curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

int webget_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return is_loaded ? 0 : err(ERR_UNAVAILABLE, "libcurl is not there");
}

static size_t take_octets(char *p, size_t size, size_t n, void *arg)
{
	struct webget *g = arg;

	if (buf_put(g->body, span_make(p, size * n)) < 0) {
		g->too_big = true;
		return 0;
	}
	return size * n;
}

static bool set_up(struct webget *g, void *arg)
{
	CURL *c = g->easy = curl.easy_init();

	g->addresses = curl.slist_append(NULL, g->asked.addresses);
	if (!c || !g->addresses)
		return false;
	return !curl.easy_setopt(c, CURLOPT_URL, g->asked.url) &&
	       !curl.easy_setopt(c, CURLOPT_RESOLVE, g->addresses) &&
	       !curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") &&
	       !curl.easy_setopt(c, CURLOPT_PROXY, "") &&
	       !curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L) &&
	       !curl.easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) &&
	       !curl.easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) &&
	       !curl.easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       !curl.easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       !curl.easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)g->asked.ms) &&
	       !curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take_octets) &&
	       !curl.easy_setopt(c, CURLOPT_WRITEDATA, g) &&
	       !curl.easy_setopt(c, CURLOPT_ERRORBUFFER, g->words) &&
	       !curl.easy_setopt(c, CURLOPT_PRIVATE, arg);
}

int webget_begin(struct webget *g, const struct webget_question *q, struct buf *body, void *arg)
{
	*g = (struct webget){ .asked = *q, .body = body };
	return set_up(g, arg) ? 0 : err(ERR_NO_MEMORY, "no memory for %s", q->url);
}

int webget_judge(const struct webget *g, CURLcode code)
{
	const char *words = *g->words ? g->words : curl.easy_strerror(code), *type = NULL;
	const char *url = g->asked.url;
	long status = 0;

	if (g->too_big)
		return err(ERR_TOO_BIG, "%s: more than %zu octets", url, g->body->cap);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err(ERR_TIMEOUT, "%s: %s", url, words);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return err(ERR_CERTIFICATE, "%s: %s", url, words);
	if (code)
		return err(ERR_NET, "%s: %s", url, words);
	curl.easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return err(ERR_NET, "%s: the web server answered %ld", url, status);
	curl.easy_getinfo(g->easy, CURLINFO_CONTENT_TYPE, &type);
	if (!span_starts_nocase(span_str(type), span_str(g->asked.type)))
		return err(ERR_NET, "%s: its content is no %s", url, g->asked.type);
	return 0;
}

void webget_end(struct webget *g)
{
	if (g->easy)
		curl.easy_cleanup(g->easy);
	curl.slist_free_all(g->addresses);
	g->easy = NULL;
	g->addresses = NULL;
}

/* webget/webget.c - see webget.h. */
#include "webget/webget.h"

#include <pthread.h>
#include <sys/socket.h>

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

enum { ANSWER_MAX = 64 << 10 }; /* octets behind the head of what is answered to a post */

static size_t take_octets(char *p, size_t size, size_t n, void *arg)
{
	struct webget *g = arg;
	struct span got = span_make(p, size * n);

	g->n_taken += got.n;
	if (g->asked.post && g->n_taken <= ANSWER_MAX)
		got = span_sub(got, 0, g->body->cap - g->body->n);
	if (buf_put(g->body, got) < 0) {
		g->too_big = true;
		return 0;
	}
	return size * n;
}

/* The address that libcurl is about to connect to, wherever it has it from. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct webget *g = arg;

	if (g->asked.may && !g->asked.may(&to->addr, g->asked.arg))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool set_up_post(struct webget *g)
{
	const struct webget_post *post = g->asked.post;
	CURL *c = g->easy;

	for (size_t i = 0; i < post->n_fields; i++) {
		struct curl_slist *more = curl.slist_append(g->fields, post->fields[i]);

		if (!more)
			return false;
		g->fields = more;
	}
	return !curl.easy_setopt(c, CURLOPT_POST, 1L) &&
	       !curl.easy_setopt(c, CURLOPT_POSTFIELDS, post->body.p) &&
	       !curl.easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)post->body.n) &&
	       !curl.easy_setopt(c, CURLOPT_HTTPHEADER, g->fields);
}

static bool set_up_connection(struct webget *g)
{
	CURL *c = g->easy;
	long once = !g->asked.post;

	if (g->asked.addresses)
		g->addresses = curl.slist_append(NULL, g->asked.addresses);
	return (!g->asked.addresses ||
	        (g->addresses && !curl.easy_setopt(c, CURLOPT_RESOLVE, g->addresses))) &&
	       !curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR,
	                         g->asked.may_be_clear ? "http,https" : "https") &&
	       !curl.easy_setopt(c, CURLOPT_PROXY, "") &&
	       !curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl.easy_setopt(c, CURLOPT_FRESH_CONNECT, once) &&
	       !curl.easy_setopt(c, CURLOPT_FORBID_REUSE, once) &&
	       !curl.easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
	       !curl.easy_setopt(c, CURLOPT_OPENSOCKETDATA, g) &&
	       !curl.easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static bool set_up(struct webget *g, void *arg)
{
	CURL *c = g->easy = curl.easy_init();

	if (!c || !set_up_connection(g))
		return false;
	return !curl.easy_setopt(c, CURLOPT_URL, g->asked.url) &&
	       !curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L) &&
	       !curl.easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       !curl.easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)g->asked.ms) &&
	       !curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, take_octets) &&
	       !curl.easy_setopt(c, CURLOPT_WRITEDATA, g) &&
	       !curl.easy_setopt(c, CURLOPT_ERRORBUFFER, g->words) &&
	       !curl.easy_setopt(c, CURLOPT_PRIVATE, arg) && (!g->asked.post || set_up_post(g));
}

int webget_begin(struct webget *g, const struct webget_question *q, struct buf *body, void *arg)
{
	*g = (struct webget){ .asked = *q, .body = body };
	return set_up(g, arg) ? 0 : err(ERR_NO_MEMORY, "no memory for %s", q->url);
}

static int fault(const struct webget *g, CURLcode code)
{
	const char *words = *g->words ? g->words : curl.easy_strerror(code);
	const char *url = g->asked.url;

	if (g->too_big)
		return err(ERR_TOO_BIG, "%s: more than %zu octets", url, g->body->cap);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err(ERR_TIMEOUT, "%s: %s", url, words);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return err(ERR_CERTIFICATE, "%s: %s", url, words);
	return code ? err(ERR_NET, "%s: %s", url, words) : 0;
}

int webget_judge(const struct webget *g, CURLcode code)
{
	const char *url = g->asked.url, *type = NULL;
	long status = 0;
	int r = fault(g, code);

	if (r < 0)
		return r;
	curl.easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return err(ERR_NET, "%s: the web server answered %ld", url, status);
	curl.easy_getinfo(g->easy, CURLINFO_CONTENT_TYPE, &type);
	if (g->asked.type && !span_starts_nocase(span_str(type), span_str(g->asked.type)))
		return err(ERR_NET, "%s: its content is no %s", url, g->asked.type);
	return 0;
}

int webget_answered(const struct webget *g, CURLcode code, struct webget_answer *out)
{
	curl_off_t wait_s = 0;
	long status = 0;

	curl.easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200) {
		int r = fault(g, code);

		return r < 0 ? r : err(ERR_NET, "%s: no answer came", g->asked.url);
	}
	curl.easy_getinfo(g->easy, CURLINFO_RETRY_AFTER, &wait_s);
	*out = (struct webget_answer){ (int)status, wait_s > 0 ? wait_s : 0 };
	return 0;
}

void webget_end(struct webget *g)
{
	if (g->easy)
		curl.easy_cleanup(g->easy);
	curl.slist_free_all(g->addresses);
	curl.slist_free_all(g->fields);
	g->easy = NULL;
	g->addresses = g->fields = NULL;
}

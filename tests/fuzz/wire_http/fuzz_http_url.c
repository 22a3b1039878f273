/* URLs of endpoints: where we say that one leads, libcurl goes. */
#include "fuzz.h"

#include <curl/curl.h>

#include "base/arena.h"
#include "wire/http/url.h"

static char *part(CURLU *u, CURLUPart what)
{
	char *text = NULL;

	return curl_url_get(u, what, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

/* An IPv6 address has brackets there, and another form perhaps. */
static bool is_same_host(const struct http_url *ours, const char *theirs)
{
	struct span host = span_str(theirs);
	struct ip ip;

	if (!ours->ip.n)
		return span_eq_nocase(ours->host, host);
	if (host.n && host.p[0] == '[')
		host = span_sub(host, 1, host.n - 2);
	return ip_parse(host, &ip) >= 0 && ip_eq(&ip, &ours->ip);
}

static void compare(const char *text, const struct http_url *ours)
{
	CURLU *u = curl_url();

	MUST(u && curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK);
	char *scheme = part(u, CURLUPART_SCHEME), *host = part(u, CURLUPART_HOST);
	char *port = part(u, CURLUPART_PORT), *user = part(u, CURLUPART_USER);
	char *fragment = part(u, CURLUPART_FRAGMENT);
	MUST(scheme && host && port && !user && !fragment);
	MUST(strcmp(scheme, ours->clear ? "http" : "https") == 0);
	MUST(is_same_host(ours, host));
	MUST(strtoul(port, NULL, 10) == ours->port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct http_url got;
	int r = http_url_parse(span_make(data, size), &got);

	if (r < 0) {
		MUST(*err_str(r));
		return 0;
	}
	MUST(got.host.n && got.port && size <= HTTP_URL_MAX);
	char *text = arena_str(&mem, span_make(data, size));
	MUST(text && strlen(text) == size);
	compare(text, &got);
	return 0;
}

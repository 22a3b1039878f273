/* courier/webhook.c - posts an event to an endpoint (calls/webhooks.h).
 *
 * An account says where: so of all addresses of the host those alone are tried that are public, or
 * in http.webhook_networks, and libcurl connects to what was looked at here and to nothing else
 * (threats 3.29).  What is answered is told and not followed.
 */
#include <string.h>

#include "courier/courier.h"
#include "courier/https.h"
#include "courier/state.h"
#include "courier/web_host.h"
#include "policy/limits.h"
#include "webget/webget.h"
#include "wire/http/url.h"

enum { FIELD_MAX = 1024, FIELDS = 7 };

/* As texts: an address that holds an IPv4 one leads there, too. */
static bool is_ours(const struct ip *ip)
{
	char own[IP_TEXT_BYTES], text[IP_TEXT_BYTES];

	ip_text(ip, text);
	for (size_t i = 0; i < courier.own.n_interfaces; i++)
		if (strcmp(ip_text(&courier.own.interfaces[i], own), text) == 0)
			return true;
	return false;
}

/* Clear text stays within the networks that are permitted. */
static bool may_go_to(const struct address *to, void *arg)
{
	const struct http_url *url = arg;
	struct ip ip;

	address_ip(to, &ip);
	if (limits_in_networks(to, &courier.set->http_webhook_networks))
		return true;
	return !url->clear && !ip_is_special(&ip) && !is_ours(&ip);
}

static bool may_connect(const struct sockaddr *to, void *arg)
{
	struct address a = { 0 };

	a.len = to->sa_family == AF_INET    ? sizeof a.in
	        : to->sa_family == AF_INET6 ? sizeof a.in6
	                                    : 0;
	memcpy(&a, to, a.len);
	return a.len && may_go_to(&a, arg);
}

static WAITS int find(struct http_url *url, struct arena *mem, struct buf *out)
{
	char *name = arena_str(mem, url->host);
	struct address given;

	if (!name)
		return ERR_NO_MEMORY;
	buf_puts(out, "+"); /* to be forgotten soon: the next time it is asked for again */
	if (!url->ip.n)
		return web_host_find(&(struct web_host){ .name = name,
		                                         .port = url->port,
		                                         .ipv6 = courier.set->delivery_ipv6,
		                                         .what = "webhooks",
		                                         .may = may_go_to,
		                                         .arg = url },
		                     mem, out); /* WAITS */
	address_from_ip(&url->ip, url->port, &given);
	return may_go_to(&given, url)
	               ? 0
	               : err(ERR_NET,
	                     "%s is no address that webhooks may go to: it is private, or this "
	                     "server's own",
	                     name);
}

/* As it was understood here. */
static char *print_url(const struct http_url *url, struct arena *mem)
{
	bool six = url->ip.n == 16;

	return arena_printf(
	        mem, "%s://%s%.*s%s:%u%s%.*s", url->clear ? "http" : "https", six ? "[" : "",
	        SPAN_ARG(url->host), six ? "]" : "", (unsigned)url->port,
	        url->target.n && url->target.p[0] == '/' ? "" : "/", SPAN_ARG(url->target));
}

static bool put_fields(const struct webhook_post_args *a, struct arena *mem,
                       const char *out[FIELDS])
{
	out[0] = "Content-Type: application/json";
	out[1] = "User-Agent: Postrider-Webhooks";
	out[2] = "Accept: */*";
	out[3] = "Expect:"; /* none */
	out[4] = arena_printf(mem, "webhook-id: %.*s", SPAN_ARG(a->id));
	out[5] = arena_printf(mem, "webhook-timestamp: %jd", (intmax_t)a->time_s);
	out[6] = arena_printf(mem, "webhook-signature: %.*s", SPAN_ARG(a->signature));
	return out[4] && out[5] && out[6];
}

static WAITS int post(const struct webhook_post_args *a, struct arena *mem, struct buf *said,
                      struct webget_answer *answer)
{
	AUTO_BUF addresses = BUF(FIELD_MAX);
	const char *fields[FIELDS];
	struct http_url url;
	int r = http_url_parse(a->url, &url);

	if (r >= 0)
		r = find(&url, mem, &addresses); /* WAITS */
	if (r < 0)
		return r;
	const struct webget_post what = { fields, FIELDS, a->body };
	const struct webget_question q = { .url = print_url(&url, mem),
		                           .addresses = url.ip.n ? NULL : buf_str(&addresses),
		                           .ms = courier.set->http_webhook_time,
		                           .post = &what,
		                           .may_be_clear = url.clear,
		                           .may = may_connect,
		                           .arg = &url };
	if (!q.url || !put_fields(a, mem, fields))
		return ERR_NO_MEMORY;
	return https_post(&q, said, answer); /* WAITS */
}

/* What follows is the store's to say. */
WAITS int webhook_post_here(const struct webhook_post_args *a, struct arena *mem,
                            struct webhook_post_reply *out)
{
	AUTO_BUF said = BUF(WEBHOOK_ANSWER_MAX);
	struct webget_answer answer = { 0 };
	int64_t begun_at = clock_now_at();
	int r;

	if (courier.stopping)
		return ERR_CANCELLED;
	r = post(a, mem, &said, &answer); /* WAITS */
	if (r == ERR_CANCELLED || r == ERR_NO_MEMORY)
		return r;
	*out = (struct webhook_post_reply){ .status = (uint16_t)answer.status,
		                            .elapsed_ms = clock_now_at() - begun_at,
		                            .retry_after_s = answer.retry_after_s };
	if (r < 0)
		r = arena_copy(mem, span_str(err_str(r)), &out->words);
	return r < 0 ? r : arena_copy(mem, buf_span(&said), &out->answer);
}

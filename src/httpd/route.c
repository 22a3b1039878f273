/* httpd/route.c - which handler a request is for. */
#include "httpd/challenge.h"
#include "httpd/session.h"
#include "wire/http/query.h"

static const struct httpd_route api[] = {
	{ HTTP_POST, "/v1/messages", httpd_send, TICKET_SUBMIT },
	{ HTTP_POST, "/v1/messages/batch", httpd_batch, TICKET_SUBMIT },
	{ HTTP_GET, "/v1/messages", httpd_messages, TICKET_REPORT },
	{ HTTP_GET, "/v1/messages/:", httpd_message, TICKET_REPORT },
	{ HTTP_POST, "/v1/messages/:/cancel", httpd_cancel, TICKET_MANAGE },
	{ HTTP_POST, "/v1/messages/:/retry", httpd_retry, TICKET_MANAGE },
	{ HTTP_GET, "/v1/events", httpd_events, TICKET_REPORT },
	{ HTTP_GET, "/v1/suppressions", httpd_suppressions, TICKET_REPORT },
	{ HTTP_POST, "/v1/suppressions", httpd_suppress, TICKET_MANAGE },
	{ HTTP_DELETE, "/v1/suppressions/:", httpd_unsuppress, TICKET_MANAGE },
	{ HTTP_GET, "/v1/templates", httpd_templates, TICKET_REPORT },
	{ HTTP_GET, "/v1/templates/:", httpd_template, TICKET_REPORT },
	{ HTTP_PUT, "/v1/templates/:", httpd_template_put, TICKET_MANAGE },
	{ HTTP_DELETE, "/v1/templates/:", httpd_template_remove, TICKET_MANAGE },
	{ HTTP_POST, "/v1/templates/:/preview", httpd_template_preview, TICKET_REPORT },
	{ HTTP_GET, "/v1/forms", httpd_forms, TICKET_REPORT },
	{ HTTP_POST, "/v1/forms", httpd_form_make, TICKET_MANAGE },
	{ HTTP_GET, "/v1/forms/:", httpd_form, TICKET_REPORT },
	{ HTTP_PUT, "/v1/forms/:", httpd_form_put, TICKET_MANAGE },
	{ HTTP_DELETE, "/v1/forms/:", httpd_form_remove, TICKET_MANAGE },
	{ HTTP_POST, "/f/:", httpd_filled, 0 },
	{ HTTP_GET, "/f/:/token", httpd_form_token, 0 },
	{ HTTP_GET, "/v1/webhooks", httpd_webhooks, TICKET_REPORT },
	{ HTTP_POST, "/v1/webhooks", httpd_webhook_new, TICKET_MANAGE },
	{ HTTP_GET, "/v1/webhooks/:", httpd_webhook, TICKET_REPORT },
	{ HTTP_PATCH, "/v1/webhooks/:", httpd_webhook_change, TICKET_MANAGE },
	{ HTTP_DELETE, "/v1/webhooks/:", httpd_webhook_remove, TICKET_MANAGE },
	{ HTTP_POST, "/v1/webhooks/:/test", httpd_webhook_test, TICKET_MANAGE },
	{ HTTP_POST, "/v1/webhooks/:/rotate", httpd_webhook_rotate, TICKET_MANAGE },
	{ HTTP_POST, "/v1/webhooks/:/replay", httpd_webhook_replay, TICKET_MANAGE },
	{ HTTP_GET, "/v1/webhooks/:/attempts", httpd_webhook_attempts, TICKET_REPORT },
	{ HTTP_GET, "/v1/domains", httpd_domains, TICKET_REPORT },
	{ HTTP_GET, "/v1/domains/:", httpd_domain, TICKET_REPORT },
	{ HTTP_GET, "/v1/openapi.json", httpd_openapi, 0 },
	{ HTTP_GET, "/u/:", httpd_unsubscribe, 0 },
	{ HTTP_POST, "/u/:", httpd_unsubscribe, 0 },
	/* What mail programs and servers look for (discover.h). */
	{ HTTP_GET, "/mail/config-v1.1.xml", httpd_autoconfig, 0 },
	{ HTTP_GET, "/.well-known/autoconfig/mail/config-v1.1.xml", httpd_autoconfig, 0 },
	{ HTTP_POST, "/autodiscover/autodiscover.xml", httpd_autodiscover, 0 },
	{ HTTP_POST, "/Autodiscover/Autodiscover.xml", httpd_autodiscover, 0 },
	{ HTTP_GET, "/autodiscover/autodiscover.json", httpd_autodiscover_json, 0 },
	{ HTTP_GET, "/Autodiscover/Autodiscover.json", httpd_autodiscover_json, 0 },
	{ HTTP_GET, "/autodiscover/autodiscover.json/v1.0/:", httpd_autodiscover_json, 0 },
	{ HTTP_GET, "/apple.mobileconfig", httpd_profile, 0 },
	{ HTTP_GET, "/.well-known/mta-sts.txt", httpd_mta_sts, 0 },
};

const struct httpd_route *httpd_api(size_t *n)
{
	*n = N_ELEMS(api);
	return api;
}

static int split(struct httpd_request *q)
{
	struct span path = q->head.path;
	int r = 1;

	while (r > 0 && q->n_segments < HTTPD_SEGMENTS_MAX) {
		r = http_segment(&path, &q->mem, &q->segments[q->n_segments]);
		q->n_segments += r > 0;
	}
	return r < 0 ? r : r > 0 && path.n ? ERR_TOO_LONG : 0;
}

static bool fits(const struct httpd_request *q, const char *pattern)
{
	struct span rest = span_str(pattern + 1), word;
	size_t i = 0;

	while (span_split(&rest, '/', &word)) {
		if (i == q->n_segments ||
		    (!span_eq(word, SPAN(":")) && !span_eq(word, q->segments[i])))
			return false;
		i++;
	}
	return i == q->n_segments;
}

/* HEAD is GET without a body. */
static bool is_asked(const struct httpd_request *q, const struct httpd_route *x)
{
	return x->method == q->head.method ||
	       (x->method == HTTP_GET && q->head.method == HTTP_HEAD);
}

static const char *guide(const struct httpd_request *q)
{
	const char *own = q->s->server->guide;

	return own ? own : "/v1/openapi.json";
}

static WAITS int no_method(struct httpd_request *q)
{
	if (q->head.method == HTTP_OTHER)
		return httpd_problem(q, 501, "not-implemented",
		                     "no such method is known here"); /* WAITS */
	return httpd_problem(q, 405, "no-method", "%s is not for this path; see %s",
	                     http_method_name(q->head.method), guide(q)); /* WAITS */
}

/* Clear text is for this machine: who stands in front of us, or tries us. */
static WAITS int to_https(struct httpd_request *q)
{
	AUTO_BUF field = BUF(16 << 10);

	if (!q->head.host.n)
		return httpd_problem(q, 403, "no-tls", "use https"); /* WAITS */
	buf_puts(&field, "Location: https://");
	buf_put(&field, q->head.host);
	buf_put(&field, q->head.path);
	if (q->head.query.n) {
		buf_putc(&field, '?');
		buf_put(&field, q->head.query);
	}
	buf_puts(&field, "\r\n");
	q->closes = true;
	return httpd_answer(q, 308, "text/plain; charset=utf-8", buf_span(&field),
	                    SPAN("https, please\n")); /* WAITS */
}

static bool is_near(const struct httpd_request *q)
{
	const struct stream *stream = q->s->stream;

	return q->s->server->kind == HTTPD_OWN || stream_tls(stream) ||
	       address_is_loopback(stream_peer(stream)) || stream_is_local(stream);
}

static WAITS int may(struct httpd_request *q)
{
	const struct httpd_server *server = q->s->server;

	if (server->gate)
		return server->gate(q);                             /* WAITS */
	return q->route->right ? httpd_may(q, q->route->right) : 1; /* WAITS */
}

WAITS int httpd_route(struct httpd_request *q)
{
	const struct httpd_server *server = q->s->server;
	const struct httpd_route *near = NULL;
	int r = split(q);

	if (r >= 0 && (r = challenge_serve(q)) != 0) /* WAITS */
		return r;
	if (r >= 0 && !is_near(q))
		return to_https(q); /* WAITS */
	for (size_t i = 0; r >= 0 && i < server->n_routes; i++) {
		if (!fits(q, server->routes[i].path))
			continue;
		near = &server->routes[i];
		q->allowed |= 1u << near->method;
		if (!is_asked(q, near))
			continue;
		q->route = near;
		r = may(q);                           /* WAITS */
		return r <= 0 ? r : near->handler(q); /* WAITS */
	}
	if (near)
		return no_method(q); /* WAITS */
	return httpd_problem(q, 404, "not-found", "there is nothing here; what there is, is in %s",
	                     guide(q)); /* WAITS */
}

struct span httpd_parameter(struct httpd_request *q, const char *name)
{
	struct span query = q->head.query, key, value;

	while (http_parameter(&query, &q->mem, &key, &value) == 1)
		if (span_eq(key, span_str(name)))
			return value;
	return SPAN("");
}

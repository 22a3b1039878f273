/* httpd/limits.c - the limits of who sends (sending/), told by the RateLimit and RateLimit-Policy
 * fields (draft-ietf-httpapi-ratelimit-headers-10), and by Retry-After (RFC 9110 10.2.3). */
#include "calls/queue.h"
#include "httpd/session.h"
#include "wire/http/reply.h"

enum { ASK_MS = 5000, VALUE_MAX = 1000, SENDER_MAX = 320 };

struct httpd_limits {
	uint32_t n_recipients;
	bool asked, known;
	struct queue_limits_reply told;
	size_t n_sender;
	char sender[SENDER_MAX];
};

/* Of several in one request the last one is told of. */
int httpd_limits_of(struct httpd_request *q, struct span sender, size_t n)
{
	struct httpd_limits *l = q->limits ? q->limits : arena_new(&q->mem, struct httpd_limits);

	if (!l)
		return ERR_NO_MEMORY;
	*l = (struct httpd_limits){ .n_recipients = (uint32_t)n };
	l->n_sender = sender.n < SENDER_MAX ? sender.n : SENDER_MAX;
	memcpy(l->sender, sender.p, l->n_sender);
	q->limits = l;
	return 0;
}

void httpd_limits_none(struct httpd_request *q)
{
	if (q->limits)
		q->limits->asked = true;
}

/* What cannot be had is not told. */
static WAITS bool ask(struct httpd_request *q)
{
	struct httpd_limits *l = q->limits;
	char ip[ADDRESS_TEXT_BYTES];

	if (!l || l->asked)
		return l && l->known;
	const struct queue_limits_args a = { .ticket = httpd_ticket(q),
		                             .return_path = span_make(l->sender, l->n_sender),
		                             .client_address = span_str(address_text(
		                                     stream_peer(q->s->stream), false, ip)),
		                             .n_recipients = l->n_recipients };
	FIBRE_TIMEOUT(ASK_MS);
	l->asked = true;
	l->known = queue_limits(&a, &q->mem, &l->told) >= 0; /* WAITS */
	return l->known;
}

WAITS int64_t httpd_limits_open(struct httpd_request *q)
{
	if (!ask(q) || q->limits->told.opens_ms == UINT32_MAX) /* WAITS */
		return 0;
	return (q->limits->told.opens_ms + 999) / 1000;
}

/* "account-hour" */
static void put_name(const struct queue_limit *l, struct buf *out)
{
	const char *period = l->period_ms <= 1000      ? "second"
	                     : l->period_ms <= 60000   ? "minute"
	                     : l->period_ms <= 3600000 ? "hour"
	                                               : "day";

	buf_printf(out, "%s\"%.*s-%s\"", out->n ? ", " : "", SPAN_ARG(l->what), period);
}

WAITS void httpd_limits_put(struct httpd_request *q, struct buf *head)
{
	AUTO_BUF policies = BUF(VALUE_MAX), limits = BUF(VALUE_MAX);

	if (!ask(q)) /* WAITS */
		return;
	for (size_t i = 0; i < q->limits->told.n_limits; i++) {
		const struct queue_limit *l = &q->limits->told.limits[i];

		put_name(l, &policies);
		buf_printf(&policies, ";q=%u;w=%u;qu=\"recipients\"", l->count,
		           l->period_ms / 1000);
		put_name(l, &limits);
		buf_printf(&limits, ";r=%u;t=%u", l->left, (l->full_ms + 999) / 1000);
	}
	if (policies.err || limits.err || !policies.n)
		return;
	http_reply_field(head, "RateLimit-Policy", "%s", buf_str(&policies));
	http_reply_field(head, "RateLimit", "%s", buf_str(&limits));
}

/* deliver/outcomes.c - what is told of each recipient; see deliver_state.h. */
#include "deliver/deliver_state.h"

/* A copy in the attempt's memory; without any it stays empty. */
static struct span keep(struct deliver *d, struct span s)
{
	struct span kept;

	if (!s.n || arena_copy(d->mem, s, &kept) < 0)
		return (struct span){ 0 };
	return kept;
}

const char *deliver_tls_policy(enum deliver_tls tls)
{
	switch (tls) {
	case DELIVER_TLS_OPPORTUNISTIC: return "opportunistic";
	case DELIVER_TLS_NONE: return "none";
	case DELIVER_TLS_REQUIRED: return "required";
	case DELIVER_TLS_IMPLICIT: return "required, from the first octet";
	case DELIVER_TLS_DANE: return "DANE";
	case DELIVER_TLS_ENCRYPTED: return "DANE, records of no use: encrypted, to any certificate";
	case DELIVER_TLS_STS: return "MTA-STS";
	case DELIVER_TLS_TESTING: return "MTA-STS, testing: opportunistic";
	case DELIVER_TLS_FAILED: break;
	}
	return "opportunistic, failed: clear text";
}

struct deliver_where deliver_where_to(struct deliver *d)
{
	const struct deliver_candidate *c = &d->group[0];
	char text[IP_TEXT_BYTES];
	bool six = span_find(span_str(ip_text(&c->ip, text)), ':') >= 0;

	if (!c->ip.n) /* a Unix socket */
		return (struct deliver_where){ .host = c->host, .address = c->host };
	return (struct deliver_where){
		.host = c->host,
		.address = span_str(arena_printf(d->mem, six ? "[%s]:%u" : "%s:%u", text, c->port)),
	};
}

struct deliver_where deliver_where(struct deliver *d, struct span tls_version)
{
	struct deliver_where w = deliver_where_to(d);

	w.tls_version = keep(d, tls_version);
	w.tls_policy = span_str(deliver_tls_policy(d->session.tls));
	return w;
}

struct deliver_heard deliver_heard(const struct deliver *d)
{
	return (struct deliver_heard){ d->session.client, d->session.tls, d->kept };
}

/* The outcome of the i-th recipient of the transaction. */
static void decide(struct deliver *d, size_t i, const struct smtp_client_result *r,
                   const struct deliver_where *w)
{
	struct deliver_outcome *o = &d->outcomes[d->index[i]];
	bool delivered = r->verdict.class == SMTP_CLASS_DELIVERED;

	*o = (struct deliver_outcome){
		.delivered = delivered,
		.temporary = !delivered && !r->verdict.permanent,
		.said = *r,
		.host = w->host,
		.address = w->address,
		.tls_version = w->tls_version,
		.tls_policy = w->tls_policy,
	};
	o->said.text = keep(d, r->text);
}

void deliver_settle_all(struct deliver *d, const struct smtp_client_result *r,
                        const struct deliver_where *w)
{
	for (size_t i = 0; i < d->tx.n_rcpts; i++)
		decide(d, i, r, w);
}

static struct smtp_client_result soften(struct deliver *d, const struct smtp_client_result *r)
{
	struct deliver_heard h = deliver_heard(d);
	struct smtp_client_result own = *r;

	if (deliver_is_for_now(&h, d->to->relay.n > 0, r))
		own.verdict.permanent = false;
	return own;
}

void deliver_settle(struct deliver *d, struct span tls_version)
{
	struct deliver_where w = deliver_where(d, tls_version);
	size_t n;
	const struct smtp_client_result *results = smtp_client_results(d->session.client, &n);

	for (size_t i = 0; i < n && i < d->tx.n_rcpts; i++) {
		struct smtp_client_result r = soften(d, &results[i]);

		decide(d, i, &r, &w);
	}
}

/* What the domain's own word has to do with it; NULL: nothing. */
static const char *demand_of(const struct deliver_heard *h, const struct smtp_client_result *r)
{
	bool certificate = r->cause == SMTP_CAUSE_CERTIFICATE;

	if (!certificate && r->cause != SMTP_CAUSE_TLS && r->cause != SMTP_CAUSE_TLS_REQUIRED)
		return NULL;
	switch (h->tls) {
	case DELIVER_TLS_DANE:
	case DELIVER_TLS_ENCRYPTED:
		return certificate ? "none of its TLSA records fits its certificate (DANE, RFC "
		                     "7672); its "
		                     "administrator has to publish one that does"
		                   : "its TLSA records promise encryption (DANE, RFC 7672); its "
		                     "administrator has to mend the server or take them away";
	case DELIVER_TLS_STS:
		return certificate
		               ? "its domain's MTA-STS policy promises a certificate for its name, "
		                 "by an "
		                 "authority that is known (RFC 8461); its administrator has to "
		                 "renew it"
		               : "its domain's MTA-STS policy promises encryption (RFC 8461); its "
		                 "administrator has to mend the server or the policy";
	default: return NULL;
	}
}

/* In the attempt's memory; without any it stays empty. */
static struct span words_of(struct deliver *d, const struct smtp_client_result *r,
                            const struct deliver_where *w)
{
	struct deliver_heard h = deliver_heard(d);
	const char *demand = demand_of(&h, r);

	if (!demand)
		return keep(d, r->text);
	return span_str(arena_printf(d->mem, "%.*s: %.*s; %s", SPAN_ARG(w->host), SPAN_ARG(r->text),
	                             demand));
}

void deliver_fail(struct deliver *d, const struct smtp_client_result *r, struct deliver_where w)
{
	struct deliver_failure f = { soften(d, r), w };

	if (deliver_told_add(&d->told, &f))
		d->told.failure.result.text = words_of(d, r, &w);
}

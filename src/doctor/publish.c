/* doctor/publish.c - see publish.h. */
#include "doctor/publish.h"

#include <stdio.h>

#include "base/buf.h"
#include "config/config_port.h"
#include "crypto/hash.h"
#include "wire/mtasts/mtasts.h"

enum {
	TEXT_MAX = 700,
	SERVICES = 6,
	STRING_BYTES = 255,
	OWNER_MAX = 600,
	RECORD_MAX = 4096,
	ID_BYTES = 8, /* of the digest of a policy */
};

/* What mail programs use; those that begin with TLS first (RFC 8314 3). */
struct service {
	const char *name, *use;
	int priority, port; /* 0: not offered */
};

static void services(const struct publish *p, struct service out[SERVICES])
{
#define SERVICE(name, use, priority, port)                                                         \
	{                                                                                          \
		"_" #name, use, priority, p->set ? config_port(&p->set->listen_##name) : port      \
	}
	const struct service all[SERVICES] = {
		SERVICE(submissions, "to send, SMTP with TLS from the start", 0, 465),
		SERVICE(submission, "to send, SMTP with STARTTLS", 0, 587),
		SERVICE(imaps, "to read, IMAP with TLS from the start", 0, 993),
		SERVICE(imap, "to read, IMAP with STARTTLS", 10, 143),
		SERVICE(pop3s, "to fetch, POP3 with TLS from the start", 10, 995),
		SERVICE(pop3, "to fetch, POP3 with STLS", 20, 110),
	};
	memcpy(out, all, sizeof all);
}

struct putting {
	const struct publish *p;
	publish_fn *fn;
	void *arg;
};

static void put(const struct putting *to, const char *prefix, const char *owner, const char *type,
                const char *value)
{
	AUTO_BUF name = BUF(TEXT_MAX);

	if (buf_printf(&name, "%s%s.", prefix, owner) >= 0)
		to->fn(buf_str(&name), type, value, to->arg);
}

/* The id changes with the policy, whose digest it is (RFC 8461 3.1). */
static void put_policy(const struct putting *to)
{
	AUTO_BUF policy = BUF(MTASTS_POLICY_MAX), value = BUF(TEXT_MAX);
	uint8_t digest[CRYPTO_SHA256];
	enum mtasts_mode mode;

	if (mtasts_mode_parse(span_str(to->p->set->http_mta_sts), &mode) < 0 ||
	    mode == MTASTS_NONE || mtasts_policy_put(&policy, mode, span_str(to->p->host)) < 0 ||
	    crypto_sha256(buf_span(&policy), digest) < 0)
		return;
	buf_puts(&value, "\"v=STSv1; id=");
	for (size_t i = 0; i < ID_BYTES; i++)
		buf_printf(&value, "%02x", digest[i]);
	buf_puts(&value, ";\"");
	put(to, "_mta-sts.", to->p->domain, "TXT", buf_str(&value));
}

/* What mail programs and servers look for at a web server (docs/guide/http.md). */
static void put_web(const struct putting *to)
{
	char value[TEXT_MAX];

	snprintf(value, sizeof value, "%s.", to->p->host);
	put(to, "autoconfig.", to->p->domain, "CNAME", value);
	put(to, "autodiscover.", to->p->domain, "CNAME", value);
	if (strcmp(to->p->set->http_mta_sts, "none") != 0)
		put(to, "mta-sts.", to->p->domain, "CNAME", value);
	snprintf(value, sizeof value, "0 0 %d %s.", config_port(&to->p->set->listen_https),
	         to->p->host);
	put(to, "_autodiscover._tcp.", to->p->domain, "SRV", value);
	put_policy(to);
}

void publish_each(const struct publish *p, publish_fn *fn, void *arg)
{
	const struct putting to = { p, fn, arg };
	struct service all[SERVICES];
	char value[TEXT_MAX], prefix[40];

	snprintf(value, sizeof value, "10 %s.", p->host);
	put(&to, "", p->domain, "MX", value);
	put(&to, "", p->host, "A", "192.0.2.1");
	put(&to, "", p->domain, "TXT", "\"v=spf1 mx -all\"");
	snprintf(value, sizeof value, "\"v=DMARC1; p=none; rua=mailto:postmaster@%s\"", p->domain);
	put(&to, "_dmarc.", p->domain, "TXT", value);
	services(p, all);
	for (size_t i = 0; i < SERVICES; i++) {
		snprintf(prefix, sizeof prefix, "%s._tcp.", all[i].name);
		if (all[i].port)
			snprintf(value, sizeof value, "%d 1 %d %s.", all[i].priority, all[i].port,
			         p->host);
		put(&to, prefix, p->domain, "SRV", all[i].port ? value : "0 0 0 .");
	}
	if (p->set && p->set->listen_https.n)
		put_web(&to);
}

/* In strings of at most 255 octets (RFC 6376 3.6.2.2); our own records need no escapes. */
static void put_strings(struct span text, struct buf *out)
{
	for (struct span rest = text; rest.n; rest = span_sub(rest, STRING_BYTES, rest.n))
		buf_printf(out, "%s\"%.*s\"", rest.n < text.n ? " " : "",
		           SPAN_ARG(span_sub(rest, 0, STRING_BYTES)));
}

void publish_key(const struct publish_key *key, publish_fn *fn, void *arg)
{
	AUTO_BUF owner = BUF(OWNER_MAX), value = BUF(RECORD_MAX);

	buf_printf(&owner, "%.*s._domainkey.%.*s.", SPAN_ARG(key->selector), SPAN_ARG(key->domain));
	put_strings(key->record, &value);
	fn(buf_str(&owner), "TXT", buf_str(&value), arg);
}

void publish_clients_each(const struct publish *p, publish_client_fn *fn, void *arg)
{
	struct service all[SERVICES];

	services(p, all);
	for (size_t i = 0; i < SERVICES; i++)
		if (all[i].port)
			fn(all[i].use, p->host, all[i].port, arg);
}

/* doctor/publish.h - what the owner of a domain publishes in DNS so that mail finds it, and
 * mail programs their servers.
 *
 * RFC 5321 5.1 (MX); RFC 7208 (SPF); RFC 7489 (DMARC); RFC 6376 3.6 (DKIM); RFC 6186 and RFC
 * 8314 5.1 (SRV); RFC 8461 3.1 (MTA-STS); what Thunderbird and Outlook look for at a web server.
 * Pure.
 */
#ifndef DOCTOR_PUBLISH_H
#define DOCTOR_PUBLISH_H

#include "base/span.h"
#include "config/settings.h"

struct publish {
	const char *domain, *host;  /* in ASCII form */
	const struct settings *set; /* whose ports; NULL: the standard ones */
};

/* owner ends in a dot; value as in a zone file. */
typedef void publish_fn(const char *owner, const char *type, const char *value, void *arg);
/* Each record.  The address of host is 192.0.2.1, for the reader to replace. */
void publish_each(const struct publish *p, publish_fn *fn, void *arg);
/* The TXT record of a DKIM key. */
struct publish_key {
	struct span domain, selector, record;
};
void publish_key(const struct publish_key *key, publish_fn *fn, void *arg);
/* What people tell their mail programs, by hand: each service that is offered. */
typedef void publish_client_fn(const char *use, const char *host, int port, void *arg);
void publish_clients_each(const struct publish *p, publish_client_fn *fn, void *arg);

#endif

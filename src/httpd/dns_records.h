/* httpd/dns_records.h - what a domain of ours publishes in DNS (doctor/publish.h), and whether it
 * does now.
 *
 * What was looked up is remembered for HTTPD_DNS_KEPT_MS, of so many domains, for all who ask.
 */
#ifndef HTTPD_DNS_RECORDS_H
#define HTTPD_DNS_RECORDS_H

#include "calls/directory.h"
#include "httpd/session.h"

enum {
	HTTPD_DNS_KEPT_MS = 30 * 1000,
	HTTPD_DNS_ALL_MS = 10 * 1000, /* for all questions of one domain together */
};

/* Two members of an object: "checked", when, and "records". */
NODISCARD WAITS int httpd_dns_records(struct httpd_request *q, struct span domain,
                                      const struct directory_own_reply *own, struct json *j);

#endif

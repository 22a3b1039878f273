/* httpd/discover.h - what mail programs look for before anybody has logged in: where our services
 * are, for an address of a domain of ours.
 *
 * Made of the settings alone.  Whether the address itself exists makes no difference.
 */
#ifndef HTTPD_DISCOVER_H
#define HTTPD_DISCOVER_H

#include "httpd/session.h"

enum { DISCOVER_SERVICES = 6, DISCOVER_ROOM = 32 << 10 };

enum discover_kind { DISCOVER_IMAP, DISCOVER_POP3, DISCOVER_SMTP };

struct discover_service {
	enum discover_kind kind;
	bool starttls; /* else TLS from the start */
	int port;
};

/* Those that somebody listens for, of each kind TLS from the start first (RFC 8314 3). */
size_t discover_services(const struct settings *set,
                         struct discover_service out[DISCOVER_SERVICES]);

/* 1: the domain is one of ours, *ascii has it in A-labels; 0: it is not, and that was answered. */
NODISCARD WAITS int discover_domain(struct httpd_request *q, struct span domain,
                                    struct span *ascii);
/* The same for an address, which is well-formed then. */
NODISCARD WAITS int discover_address(struct httpd_request *q, struct span address,
                                     struct span *ascii);

#endif

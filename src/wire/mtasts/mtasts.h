/* wire/mtasts/mtasts.h - what a domain publishes of its mail servers over HTTPS (MTA-STS).
 *
 * Sources: RFC 8461 3.1 (the TXT record), 3.2 (the policy), 4.1 (which hosts it permits).
 * Pure.  Both texts are whose who runs the domain, or who plays it: bounded, nothing allocated.
 */
#ifndef WIRE_MTASTS_H
#define WIRE_MTASTS_H

#include "base/buf.h"

enum {
	MTASTS_ID_MAX = 32,           /* RFC 8461 3.1 */
	MTASTS_POLICY_MAX = 64 << 10, /* octets, 3.3  */
	MTASTS_HOSTS_MAX = 100,       /* more are not looked at */
	MTASTS_AGE_MAX = 31557600,    /* seconds: a year, 3.2 */
	MTASTS_AGE_OURS = 7 * 86400,  /* of mtasts_policy_put */
};

/* A TXT record, its strings joined: the policy's id, borrowed.  ERR_NOT_FOUND: it is about
 * something else; ERR_SYNTAX. */
NODISCARD int mtasts_record_parse(struct span txt, struct span *id);

enum mtasts_mode { MTASTS_NONE, MTASTS_TESTING, MTASTS_ENFORCE };
/* "none", "testing", "enforce".  ERR_SYNTAX. */
NODISCARD int mtasts_mode_parse(struct span name, enum mtasts_mode *out);

struct mtasts_policy {
	enum mtasts_mode mode;
	uint32_t max_age;                    /* seconds */
	struct span hosts[MTASTS_HOSTS_MAX]; /* names, "*.example.org"; borrowed */
	size_t n_hosts;
};

/* What the web server sent.  ERR_SYNTAX with words for its administrator. */
NODISCARD int mtasts_policy_parse(struct span text, struct mtasts_policy *out);
/* RFC 8461 4.1: a host as the MX record names it, without final dot. */
bool mtasts_permits(const struct mtasts_policy *policy, struct span host);

/* The policy of a domain whose mail goes to that one host. */
int mtasts_policy_put(struct buf *out, enum mtasts_mode mode, struct span host);

#endif

/* component/net/sts.h - MTA-STS policies of domains: found, fetched, kept with the client.
 *
 * RFC 8461 3 (discovery), 3.3 (fetching), 5.1 (how a policy is changed).  A domain without the TXT
 * record costs one question to DNS, and is not remembered; of the others 500, with 4 MiB of
 * policies, are, until their max_age is over.  Without libcurl there are none.
 */
#ifndef COMPONENT_NET_STS_H
#define COMPONENT_NET_STS_H

#include "component/net/dns.h"

struct sts;
struct sts_asked;

/* All are borrowed.  ERR_NO_MEMORY. */
NODISCARD int sts_new(const struct options *o, struct poller *p, struct sts **out);
void sts_free(struct sts *s); /* nothing is asked for; NULL is nothing */

/* *asked: the question, NULL once it is answered.  fn is called once, perhaps at once: FOUND, with
 * the policy that holds for the domain or NULL, in mem.  dns: lasts as long as the question. */
void sts_ask(struct sts *s, struct dns *dns, struct span domain, int64_t until_at,
             struct arena *mem, dns_answered_fn *fn, void *arg, struct sts_asked **asked);
/* No answer is wanted any more; NULL is nothing. */
void sts_forget(struct sts_asked *asked);

#endif

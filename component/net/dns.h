/* component/net/dns.h - the questions of an attempt, asked of name servers: by libunbound (dns.c),
 * or where there is none by ourselves (dns_stub.c).
 *
 * Without a thread: descriptors and times are the poller's.
 */
#ifndef COMPONENT_NET_DNS_H
#define COMPONENT_NET_DNS_H

#include "component/options.h"
#include "component/net/poller.h"
#include "deliver/destination.h"

struct dns;
struct dns_asked;

/* Can answers be validated here (RFC 4035)? */
bool resolve_validates(void);

/* Both are borrowed.  ERR_CONFIG with libunbound's words, ERR_NO_MEMORY. */
NODISCARD int resolve_new(const struct options *o, struct poller *p, struct dns **out);
void resolve_free(struct dns *d); /* no question is under way */

typedef void dns_answered_fn(void *arg, const struct deliver_answer *answer);
/* *asked: the question, NULL once it is answered.  fn is called once, perhaps at once; what the
 * answer refers to lives in mem.  until_at: then the answer is that there was none. */
void resolve_ask(struct dns *d, const struct deliver_question *q, int64_t until_at,
                 struct arena *mem, dns_answered_fn *fn, void *arg, struct dns_asked **asked);
/* The same for TXT records: name in a record of the answer is its text. */
void resolve_ask_text(struct dns *d, struct span name, int64_t until_at, struct arena *mem,
                      dns_answered_fn *fn, void *arg, struct dns_asked **asked);
/* No answer is wanted any more; NULL is nothing. */
void resolve_forget(struct dns_asked *asked);

#endif

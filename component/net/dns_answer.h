/* component/net/dns_answer.h - the engine's questions and answers as DNS has them; who asks is not
 * its affair. */
#ifndef COMPONENT_NET_DNS_ANSWER_H
#define COMPONENT_NET_DNS_ANSWER_H

#include "deliver/destination.h"
#include "wire/dns/dns.h"

/* ERR_SYNTAX: that can be no name.  ERR_UNAVAILABLE: DNS is not asked for it. */
NODISCARD int dns_answer_question(const struct deliver_question *q, struct dns_question *out);
/* A whole reply.  ERR_SYNTAX, ERR_NO_MEMORY; ERR_DNS: it says that there is none. */
NODISCARD int dns_answer_read(const struct dns_question *q, struct span packet, struct arena *mem,
                              struct deliver_answer *out);
/* That there was none. */
void dns_answer_none(const struct dns_question *q, const char *why, struct arena *mem,
                     struct deliver_answer *out);

#endif

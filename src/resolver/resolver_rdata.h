/* resolver/resolver_rdata.h - records as a resolver answers with them.  Floor 1.  Private to
 * resolver/.
 */
#ifndef RT_RESOLVER_RDATA_H
#define RT_RESOLVER_RDATA_H

#include "resolver/resolver_answer.h"
#include "wire/dns/rdata.h"

enum { RESOLVER_NAME_MAX = DNS_NAME_MAX };

/* As dns_rdata_parse and dns_name_parse (wire/dns/rdata.h). */
NODISCARD int resolver_rdata_parse(enum resolver_type type, struct span rdata, struct arena *mem,
                                   struct resolver_record *out);
NODISCARD int resolver_name_parse(struct span text, char out[RESOLVER_NAME_MAX + 1]);
/* "7.2.0.192.in-addr.arpa", RFC 1035 3.5; nibbles below ip6.arpa, RFC 3596 2.5; an
 * IPv4-mapped address as IPv4. */
enum { RESOLVER_REVERSE_BYTES = 80 };
NODISCARD int resolver_reverse_name(const struct address *a, char out[RESOLVER_REVERSE_BYTES]);

#endif

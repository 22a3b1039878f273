/* resolver/resolver_rdata.h - names and records as DNS carries them.  Floor 1.
 * Private to resolver/.  Pure: whoever runs a zone chooses these octets.
 *
 * RFC 1035 3.1, 3.3 (names, MX, PTR, TXT), RFC 3596 2.2 (AAAA), RFC 6698 2.1 (TLSA).
 */
#ifndef RT_RESOLVER_RDATA_H
#define RT_RESOLVER_RDATA_H

#include "resolver/resolver_answer.h"

enum {
	RESOLVER_NAME_MAX = 253, /* octets of a name as text, no final dot */
	RESOLVER_LABEL_MAX = 63,
};

/* One record's data (names uncompressed, as the resolver library gives them).  Names
 * come out lower-cased, without a final dot, "" for the root.
 * ERR_SYNTAX: malformed, or a name holds a dot within a label, a space, a control octet or
 * one above 126; ERR_NO_MEMORY. */
NODISCARD int resolver_rdata_parse(enum resolver_type type, struct span rdata, struct arena *mem,
                                   struct resolver_record *out);
/* A name as text, checked and put in that form: letters, digits and the signs of
 * RFC 5321's local parts but quotes (SPF makes names of them: RFC 7208 7), in labels of 1 to 63;
 * one final dot is dropped.  ERR_SYNTAX. */
NODISCARD int resolver_name_parse(struct span text, char out[RESOLVER_NAME_MAX + 1]);
/* "7.2.0.192.in-addr.arpa", RFC 1035 3.5; nibbles below ip6.arpa, RFC 3596 2.5; an
 * IPv4-mapped address as IPv4. */
enum { RESOLVER_REVERSE_BYTES = 80 };
NODISCARD int resolver_reverse_name(const struct address *a, char out[RESOLVER_REVERSE_BYTES]);

#endif

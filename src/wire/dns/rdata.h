/* wire/dns/rdata.h - names and records as DNS carries them.
 *
 * RFC 1035 3.1, 3.3 (names, MX, PTR, TXT), RFC 3596 2.2 (AAAA), RFC 2782 (SRV), RFC 6698 2.1
 * (TLSA). Pure: whoever runs a zone chooses these octets.  Floor 1 (wire).
 */
#ifndef WIRE_DNS_RDATA_H
#define WIRE_DNS_RDATA_H

#include "base/arena.h"
#include "wire/dns/dns.h"

enum {
	DNS_NAME_MAX = DNS_NAME_BYTES - 1, /* octets of a name as text, no final dot */
	DNS_LABEL_MAX = 63,
};

/* One record's data, names uncompressed.  Names come out lower-cased, without a final dot, "" for
 * the root.  ERR_SYNTAX: malformed, or a name holds a dot within a label, a space, a control octet
 * or one above 126; ERR_NO_MEMORY. */
NODISCARD int dns_rdata_parse(enum dns_type type, struct span rdata, struct arena *mem,
                              struct dns_record *out);
/* A name as text, checked and put in that form: letters, digits and the signs of
 * RFC 5321's local parts but quotes (SPF makes names of them: RFC 7208 7), in labels of 1 to 63;
 * one final dot is dropped.  ERR_SYNTAX. */
NODISCARD int dns_name_parse(struct span text, char out[DNS_NAME_MAX + 1]);

#endif

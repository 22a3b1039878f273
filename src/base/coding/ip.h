/* base/coding/ip.h - an IP address as octets: read, printed, compared, and whether mail may go
 * there.
 *
 * Sources: RFC 4291 2.2, RFC 5952 (IPv6 as text), RFC 6890 and the IANA special-purpose registries,
 *          RFC 6052 (64:ff9b::/96), RFC 3056 (2002::/16), RFC 9637 (3fff::/20).
 * Pure, and without a system's headers.  Floor 0.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/err.h"
#include "base/span.h"

/* In network order; `n` is 4 or 16, 0 is no address. */
struct ip {
	uint8_t n;
	uint8_t octets[16];
};

enum { IP_TEXT_BYTES = 40 };

/* "192.0.2.1" (no leading zeros), "2001:db8::1", "::ffff:192.0.2.1"; nothing beside it.
 * ERR_SYNTAX, without words. */
NODISCARD int ip_parse(struct span text, struct ip *out);
bool ip_eq(const struct ip *a, const struct ip *b);
/* "192.0.2.1", "2001:db8::1"; an IPv4-mapped address as IPv4; "" for none. */
const char *ip_text(const struct ip *a, char out[IP_TEXT_BYTES]);
bool ip_is_unspecified(const struct ip *a); /* 0.0.0.0 or :: */
bool ip_is_loopback(const struct ip *a);
/* Loopback, private, link-local, unique-local, unspecified, multicast, broadcast,
 * documentation, or holding such an IPv4 address: not for mail (threats 3.29).  No
 * address is special too. */
bool ip_is_special(const struct ip *a);

#endif

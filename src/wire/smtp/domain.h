/* wire/smtp/domain.h - domains and address literals: the right side of an @.
 *
 * Sources: RFC 5321 4.1.2 (Domain), 4.1.3 (address literals), 2.4 (case);
 *          RFC 1035 2.3.4 (labels); RFC 6531 3.3 (U-labels); RFC 4291 2.2 (IPv6).
 * Pure: no I/O, no allocation, no globals.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_DOMAIN_H
#define WIRE_SMTP_DOMAIN_H

#include "base/err.h"
#include "base/span.h"

enum {
	SMTP_DOMAIN_MAX = 255, /* octets, RFC 5321 4.5.3.1.2 */
	SMTP_LABEL_MAX = 63,   /* octets of a US-ASCII label */
};

enum smtp_literal_family { SMTP_LITERAL_IPV4 = 4, SMTP_LITERAL_IPV6 = 6 };

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" as an address in network order. */
struct smtp_literal {
	enum smtp_literal_family family;
	uint8_t octets[16]; /* 4 of them for IPv4 */
};

/* A name: labels of letters, digits, hyphens within, or UTF-8; no final dot.
 * 0, ERR_SYNTAX, or ERR_TOO_LONG.  *utf8 (may be NULL) on success: any octet >= 0x80. */
NODISCARD int smtp_domain_check(struct span name, bool *utf8);
/* 0 or ERR_SYNTAX: unknown tags ("[foo:...]") are refused too. */
NODISCARD int smtp_literal_parse(struct span literal, struct smtp_literal *out);

#endif

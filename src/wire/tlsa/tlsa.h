/* wire/tlsa/tlsa.h - TLSA records: which certificates a name in DNS vouches for.
 *
 * Sources: RFC 6698 2.1 (the record), RFC 7671 (how it is used today), RFC 7672 3.1 (by SMTP).
 * Pure.  Which certificate a record fits is OpenSSL's affair: rt/stream/tls.h.
 */
#ifndef WIRE_TLSA_H
#define WIRE_TLSA_H

#include "base/err.h"
#include "base/span.h"

/* The uses, selectors and matching types that we know (RFC 7671 2). */
enum {
	TLSA_DANE_TA = 2,    /* an authority below which the certificate is            */
	TLSA_DANE_EE = 3,    /* the server's certificate, whatever else is in it       */
	TLSA_PUBLIC_KEY = 1, /* of it, as 0 is all of it                               */
	TLSA_FULL = 0,
	TLSA_SHA256 = 1,
	TLSA_SHA512 = 2,
};

struct tlsa {
	uint8_t usage, selector, matching; /* any octet: others may come to mean something */
	struct span data;                  /* one octet at least; borrowed                 */
};

/* A record's data as on the wire.  ERR_SYNTAX. */
NODISCARD int tlsa_parse(struct span rdata, struct tlsa *out);
/* Whether a mail server can be known by it.  PKIX-TA and PKIX-EE are of no use there, since no two
 * agree on which authorities are known (RFC 7672 3.1.3), nor is a digest of a wrong length. */
bool tlsa_is_usable(const struct tlsa *t);

#endif

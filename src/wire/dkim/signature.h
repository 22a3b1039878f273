/* wire/dkim/signature.h - a DKIM-Signature field and a key record, read.
 *
 * Sources: RFC 6376 3.5 (signature), 3.6.1 (key record); RFC 8301 3.1; RFC 8463 3, 4;
 *          RFC 8617 4.1.2 (ARC-Message-Signature).
 * Pure.  What a signature is worth is verify.c's.
 */
#ifndef WIRE_DKIM_SIGNATURE_H
#define WIRE_DKIM_SIGNATURE_H

#include "wire/dkim/tags.h"

enum dkim_algorithm { DKIM_RSA_SHA256, DKIM_ED25519_SHA256, DKIM_RSA_SHA1 };
enum dkim_canon { DKIM_SIMPLE, DKIM_RELAXED };

enum { DKIM_SIGNATURE_BYTES_MAX = 16 << 10, DKIM_DOMAIN_MAX = 253 };

struct dkim_signature {
	enum dkim_algorithm algorithm;
	enum dkim_canon header_canon, body_canon;
	struct span domain, selector;     /* d=, s= */
	struct span identity_domain;      /* what follows the @ of i=; d= without i= */
	struct span names;                /* h=, with its white space */
	struct span signature, body_hash; /* decoded */
	struct span b_raw;                /* within the value: what hashing leaves out */
	bool has_length, has_expiry, has_time;
	uint64_t length;       /* l= */
	uint64_t expiry, time; /* x=, t=: seconds since 1970 */
	uint64_t instance;     /* i= of an ARC-Message-Signature */
};

struct dkim_key {
	bool ed25519, testing, strict; /* k=ed25519; t=y; t=s */
	struct span octets;            /* p=; n is 0 when revoked */
};

/* The field's raw value.  The spans borrow from it and from mem.  ERR_SYNTAX, ERR_UNKNOWN (version,
 * algorithm, canonicalisation, query), ERR_TOO_LONG, ERR_NO_MEMORY, each with words.  As much as
 * could be read stands in *out even then, so that it can be told whose signature it was. */
NODISCARD int dkim_signature_parse(struct span value, struct arena *mem,
                                   struct dkim_signature *out);
/* Likewise of an ARC-Message-Signature: it has no v=, and i= is its instance. */
NODISCARD int dkim_arc_signature_parse(struct span value, struct arena *mem,
                                       struct dkim_signature *out);
/* a=, decoded; of ARC-Seal too. */
NODISCARD int dkim_algorithm_parse(struct span text, enum dkim_algorithm *out);
/* d= and s=: labels of letters, digits, "-" and "_". */
bool dkim_is_domain(struct span s);
/* The same of a TXT record; ERR_REFUSED for a key that is not for mail or not for SHA-256. */
NODISCARD int dkim_key_parse(struct span text, struct arena *mem, struct dkim_key *out);
/* Two records of the same key, whatever else they say of it. */
bool dkim_key_same(struct span a, struct span b, struct arena *mem);
/* d= or a domain below it (RFC 6376 3.5, i=). */
bool dkim_is_below(struct span domain, struct span above);

#endif

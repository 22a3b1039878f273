/* resolver/resolver_answer.h - what DNS says to a question. */
#ifndef RESOLVER_ANSWER_H
#define RESOLVER_ANSWER_H

#include "base/arena.h"
#include "rt/stream/stream.h"

enum resolver_type {
	RESOLVER_A = 1,
	RESOLVER_CNAME = 5,
	RESOLVER_PTR = 12,
	RESOLVER_MX = 15,
	RESOLVER_TXT = 16,
	RESOLVER_AAAA = 28,
	RESOLVER_TLSA = 52,
};

enum resolver_status {
	RESOLVER_FOUND,
	RESOLVER_NO_DATA, /* the name exists, not with this type */
	RESOLVER_NO_NAME, /* NXDOMAIN */
};

/* One record; by type: A, AAAA: address.  MX: preference, name.  CNAME, PTR: name.
 * TXT: text (its strings joined).  SRV: text, name.  TLSA: text, as on the wire
 * (wire/tlsa/tlsa.h). */
struct resolver_record {
	struct address address;
	struct span name; /* no final dot; "" for the root (null MX, RFC 7505) */
	struct span text;
	uint16_t preference;
};

struct resolver_answer {
	enum resolver_status status;
	bool secure;  /* DNSSEC-validated */
	uint32_t ttl; /* seconds that it may still be used */
	struct resolver_record *records;
	size_t n_records;      /* at most RESOLVER_RECORDS_MAX, of MX the most preferred; of TXT
	                          RESOLVER_TEXTS_MAX */
	struct span canonical; /* after CNAMEs; "" when the same */
};

/* Large companies have a hundred texts, and SPF's is anywhere among them. */
enum { RESOLVER_RECORDS_MAX = 100, RESOLVER_TEXTS_MAX = 1000 };

#endif

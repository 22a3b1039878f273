/* resolver/resolver.h - DNS answers, validated and cached.  Floor 1.
 *
 * libunbound on a worker thread; answers come to the loop.  In the courier role
 * only: others ask by IPC.  Positive answers live for their TTL (at most a day),
 * negative ones for the SOA minimum (at most 15 min), failures 5 s; the cache is
 * bounded (settings resolver.cache), the oldest leave first.  Equal questions
 * under way are asked once.
 */
#ifndef RT_RESOLVER_H
#define RT_RESOLVER_H

#include "base/arena.h"
#include "config/settings.h"
#include "rt/stream.h"

enum resolver_type {
	RESOLVER_A = 1,
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

/* One record; by type: A, AAAA: address.  MX: preference, name.  PTR: name.
 * TXT: text (its strings joined).  TLSA: usage, selector, matching, text. */
struct resolver_record {
	struct address address;
	struct span name; /* no final dot; "" for the root (null MX, RFC 7505) */
	struct span text;
	uint16_t preference;
	uint8_t usage, selector, matching;
};

struct resolver_answer {
	enum resolver_status status;
	bool secure;  /* DNSSEC-validated */
	uint32_t ttl; /* seconds that it may still be used */
	struct resolver_record *records;
	size_t n_records;      /* at most RESOLVER_RECORDS_MAX; of MX the most preferred */
	struct span canonical; /* after CNAMEs; "" when the same */
};

enum { RESOLVER_RECORDS_MAX = 100 };

/* Reads settings resolver.*, and its file (the trust anchor) at once, before the sandbox
 * closes; after loop_init, and outside a fibre (libunbound wants more stack).  Its thread
 * starts with the first question.  With resolver.address, .test and private reverse zones
 * are asked too, without validation.  ERR_CONFIG. */
NODISCARD int resolver_init(const struct settings *set);
/* Who still waits gets ERR_DNS.  Before loop_fini. */
void resolver_fini(void);
/* Looks up name (ASCII; an IDN in A-labels; letters, digits, - and _).  MX records come
 * sorted by preference, equals in random order; so do addresses.  Names in the answer are
 * lower-case; a record whose name holds a space, a control octet or a dot within a label is
 * left out.  0; ERR_DNS: SERVFAIL, bogus, no server, only malformed records; ERR_TIMEOUT:
 * the fibre's deadline or settings resolver.time (a late answer is kept for the next who
 * asks); ERR_SYNTAX: no host name. */
NODISCARD WAITS int resolver_ask(struct span name, enum resolver_type type, struct arena *mem,
                                 struct resolver_answer *out);
/* The PTR question for an address. */
NODISCARD WAITS int resolver_ask_ptr(const struct address *a, struct arena *mem,
                                     struct resolver_answer *out);

#endif

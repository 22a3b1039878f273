/* deliver/destination.h - where an attempt goes, and what it asks DNS.
 *
 * Sources: RFC 5321 5.1 (hosts), RFC 7505 (null MX), RFC 8314 3.3 (TLS from the first octet),
 *          RFC 7435 (opportunistic TLS), RFC 7672 (DANE),
 *          RFC 8461 (MTA-STS).  Pure.  Floor 2.
 */
#ifndef DELIVER_DESTINATION_H
#define DELIVER_DESTINATION_H

#include "base/arena.h"
#include "base/coding/ip.h"
#include "wire/mtasts/mtasts.h"
#include "wire/smtp/client/client.h"
#include "wire/tlsa/tlsa.h"

enum { DELIVER_HOSTS_MAX = 20, DELIVER_ADDRESSES_MAX = 40 };

/* How a session is protected; it goes with the session for as long as that is kept. */
enum deliver_tls {
	DELIVER_TLS_OPPORTUNISTIC, /* when offered; the certificate is not looked at        */
	DELIVER_TLS_NONE,
	DELIVER_TLS_REQUIRED,  /* STARTTLS, and a valid certificate for the host            */
	DELIVER_TLS_IMPLICIT,  /* the same from the first octet (RFC 8314 3.3)              */
	DELIVER_TLS_FAILED,    /* opportunistic, and it failed: clear text (RFC 7435)       */
	DELIVER_TLS_DANE,      /* STARTTLS, and a certificate that TLSA records vouch for   */
	DELIVER_TLS_ENCRYPTED, /* STARTTLS with whom it may be: TLSA records of no use      */
	DELIVER_TLS_STS,       /* as REQUIRED; the domain's MTA-STS policy says so          */
	DELIVER_TLS_TESTING,   /* as OPPORTUNISTIC; such a policy is being tried out         */
};
/* "opportunistic" */
const char *deliver_tls_policy(enum deliver_tls tls);

/* A host's TLSA records of use (RFC 7672 2.2.3, 3.2.3). */
struct deliver_dane {
	const char *base;     /* the name that they belong to: for SNI               */
	const char *names[3]; /* with records of use DANE-TA a certificate may bear these as well:
	                       * the domain, and what it is an alias of; then NULL    */
	const struct tlsa *records;
	size_t n_records;
};

/* One address of one host. */
struct deliver_candidate {
	struct span host; /* a name, "[192.0.2.1]", or the path of a Unix socket */
	struct ip ip;     /* none of a socket */
	uint16_t port;
	enum deliver_tls tls;
	const struct deliver_dane *dane; /* of DELIVER_TLS_DANE; as long as the attempt */
};

/* What holds for all attempts of one sender of mail; borrowed. */
struct deliver_rules {
	struct span name; /* ours, for EHLO                                      */
	uint16_t port;    /* of the servers that DNS names                       */
	bool ipv6;
	bool dane, sts;
	bool private_addresses;    /* special addresses are permitted               */
	unsigned transactions_max; /* of one session; 0: no limit                */
	/* Each may be NULL.  Are we that host or do we listen there (a loop, RFC 5321 5.1)?
	 * Could that address not be reached lately, so that it is to be tried last? */
	bool (*is_our_name)(const void *arg, struct span host);
	bool (*is_our_address)(const void *arg, const struct deliver_candidate *c);
	bool (*is_unreachable)(const void *arg, const struct deliver_candidate *c);
	/* A domain in A-labels (RFC 5891 5), in mem; 0 or an error.  NULL: U-labels stay. */
	int (*to_ascii)(struct span domain, struct arena *mem, struct span *out);
	const void *arg;
	const struct smtp_scram_crypto *scram; /* NULL: no SCRAM-SHA-256 */
};

/* Where to; borrowed.  Without a relay: to the domain's servers, as DNS names them. */
struct deliver_to {
	struct span domain; /* A-labels, or an address literal                       */
	struct span relay;  /* a host whose addresses are asked for, an address, bare or in
	                     * brackets, or the path of a Unix socket.  Then what is wrong with the
	                     * route itself is never the  message's fault: it is for now.  */
	uint16_t port;      /* of the relay                                          */
	bool lmtp;
	enum deliver_tls tls;       /* of the relay; else opportunistic             */
	struct span user, password; /* for the relay; empty user: no login          */
};

/* ---- DNS ---- */

enum deliver_type { DELIVER_MX, DELIVER_A, DELIVER_AAAA, DELIVER_CNAME, DELIVER_TLSA, DELIVER_STS };

struct deliver_question {
	struct span name;
	enum deliver_type type;
};

struct deliver_record {
	struct ip ip;        /* A, AAAA */
	struct span name;    /* MX; "" for the root (RFC 7505)                       */
	uint16_t preference; /* MX */
	struct tlsa tlsa;    /* TLSA */
};

enum deliver_found {
	DELIVER_FOUND,
	DELIVER_NO_DATA,    /* the name exists, not with this type                   */
	DELIVER_NO_NAME,    /* NXDOMAIN                                              */
	DELIVER_BAD_NAME,   /* no name that can be asked for                         */
	DELIVER_UNANSWERED, /* see cause and why                                     */
};

/* Records in the order to try them among equals: the caller shuffles (RFC 5321 5.1).  They
 * and what they refer to are borrowed until the attempt ends. */
struct deliver_answer {
	enum deliver_found found;
	const struct deliver_record *records;
	size_t n_records;
	bool secure;                     /* DNSSEC vouches for it, and for all of the way to it */
	const struct mtasts_policy *sts; /* STS; NULL: the domain has none            */
	struct span canonical;           /* behind aliases; "" when the name is none            */
	enum smtp_cause cause;           /* of UNANSWERED: DNS, LOCAL, SHUTDOWN                */
	struct span why;                 /* "DNS: ..."; empty: the cause's own text            */
};

#endif

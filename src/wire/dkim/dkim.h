/* wire/dkim/dkim.h - a message's DKIM signatures judged, and one made.
 *
 * Sources: RFC 6376 5, 6, 8; RFC 8301; RFC 8463; RFC 8601 2.7.1 (the words).
 * Pure: DNS is asked by the driver, cryptography is passed in, time is given.
 *
 *	dkim_start(&d, header, now, crypto, mem);
 *	dkim_body(&d, piece) ...; dkim_body_done(&d);
 *	while (dkim_next(&d, &question))
 *		dkim_answer(&d, &answer);
 *	d.v[0..d.n) is what came of it; dkim_fini(&d).
 */
#ifndef WIRE_DKIM_DKIM_H
#define WIRE_DKIM_DKIM_H

#include "wire/dkim/canon.h"
#include "wire/dns/dns.h"

/* Whose field it is: RFC 6376's, or RFC 8617's ARC-Message-Signature, which is judged by the same
 * engine. */
enum dkim_kind { DKIM_OF_AUTHOR, DKIM_OF_CHAIN };

/* More signatures than this are counted and not looked at: each costs a question and a check. */
enum { DKIM_SIGNATURES_MAX = 8, DKIM_CLOCK_SLACK_S = 3600, DKIM_WHY_BYTES = 160 };

enum dkim_result {
	DKIM_NONE,
	DKIM_PASS,
	DKIM_FAIL,    /* the message or the signature was changed */
	DKIM_POLICY,  /* good, and not to be relied upon: too weak, expired, not all is signed */
	DKIM_NEUTRAL, /* changed, and the domain says it only tests (t=y) */
	DKIM_TEMPERROR,
	DKIM_PERMERROR,
};

struct dkim_verdict {
	enum dkim_result result;
	bool body_changed;        /* it cannot pass; the key decides what that means */
	bool testing;             /* the key says t=y: no more than no signature (RFC 6376 3.6.1) */
	char why[DKIM_WHY_BYTES]; /* a sentence's end for people; "" when it passed */
	struct dkim_signature signature;
	struct message_field field;
	struct dkim_body *body; /* its hash, perhaps of another with the same canonicalisation */
};

struct dkim {
	struct dkim_verdict v[DKIM_SIGNATURES_MAX];
	size_t n, n_more; /* looked at; left aside */
	size_t asked;     /* v[asked] waits for its key */
	struct dkim_fields fields;
	struct dkim_body *bodies[DKIM_SIGNATURES_MAX];
	size_t n_bodies;
	const struct dkim_crypto *crypto;
	struct arena *mem;
};

/* header: the header section; it and mem outlive the engine.  now: seconds since 1970.
 * ERR_NO_MEMORY.  To be finished in any case. */
NODISCARD int dkim_start(struct dkim *d, struct span header, uint64_t now,
                         const struct dkim_crypto *crypto, struct arena *mem);
/* Without the signatures that the header has, */
NODISCARD int dkim_open(struct dkim *d, struct span header, const struct dkim_crypto *crypto,
                        struct arena *mem);
/* and one signature more; at most DKIM_SIGNATURES_MAX.  ERR_NO_MEMORY. */
NODISCARD int dkim_add(struct dkim *d, const struct message_field *f, enum dkim_kind kind,
                       uint64_t now);
void dkim_body(struct dkim *d, struct span piece);
NODISCARD int dkim_body_done(struct dkim *d);
bool dkim_next(struct dkim *d, struct dns_question *out);
/* ERR_NO_MEMORY. */
NODISCARD int dkim_answer(struct dkim *d, const struct dns_answer *answer);
void dkim_fini(struct dkim *d);

/* "pass"; for Authentication-Results. */
const char *dkim_result_word(enum dkim_result result);

struct dkim_signing {
	struct span domain, selector;
	bool ed25519;
	uint64_t time;         /* t=, seconds since 1970 */
	unsigned arc_instance; /* of an ARC-Message-Signature (RFC 8617 4.1.2); 0: DKIM-Signature */
};

/* A DKIM-Signature field, relaxed/relaxed, for a header section and the hash of its relaxed body:
 * puts it as far as "b=", and gives the hash that a key is to sign.  The fields that people and
 * programs go by are named once more than they are there, so that none can be added (RFC 6376
 * 8.15).  field: empty.  ERR_REFUSED with too many of one name; ERR_NO_MEMORY. */
NODISCARD int dkim_sign_begin(const struct dkim_signing *how, struct span header,
                              const uint8_t body_hash[DKIM_HASH_BYTES],
                              const struct dkim_crypto *crypto, struct arena *mem,
                              struct buf *field, uint8_t digest[DKIM_HASH_BYTES]);
/* And the rest of it, with what the key has made. */
NODISCARD int dkim_sign_end(struct span octets, struct buf *field);

#endif

/* wire/arc/arc.h - a message's Authenticated Received Chain judged, and a set added to it.
 *
 * Sources: RFC 8617 4.1 (the three fields), 4.2 (instances), 4.4 (cv), 5.1 (sealer), 5.2
 *(validator), 5.1.1 (what a seal covers). Pure: DNS is asked by the driver, cryptography is passed
 *in, time is given; signatures over the message are wire/dkim's.
 *
 *	arc_start(&a, header, now, crypto, mem);
 *	arc_body(&a, piece) ...; arc_body_done(&a);
 *	while (arc_next(&a, &question))
 *		arc_answer(&a, &answer);
 *	a.result is what came of it; arc_fini(&a).
 */
#ifndef WIRE_ARC_ARC_H
#define WIRE_ARC_ARC_H

#include "wire/dkim/dkim.h"

enum {
	ARC_SETS_MAX = 50, /* RFC 8617 4.2.1 */
	ARC_SEAL_BYTES_MAX = 16 << 10,
};

enum arc_result {
	ARC_NONE,
	ARC_PASS,
	ARC_FAIL,
	ARC_TEMPERROR, /* a key could not be looked up now; RFC 8617 has no word for it */
};

/* The three fields of an instance, and what its seal says. */
struct arc_set {
	struct message_field results, signature, seal;
	struct span says;             /* of results: what stands behind "i=N;" */
	struct span domain, selector; /* d=, s= of the seal */
	struct span cv;
	struct span octets; /* b=, decoded */
	struct span b_raw;
	enum dkim_algorithm algorithm;
};

/* The sets of a header as they stand there. */
struct arc_chain {
	struct arc_set *sets; /* [0] is instance 1 */
	size_t n;
	size_t highest;           /* instance that is named, also where the chain is broken */
	bool broken;              /* a field that cannot be, or is missing, or twice */
	char why[DKIM_WHY_BYTES]; /* a sentence's end for people */
};

struct arc {
	enum arc_result result;
	char why[DKIM_WHY_BYTES]; /* a sentence's end for people; "" when it passed */
	/* RFC 8617 5.2.4: the oldest instance behind which the message was not changed any more; 0:
	 * it was never changed.  Of long chains the newest DKIM_SIGNATURES_MAX sets are looked at.
	 */
	size_t oldest_pass;
	struct arc_chain chain;

	/* the engine's own */
	struct dkim *signatures; /* v[0] of the newest set */
	size_t seal;             /* the instance whose seal is asked for; 0: all were good */
	bool decided;
	const struct dkim_crypto *crypto;
	struct arena *mem;
};

/* As dkim_start and what follows it.  ERR_NO_MEMORY.  To be finished in any case. */
NODISCARD int arc_start(struct arc *a, struct span header, uint64_t now,
                        const struct dkim_crypto *crypto, struct arena *mem);
void arc_body(struct arc *a, struct span piece);
NODISCARD int arc_body_done(struct arc *a);
bool arc_next(struct arc *a, struct dns_question *out);
NODISCARD int arc_answer(struct arc *a, const struct dns_answer *answer);
void arc_fini(struct arc *a);

/* "pass" */
const char *arc_result_word(enum arc_result result);

/* ERR_NO_MEMORY. */
NODISCARD int arc_chain_read(struct span header, struct arena *mem, struct arc_chain *out);
/* What a seal covers of a set that is whole. */
void arc_set_put(struct dkim_out *out, const struct arc_set *s);

/* The newest set of the chain, sealed by one who is trusted and behind whom only such have sealed,
 * that says dmarc=pass for that author's domain; NULL: there is none. */
const struct arc_set *arc_vouched(const struct arc *a, struct span author,
                                  bool (*trusts)(struct span domain, void *arg), void *arg);

/* A set that is added.  arc_sealing_begin fills in the chain and how.arc_instance. */
struct arc_sealing {
	struct dkim_signing how;
	enum arc_result found; /* what the chain before it is worth; not ARC_TEMPERROR */
	struct arc_chain chain;
	struct span results; /* as behind "Authentication-Results:" */
};

/* Reads the chain of the header.  True, or false: nobody may add to it any more (5.1.2: it was
 * broken when it was sealed last; 4.2.1: it is as long as it may be).  Negative: ERR_NO_MEMORY. */
NODISCARD int arc_sealing_begin(struct arc_sealing *s, struct span header, struct arena *mem);
/* The first field, whole. */
NODISCARD int arc_results_put(const struct arc_sealing *s, struct buf *out);
/* ARC-Seal as far as "b=", over the first two fields of its set, which are whole, and the hash that
 * the key is to sign; dkim_sign_end puts the rest. */
NODISCARD int arc_seal_begin(const struct arc_sealing *s, struct span results,
                             struct span signature, const struct dkim_crypto *crypto,
                             struct buf *field, uint8_t digest[DKIM_HASH_BYTES]);

#endif

/* classify/table.h - how often each feature was seen in mail that was wanted, and in mail that was
 * not.
 *
 * A table of pairs of counters, by the lowest bits of the features' hashes, and a memory of the
 * last messages that were counted: one that is told again is not counted again, and one that is
 * told the other way round is taken back first.  Pure.
 */
#ifndef CLASSIFY_TABLE_H
#define CLASSIFY_TABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	CLASSIFY_BITS_MAX = 20,
	CLASSIFY_COUNTED_MAX = 60000, /* of a kind: then all counters are halved, so that new mail
	                                 outweighs old */
	CLASSIFY_SURE = 50, /* a score: what is known as surely as that is not counted again */
};

/* Two counters for each of 2^bits slots. */
struct classify_pair {
	uint16_t ham, spam;
};

/* ham, spam: messages counted; told: messages that it was told of, also those that it knew. */
struct classify_table {
	unsigned bits;
	uint32_t ham, spam, told_ham, told_spam;
	struct classify_pair *pairs;
	uint64_t *memory; /* keys of messages that were told; 0 is free */
	uint32_t n_memory, memory_at;
};

/* ERR_NO_MEMORY. */
NODISCARD int classify_table_init(struct classify_table *t, unsigned bits, uint32_t n_memory);
void classify_table_fini(struct classify_table *t);

/* What is learned of a message; also what was done with it. */
enum classify_learned {
	CLASSIFY_COUNTED,
	CLASSIFY_TURNED,   /* it had been counted as the other kind, and is not any more */
	CLASSIFY_REPEATED, /* it was told before */
	CLASSIFY_KNOWN, /* the table is sure of it: counting would only make it deaf to new mail */
};
/* A message's features, as classify_read has them: each hash once. */
enum classify_learned classify_learn(struct classify_table *t, const uint32_t *hashes, size_t n,
                                     bool spam);

/* As octets, those counters alone that are not 0.  buf.h's errors; ERR_CORRUPT: they are none, or
 * another format's or size's; then t is as it was. */
NODISCARD int classify_table_pack(const struct classify_table *t, struct buf *out);
NODISCARD int classify_table_unpack(struct span in, struct classify_table *t);

/* ---- score ---- */

enum { CLASSIFY_WHY_MAX = 5 };

/* score: above 0, rather not wanted; tenths of the sum of the features' log odds by the root of
 * their number.  why: indices of the features that weighed most in that direction. */
struct classify_score {
	int32_t score;
	uint32_t told_ham, told_spam;
	uint16_t why[CLASSIFY_WHY_MAX];
	size_t n_why;
};
/* By what the server has learned and what an account has; either may be NULL.  What an account has
 * told counts several times over. */
void classify_score(const struct classify_table *server, const struct classify_table *own,
                    const uint32_t *hashes, size_t n, struct classify_score *out);

#endif

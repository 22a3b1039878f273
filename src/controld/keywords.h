/* controld/keywords.h - flags of an account's messages as words: "\Seen $Forwarded work". */
#ifndef CONTROLD_KEYWORDS_H
#define CONTROLD_KEYWORDS_H

#include "calls/mailbox.h"
#include "controld/session.h"

/* ticket set; the rest as it was asked last. */
struct controld_keywords {
	struct span ticket;
	struct mailbox_keywords_reply known;
	unsigned n_lost; /* words that the account cannot have */
};
/* Asks for those that the account has. */
NODISCARD WAITS int controld_keywords_get(struct controld_session *s, struct controld_keywords *k);
/* Keywords that the account does not have yet are made; what cannot be is passed over and counted.
 */
NODISCARD WAITS int controld_flags_parse(struct controld_session *s, struct controld_keywords *k,
                                         struct span words, uint64_t *out);
int controld_flags_put(const struct controld_keywords *k, uint64_t flags, struct buf *out);

#endif

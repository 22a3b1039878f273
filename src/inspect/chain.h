/* inspect/chain.h - what those who passed a message on say of it: ARC, RFC 8617. */
#ifndef INSPECT_CHAIN_H
#define INSPECT_CHAIN_H

#include "inspect/inspection.h"
#include "rt/fibre.h"

struct chain;

/* Lives in mem; to be closed.  NULL: no memory. */
struct chain *chain_open(struct inspection *x);
void chain_close(struct chain *c);
/* Computing alone.  Negative: nothing is known of it. */
int chain_look(struct chain *c);
/* A struct chain *. */
WAITS void chain_ask(void *arg);
/* Behind that: what is found, and the result for Authentication-Results. */
NODISCARD int chain_find(struct chain *c, struct inspect_finding *found);
void chain_result(const struct chain *c, struct inspect_judge_reply *out);
/* Who of defence.arc_trust says that DMARC passed for that author's domain; empty: nobody. */
struct span chain_vouches(struct chain *c, struct span author);

#endif

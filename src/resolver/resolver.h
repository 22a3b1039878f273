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

#include "config/settings.h"
#include "resolver/resolver_answer.h"

/* Reads settings resolver.*, and its file (the trust anchor) at once, before the sandbox
 * closes; after loop_init, and outside a fibre (libunbound wants more stack).  Its thread
 * starts with the first question.  With resolver.address, .test and private reverse zones
 * are asked too, without validation.  ERR_CONFIG. */
NODISCARD int resolver_init(const struct settings *set);
/* Who still waits gets ERR_DNS.  Before loop_fini. */
void resolver_fini(void);
/* Looks up name (ASCII; an IDN in A-labels; letters, digits, and signs that a local part may hold).
 * MX records come sorted by preference, equals in random order; so do addresses.  Names in the
 * answer are lower-case; a record whose name holds a space, a control octet or a dot within a label
 * is left out.  0; ERR_DNS: SERVFAIL, bogus, no server, only malformed records; ERR_TIMEOUT: the
 * fibre's deadline or settings resolver.time (a late answer is kept for the next who asks);
 * ERR_SYNTAX: no such name.  When nobody at all answers (no network), only the first who ask wait
 * so long; the others 2 s, until an answer comes. */
NODISCARD WAITS int resolver_ask(struct span name, enum resolver_type type, struct arena *mem,
                                 struct resolver_answer *out);
/* The PTR question for an address. */
NODISCARD WAITS int resolver_ask_ptr(const struct address *a, struct arena *mem,
                                     struct resolver_answer *out);

#endif

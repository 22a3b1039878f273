/* defence/client.h - what is found of a client by its address and by what it calls itself, in
 * words: of who connects, and of who only might (postrider defence test).
 *
 * RFC 8601 2.7.3 (iprev), RFC 5321 4.1.1.1.
 */
#ifndef DEFENCE_CLIENT_H
#define DEFENCE_CLIENT_H

#include "calls/inspect.h"
#include "calls/policy.h"
#include "config/settings.h"
#include "rt/stream/stream.h"

struct client_name {
	uint8_t iprev;    /* enum policy_iprev; UNKNOWN: nobody asks for such an address */
	struct span name; /* the verified one; in mem */
	uint32_t us;
};

/* What cannot be asked now is a TEMPERROR. */
WAITS void client_name_ask(const struct settings *set, const struct address *client,
                           struct arena *mem, struct client_name *out);

/* What was found, and what who is refused for it reads. */
struct client_words {
	char words[INSPECT_WORDS_MAX], told[INSPECT_WORDS_MAX];
};
/* The findings of the steps rdns and helo.  Their words are in *words.
 *   here  the address that was called; n 0: not known */
void client_name_find(const struct client_name *name, const struct address *client,
                      struct client_words *words, struct inspect_finding *out);
void client_helo_find(const struct settings *set, struct span helo, const struct ip *client,
                      const struct ip *here, struct client_words *words,
                      struct inspect_finding *out);

#endif

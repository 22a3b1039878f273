/* defence/lists.h - what lists of addresses in DNS say of a client.  Floor of policy.
 *
 * Settings defence.dnsbl, dnswl, reject_score, list_time; wire/dnslist has the questions and what
 * an answer means.  All lists are asked at once; what is found is kept as long as the answers may
 * be (LISTS_KEPT_MS at most), for the client's next sessions in this process.
 *
 * No list is believed before it was tried, each hour anew: it is broken when it has 127.0.0.1 or, a
 * blocklist, has not 127.0.0.2 (RFC 5782 5), answers outside 127.0.0.0/8, or says by
 * 127.255.255.0/24 that it does not serve us: EVENT_list_broken tells.  One that is silent says
 * nothing.
 */
#ifndef DEFENCE_LISTS_H
#define DEFENCE_LISTS_H

#include "config/config_contact.h"
#include "wire/dnslist/dnslist.h"

enum {
	LISTS_MAX = CONFIG_DNSLISTS_MAX, /* of each kind */
	LISTS_WORDS_BYTES = DNSLIST_ZONE_MAX + DNSLIST_REASON_MAX + 64,
	LISTS_KEPT_MS = 60 * 60 * 1000,
	LISTS_BROKEN_MS = 60 * 60 * 1000,
};

/* Whether a list may be believed: *value and *why of one that is broken.  Negative: an error of
 * asking; what was found until then holds. */
enum lists_trust { LISTS_UNTRIED, LISTS_BROKEN, LISTS_TRUSTED };
NODISCARD WAITS int lists_try(const struct dnslist *list, bool white, enum lists_trust *trust,
                              struct ip *value, const char **why);
void lists_tell_broken(struct span zone, const struct ip *value, const char *why);

struct lists_said {
	int64_t score;                 /* weights of dnsbl that have it, less those of dnswl */
	char words[LISTS_WORDS_BYTES]; /* "ZONE (127.0.0.2): the list's reason", of the heaviest
	                                * dnsbl that has it, once score is defence.reject_score;
	                                * else "" */
};

/* ERR_CANCELLED, ERR_NO_MEMORY.  No lists: 0 at once. */
NODISCARD WAITS int lists_ask(const struct settings *set, const struct ip *client,
                              struct lists_said *out);
/* What who is listed is refused with: who says so, by `said`, and the way in.  client: text;
 * domain: of the recipient. */
enum { LISTS_REFUSAL_BYTES = LISTS_WORDS_BYTES + CONFIG_CONTACT_BYTES + 100 };
void lists_refusal(const struct settings *set, const char *client, const char *said,
                   struct span domain, char out[LISTS_REFUSAL_BYTES]);
/* Forgets what was kept. */
void lists_forget(void);

#endif

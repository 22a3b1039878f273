/* classify/feature_impl.h - what the files of this folder share: features being gathered. */
#ifndef CLASSIFY_FEATURE_IMPL_H
#define CLASSIFY_FEATURE_IMPL_H

#include "classify/feature.h"

enum { CLASSIFY_SLOTS = 4096 }; /* a power of two above twice CLASSIFY_FEATURES_MAX */

struct gathering {
	struct arena *mem;
	struct classify_features *out;
	uint16_t *slots; /* index + 1 by hash; 0 is free */
	int err;         /* ERR_NO_MEMORY sticks */
};

NODISCARD int gathering_begin(struct gathering *g, struct arena *mem,
                              struct classify_features *out);
/* Adds "before a between b after", unless it is there, or too long, or no room is left. */
void gathering_add(struct gathering *g, const char *before, struct span a, const char *between,
                   struct span b, const char *after);

void gather_fact(struct gathering *g, const char *fact);
/* One word of ASCII without spaces, in lower case; another is none. */
void gather_word(struct gathering *g, const char *before, struct span word);

/* header.c: adds what the header tells. */
void gather_header(struct gathering *g, struct span message);
/* words.c: adds the words of a text, and each two that stand side by side; before: what is said
 * before the quotes. */
void gather_words(struct gathering *g, const char *before, struct span utf8);
/* links.c: adds the hosts of the links in a text. */
void gather_links(struct gathering *g, struct span text);

/* traits.c: adds how much of a text is capitals, exclamation marks ...; the tags of an HTML text.
 */
void gather_traits(struct gathering *g, const char *what, struct span utf8);
void gather_tags(struct gathering *g, struct span html);

#endif

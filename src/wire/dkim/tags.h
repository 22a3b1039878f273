/* wire/dkim/tags.h - a list of tag=value, as signatures and key records are written.
 *
 * Source: RFC 6376 3.2.  Pure; into the arena or caller's room, no globals.
 */
#ifndef WIRE_DKIM_TAGS_H
#define WIRE_DKIM_TAGS_H

#include "base/arena.h"
#include "base/err.h"

enum { DKIM_TAGS_MAX = 64, DKIM_LIST_BYTES_MAX = 64 << 10 };

/* The spans borrow.  value: white space at its ends removed, folds within kept.  raw: all between
 * "=" and ";". */
struct dkim_tag {
	struct span name, value, raw;
};

struct dkim_tags {
	struct dkim_tag v[DKIM_TAGS_MAX];
	size_t n;
};

/* ERR_SYNTAX (a tag twice, too), ERR_TOO_LONG, each with words. */
NODISCARD int dkim_tags_parse(struct span text, struct dkim_tags *out);
/* NULL when it is not there.  Names have a case (3.2). */
const struct dkim_tag *dkim_tags_find(const struct dkim_tags *tags, const char *name);
/* Its value, or fallback. */
struct span dkim_tags_value(const struct dkim_tags *tags, const char *name, const char *fallback);

/* The value without any white space (base64, lists).  False without memory. */
NODISCARD bool dkim_squeeze(struct span value, struct arena *mem, struct span *out);
/* Base64 with white space anywhere (RFC 6376 2.10).  ERR_SYNTAX, ERR_NO_MEMORY, with words. */
NODISCARD int dkim_base64(struct span value, struct arena *mem, struct span *out);
/* Whether a list with `:` between its members (white space allowed) has the word. */
bool dkim_list_has(struct span list, const char *word);
/* As span_trim, of CR and LF too. */
struct span dkim_trim(struct span s);

#endif

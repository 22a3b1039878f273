/* wire/spf/macro.h - %{...} in domain-specs and explanations.
 *
 * Sources: RFC 7208 7 (macros), 6.2 (explanations); RFC 8616 4 (local parts in UTF-8).
 * Pure.
 */
#ifndef WIRE_SPF_MACRO_H
#define WIRE_SPF_MACRO_H

#include "base/buf.h"
#include "base/coding/ip.h"

/* What the letters stand for; borrowed. */
struct spf_values {
	struct span local, sender_domain; /* l, o; s is both */
	struct span domain;               /* d */
	struct span validated;            /* p */
	struct span helo;                 /* h */
	struct span receiver;             /* r */
	struct ip ip;                     /* i, c, v */
	int64_t now_s;                    /* t */
};

enum spf_macro_form {
	SPF_DOMAIN_SPEC, /* ends in a top label or a macro */
	SPF_MACRO_TEXT,  /* the value of a modifier that nobody knows */
	SPF_EXPLANATION, /* spaces, and the letters c, r and t, are permitted too */
};

/* 0 or ERR_SYNTAX, without words. */
NODISCARD int spf_macro_check(struct span text, enum spf_macro_form form);
/* Whether a macro with the letter (lower case) occurs. */
bool spf_macro_uses(struct span text, char letter);
/* Expands a checked text to out.  0, or what the buffer says. */
NODISCARD int spf_macro_expand(struct span text, const struct spf_values *values, struct buf *out);
/* As that, but only the last `keep` octets, or more, are left: names are cut on their left. */
NODISCARD int spf_macro_expand_tail(struct span text, const struct spf_values *values, size_t keep,
                                    struct buf *out);

#endif

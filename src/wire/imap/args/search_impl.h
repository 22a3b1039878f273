/* wire/imap/args/search_impl.h - what search.c, search_key.c and sort.c share. */
#ifndef WIRE_IMAP_ARGS_SEARCH_IMPL_H
#define WIRE_IMAP_ARGS_SEARCH_IMPL_H

#include "wire/imap/args/search.h"

/* A key and its argument, but what stands below an AND, OR or NOT: "(", "OR", "NOT" are taken
 * alone. node->end is not set. */
NODISCARD int imap_take_key(struct imap_cursor *c, struct imap_search_node *node);
/* The node's text is what a client looks for. */
bool imap_key_has_text(uint8_t key);
/* The keys up to the end of the command: nodes, n_nodes, has_mod_seq.  Written on success only.
 * ascii: 8-bit strings are ERR_SYNTAX. */
NODISCARD int imap_take_keys(struct imap_cursor *c, bool ascii, struct imap_search *out);
/* A charset and SP.  Every string is read as UTF-8, of which US-ASCII is a part. */
NODISCARD int imap_take_charset(struct imap_cursor *c, bool *ascii);

#endif

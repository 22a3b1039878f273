/* wire/imap/args/fetch_impl.h - sections, for fetch.c. */
#ifndef WIRE_IMAP_ARGS_FETCH_IMPL_H
#define WIRE_IMAP_ARGS_FETCH_IMPL_H

#include "wire/imap/args/fetch.h"

/* The word that a section begins with, its [ included; it gives kind and peek. */
bool imap_eat_section_word(struct imap_cursor *c, struct imap_section *out);
/* The rest of it. */
NODISCARD int imap_take_section(struct imap_cursor *c, struct imap_section *s);

#endif

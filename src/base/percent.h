/* base/percent.h - RFC 3986 2.1, for the users and passwords of URLs.  Floor 0. */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include "base/arena.h"

/* "a%40b" as "a@b", in mem, a NUL behind it.  ERR_SYNTAX: a % without two digits, or %00. */
NODISCARD int percent_decode(struct span in, struct arena *mem, struct span *out);

#endif

/* idn/idn.h - international domain names, by libidn2.  RFC 5890, RFC 5891.  Floor 1. */
#ifndef IDN_IDN_H
#define IDN_IDN_H

#include "base/arena.h"
#include "base/err.h"

/* A domain as lower-case A-labels (RFC 5891 5), in mem; a [literal] stays.  ERR_SYNTAX,
 * ERR_NO_MEMORY; ERR_REFUSED: one that this system would make another domain of. */
NODISCARD int idn_to_ascii(struct span domain, struct arena *mem, struct span *out);

#endif

/* base/utf8.h - RFC 3629.  Floor 0. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* Strict: no surrogates, no overlong forms, nothing past U+10FFFF. */
bool utf8_valid(struct span s);
bool utf8_is_ascii(struct span s);
/* Takes one code point from the front of *s; ERR_SYNTAX (and takes one octet) on a bad sequence. */
int utf8_next(struct span *s, uint32_t *code_point);
/* Octets written to out (1-4). */
size_t utf8_encode(uint32_t code_point, char out[4]);

#endif

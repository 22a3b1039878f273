/* base/base64.h - RFC 4648 4.  Floor 0. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* No line breaks. */
int base64_encode(struct buf *out, struct span in);
/* Strict (SASL, RFC 4954 4): padding required, nothing else in the text, unused bits zero.
 * ERR_SYNTAX. */
NODISCARD int base64_decode(struct span in, struct buf *out);

/* 13 characters of Crockford base32, for message ids; sorts as the number does. */
enum { ID_TEXT_LEN = 13 };
void id_print(uint64_t id, char out[ID_TEXT_LEN + 1]);
/* Case-insensitive.  ERR_SYNTAX unless exactly ID_TEXT_LEN characters that fit 64 bits. */
NODISCARD int id_parse(struct span s, uint64_t *id);

#endif

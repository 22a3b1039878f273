/* signing/signing_impl.h - what signing's files share.  Not for other folders. */
#ifndef SIGNING_SIGNING_IMPL_H
#define SIGNING_SIGNING_IMPL_H

#include "signing/signing.h"
#include "wire/dkim/crypto.h"

enum { SIGNING_FIELD_BYTES_MAX = 16 << 10 };

/* The relaxed body's; a long one on a thread of the pool. */
NODISCARD WAITS int signing_body_hash(const struct signing_text *text,
                                      uint8_t digest[DKIM_HASH_BYTES]);

#endif

/* webhooks/sign.h - the signature of a webhook (Standard Webhooks, "Signature scheme"). */
#ifndef WEBHOOKS_SIGN_H
#define WEBHOOKS_SIGN_H

#include "base/buf.h"

enum { SIGN_SECRET_BYTES = 32 };
#define SIGN_SECRET_PREFIX "whsec_"

/* Appends "v1," and the base64 of HMAC-SHA256(secret, "ID.TIME.BODY"); behind others, a space
 * before it.  buf.h's errors, ERR_BUG. */
NODISCARD int sign_put(struct buf *out, struct span secret, struct span id, int64_t time_s,
                       struct span body);

#endif

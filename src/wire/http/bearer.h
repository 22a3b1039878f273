/* wire/http/bearer.h - keys of ours as a Bearer token (RFC 6750 2.1): "pr.ACCOUNT.SECRET", the
 * account in base64url without padding.  Pure. */
#ifndef WIRE_HTTP_BEARER_H
#define WIRE_HTTP_BEARER_H

#include "base/buf.h"

enum { HTTP_BEARER_ACCOUNT_MAX = 500 }; /* octets of its text */

int http_bearer_put(struct buf *out, struct span account, struct span secret);
/* The value of an Authorization field: the account's name is appended to *account, *secret borrows
 * from it.  ERR_SYNTAX: it is no such token. */
NODISCARD int http_bearer_take(struct span authorization, struct buf *account, struct span *secret);
/* The same of the token alone. */
NODISCARD int http_bearer_read(struct span token, struct buf *account, struct span *secret);

/* A key of the operator's: "po.SECRET". */
int http_bearer_operator_put(struct buf *out, struct span secret);
NODISCARD int http_bearer_operator_take(struct span authorization, struct span *secret);

#endif

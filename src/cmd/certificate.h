/* cmd/certificate.h - a key and a self-signed certificate for a new server. */
#ifndef CMD_CERTIFICATE_H
#define CMD_CERTIFICATE_H

#include "base/buf.h"

/* A P-256 key and a certificate for host, good for ten years, both PEM; and the hex
 * digest of a TLSA 3 1 1 record (RFC 7671 5.1).  What is wrong is printed. */
NODISCARD int certificate_make(const char *host, struct buf *certificate, struct buf *key,
                               struct buf *tlsa);

#endif

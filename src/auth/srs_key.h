/* auth/srs_key.h - what signs rewritten return paths (wire/smtp/srs.h).  Floor 3; auth role only.
 */
#ifndef AUTH_SRS_KEY_H
#define AUTH_SRS_KEY_H

#include "base/err.h"
#include "base/span.h"

/* secret: as auth_scram_open's, so that a bounce finds its way after a restart. */
NODISCARD int srs_key_open(struct span secret);
void srs_key_close(void);
/* HMAC-SHA-256 of the octets; directory_srs_open's. */
NODISCARD int srs_key_mac(struct span octets, unsigned char out[32], void *arg);

#endif

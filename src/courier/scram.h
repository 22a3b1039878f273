/* courier/scram.h - the cryptography of a login by SCRAM-SHA-256, from OpenSSL.  Floor 5. */
#ifndef COURIER_SCRAM_H
#define COURIER_SCRAM_H

#include "wire/smtp/client/scram.h"

/* Its PBKDF2 WAITS: it runs beside the loop. */
extern const struct smtp_scram_crypto scram_crypto;

#endif

/* component/net/scram.h - the cryptography of a login by SCRAM-SHA-256, from src/crypto. */
#ifndef COMPONENT_NET_SCRAM_H
#define COMPONENT_NET_SCRAM_H

#include "wire/smtp/client/scram.h"

extern const struct smtp_scram_crypto component_scram;

#endif

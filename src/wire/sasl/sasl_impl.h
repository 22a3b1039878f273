/* wire/sasl/sasl_impl.h - what sasl.c and scram.c share. */
#ifndef WIRE_SASL_SASL_IMPL_H
#define WIRE_SASL_SASL_IMPL_H

#include "wire/sasl/sasl.h"

/* Where the exchange stands: what is to come next. */
enum sasl_at {
	SASL_AT_FIRST, /* the client's first octets */
	SASL_AT_PASSWORD,
	SASL_AT_BINDING, /* answers of the caller */
	SASL_AT_SALT,
	SASL_AT_VERDICT,
	SASL_AT_FINAL, /* the client's last message (RFC 5802 5) */
	SASL_AT_END,   /* its empty answer to ours */
	SASL_AT_DONE,
};

/* Keeps a copy of the client's octets in s->said; *out is that. */
NODISCARD int sasl_keep(struct sasl *s, struct span octets, struct span *out);
/* What the client asks to act as: as itself, or nothing.  ERR_AUTH. */
NODISCARD int sasl_act_as(const struct sasl *s, struct span who);

NODISCARD int scram_first(struct sasl *s, struct span octets);
NODISCARD int scram_final(struct sasl *s, struct span octets);

#endif

/* wire/sasl/sasl.h - the server's side of a login: PLAIN, LOGIN, SCRAM-SHA-256 and -PLUS.
 *
 * Sources: RFC 4422 (SASL), RFC 4616 (PLAIN), draft-murchison-sasl-login, RFC 5802 3, 5, 7 and
 *          RFC 7677 (SCRAM), RFC 5929 4 and RFC 9266 (channel bindings).
 *
 * One exchange, octets in and octets out, without base64 and without knowing the protocol around
 * it.  Pure: it has no passwords and no cryptography; what it needs to know of an account it asks
 * of its caller by what it returns.  Floor 1 (wire).
 */
#ifndef WIRE_SASL_SASL_H
#define WIRE_SASL_SASL_H

#include "base/buf.h"

enum {
	SASL_OCTETS_MAX = 2048,     /* of one answer of the client, as of one challenge */
	SASL_NONCE_BYTES = 18,      /* of ours; they travel as 24 characters */
	SASL_HASH_BYTES = 32,       /* SHA-256 */
	SASL_SALT_MAX = 64,         /* octets */
	SASL_BINDING_NAME_MAX = 32, /* "tls-server-end-point" */
};

/* In the order in which they are offered. */
enum sasl_mechanism {
	SASL_SCRAM_SHA_256_PLUS,
	SASL_SCRAM_SHA_256,
	SASL_PLAIN,
	SASL_LOGIN,
	SASL_MECHANISMS,
};

const char *sasl_name(enum sasl_mechanism m);
/* By its name in any case.  ERR_UNKNOWN. */
NODISCARD int sasl_find(struct span name, enum sasl_mechanism *out);

/* What is to be done next. */
enum sasl_step {
	SASL_CHALLENGE,    /* send sasl.out; feed the answer */
	SASL_ASK_SALT,     /* nonce, and salt and iterations of sasl.name?  then sasl_salt */
	SASL_ASK_PASSWORD, /* is sasl.password that of sasl.name?  when it is: sasl_right */
	SASL_ASK_PROOF,    /* does sasl.proof show the password, over sasl.message?  likewise */
	SASL_ASK_BINDING,  /* which octets bind to sasl.binding_name?  then sasl_binding */
	SASL_DONE,
};

struct sasl {
	enum sasl_mechanism mechanism;
	struct buf out;   /* SASL_CHALLENGE: what to send, may be empty */
	struct span name; /* who, as the client spells it */
	struct span password;
	struct span message; /* RFC 5802 3: AuthMessage */
	uint8_t proof[SASL_HASH_BYTES];
	struct span binding_name; /* "tls-exporter" */

	/* sasl.c's and scram.c's own */
	struct buf said, name_octets, expected, text;
	struct span bare, nonce;
	uint8_t at;
	bool plus;
};

/* plus: SCRAM-SHA-256-PLUS is offered here (a client that says it is not was lied to, RFC 5802 6).
 * The first thing to do is what sasl_feed returns. */
void sasl_init(struct sasl *s, enum sasl_mechanism m, bool plus);
/* Wipes and frees. */
void sasl_fini(struct sasl *s);

/* The exchange begins without the client's octets (no initial response): SASL_CHALLENGE. */
NODISCARD int sasl_begin(struct sasl *s);
/* The client's octets: the next step.
 *   ERR_SYNTAX   they break the mechanism's grammar, or are too many
 *   ERR_AUTH     the client asks to act as another, or somebody stands between (RFC 5802 6)
 *   ERR_UNKNOWN  an extension or a channel binding that is not known here */
NODISCARD int sasl_feed(struct sasl *s, struct span octets);
/* The answers to what was asked: the next step, or as sasl_feed.  nonce: octets that nobody can
 * guess; sasl.message ends with them, in base64. */
NODISCARD int sasl_salt(struct sasl *s, const uint8_t nonce[SASL_NONCE_BYTES], struct span salt,
                        uint32_t iterations);
NODISCARD int sasl_binding(struct sasl *s, struct span octets);
/* signature: RFC 5802 3, ServerSignature, SASL_HASH_BYTES octets; empty but for SCRAM. */
NODISCARD int sasl_right(struct sasl *s, struct span signature);

#endif

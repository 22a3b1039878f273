/* auth/scram_keys.c - see scram_keys.h. */
#include "auth/scram_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"

#define OCTETS(a) span_make((a), sizeof(a))

static int failed(void)
{
	return err(ERR_BUG, "the cryptography of SCRAM failed");
}

static int sha256(const uint8_t in[SCRAM_HASH_BYTES], uint8_t out[SCRAM_HASH_BYTES])
{
	return EVP_Digest(in, SCRAM_HASH_BYTES, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : failed();
}

static int hmac(struct span key, struct span in, uint8_t out[SCRAM_HASH_BYTES])
{
	const unsigned char *octets = (const unsigned char *)in.p;

	return HMAC(EVP_sha256(), key.p, (int)key.n, octets, in.n, out, NULL) ? 0 : failed();
}

static int get_key(struct span base64, uint8_t out[SCRAM_HASH_BYTES])
{
	AUTO_BUF octets = BUF(SCRAM_HASH_BYTES);

	if (base64_decode(base64, &octets) < 0 || octets.n != SCRAM_HASH_BYTES)
		return ERR_SYNTAX;
	memcpy(out, octets.p, SCRAM_HASH_BYTES);
	return 0;
}

static int get_salt(struct span base64, struct scram_keys *out)
{
	AUTO_BUF octets = BUF(SCRAM_SALT_MAX);

	if (base64_decode(base64, &octets) < 0 || !octets.n)
		return ERR_SYNTAX;
	memcpy(out->salt, octets.p, octets.n);
	out->n_salt = (uint8_t)octets.n;
	return 0;
}

int scram_keys_salt_parse(struct span text, struct scram_keys *out)
{
	struct span iterations, salt = text;
	uint64_t n = 0;

	if (!span_split(&salt, ':', &iterations) ||
	    span_to_u64(iterations, SCRAM_ITERATIONS_MAX, &n) < 0 || n < SCRAM_ITERATIONS_MIN ||
	    get_salt(salt, out) < 0)
		return err(ERR_SYNTAX, "expected ITERATIONS:SALT with at least %d iterations",
		           SCRAM_ITERATIONS_MIN);
	out->iterations = (uint32_t)n;
	return 0;
}

int scram_keys_parse(struct span text, struct scram_keys *out)
{
	struct scram_keys k = { 0 };
	struct span salt, stored, server = text;

	if (text.n > SCRAM_TEXT_MAX || !span_eat(&server, SPAN("SCRAM-SHA-256$")) ||
	    !span_split(&server, '$', &salt) || !span_split(&server, ':', &stored) ||
	    scram_keys_salt_parse(salt, &k) < 0 || get_key(stored, k.stored) < 0 ||
	    get_key(server, k.server) < 0)
		return err(ERR_SYNTAX,
		           "expected SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY "
		           "with at least %d iterations",
		           SCRAM_ITERATIONS_MIN);
	*out = k;
	return 0;
}

int scram_keys_print(const struct scram_keys *k, struct buf *out)
{
	buf_printf(out, "SCRAM-SHA-256$%u:", k->iterations);
	base64_encode(out, span_make(k->salt, k->n_salt));
	buf_putc(out, '$');
	base64_encode(out, OCTETS(k->stored));
	buf_putc(out, ':');
	return base64_encode(out, OCTETS(k->server));
}

/* RFC 5802 3: SaltedPassword, and of it ClientKey, StoredKey and ServerKey. */
int scram_keys_derive(struct scram_keys *k, struct span password)
{
	uint8_t salted[SCRAM_HASH_BYTES], client[SCRAM_HASH_BYTES];
	int r = PKCS5_PBKDF2_HMAC(password.p, (int)password.n, k->salt, k->n_salt,
	                          (int)k->iterations, EVP_sha256(), sizeof salted, salted) == 1
	                ? 0
	                : failed();

	if (r >= 0)
		r = hmac(OCTETS(salted), SPAN("Client Key"), client);
	if (r >= 0)
		r = sha256(client, k->stored);
	if (r >= 0)
		r = hmac(OCTETS(salted), SPAN("Server Key"), k->server);
	OPENSSL_cleanse(salted, sizeof salted);
	OPENSSL_cleanse(client, sizeof client);
	return r;
}

int scram_keys_decoy(struct span secret, struct span name, struct scram_keys *out)
{
	uint8_t of_name[SCRAM_HASH_BYTES];
	struct scram_keys k = { .iterations = SCRAM_ITERATIONS, .n_salt = SCRAM_SALT_BYTES };
	int r = hmac(secret, name, of_name);

	if (r >= 0)
		r = hmac(OCTETS(of_name), SPAN("salt"), k.stored);
	if (r < 0)
		return r;
	memcpy(k.salt, k.stored, SCRAM_SALT_BYTES);
	r = hmac(OCTETS(of_name), SPAN("stored"), k.stored);
	if (r >= 0)
		r = hmac(OCTETS(of_name), SPAN("server"), k.server);
	if (r >= 0)
		*out = k;
	return r;
}

/* ClientProof is ClientKey XOR HMAC(StoredKey, AuthMessage), and StoredKey is H(ClientKey). */
int scram_keys_check(const struct scram_keys *k, struct span message, struct span proof,
                     uint8_t signature[SCRAM_HASH_BYTES])
{
	uint8_t client[SCRAM_HASH_BYTES], stored[SCRAM_HASH_BYTES];

	if (proof.n != SCRAM_HASH_BYTES)
		return err(ERR_SYNTAX, "a proof of %zu octets", proof.n);
	int r = hmac(OCTETS(k->stored), message, client);
	for (size_t i = 0; i < SCRAM_HASH_BYTES; i++)
		client[i] ^= (uint8_t)proof.p[i];
	if (r >= 0)
		r = sha256(client, stored);
	OPENSSL_cleanse(client, sizeof client); /* with it one could log in */
	if (r >= 0 && CRYPTO_memcmp(stored, k->stored, sizeof stored) != 0)
		r = err(ERR_AUTH, "wrong name or password");
	return r < 0 ? r : hmac(OCTETS(k->server), message, signature);
}

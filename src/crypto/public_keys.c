/* crypto/public_keys.c - see public_keys.h. */
#include "crypto/public_keys.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

enum { ED25519_BYTES = 32 };

struct kept {
	EVP_PKEY *key;
	uint64_t used; /* 0: nobody's */
	bool ed25519;
	uint16_t n;
	char octets[PUBLIC_KEY_KEPT_BYTES];
};

static struct {
	struct kept *rows;
	EVP_PKEY *last; /* one that is not kept */
	uint64_t n_asked;
} keys;

static EVP_PKEY *rsa(struct span octets)
{
	const unsigned char *p = (const unsigned char *)octets.p, *start = p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)octets.n);

	if (!key) {
		p = start;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)octets.n);
	}
	if (key && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static EVP_PKEY *ed25519_key(struct span octets)
{
	return octets.n != ED25519_BYTES
	               ? NULL
	               : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	                                             (const unsigned char *)octets.p, octets.n);
}

static bool is_it(const struct kept *k, bool ed25519, struct span octets)
{
	return k->used && k->ed25519 == ed25519 && k->n == octets.n &&
	       memcmp(k->octets, octets.p, octets.n) == 0;
}

/* The row that has it, else the one that was not asked for longest. */
static struct kept *find(bool ed25519, struct span octets)
{
	struct kept *oldest = keys.rows;

	for (struct kept *k = keys.rows; k < keys.rows + PUBLIC_KEYS_KEPT; k++) {
		if (is_it(k, ed25519, octets))
			return k;
		if (k->used < oldest->used)
			oldest = k;
	}
	return oldest;
}

static void keep(struct kept *k, EVP_PKEY *key, bool ed25519, struct span octets)
{
	EVP_PKEY_free(k->key);
	k->key = key;
	k->ed25519 = ed25519;
	k->n = (uint16_t)octets.n;
	memcpy(k->octets, octets.p, octets.n);
}

struct evp_pkey_st *public_key(bool ed25519, struct span octets)
{
	EVP_PKEY *key;

	if (!keys.rows)
		keys.rows = calloc(PUBLIC_KEYS_KEPT, sizeof *keys.rows);
	struct kept *k = keys.rows && octets.n && octets.n <= PUBLIC_KEY_KEPT_BYTES
	                         ? find(ed25519, octets)
	                         : NULL;
	if (!k || !is_it(k, ed25519, octets)) {
		key = ed25519 ? ed25519_key(octets) : rsa(octets);
		if (!key || !k) {
			EVP_PKEY_free(keys.last);
			return keys.last = key;
		}
		keep(k, key, ed25519, octets);
	}
	k->used = ++keys.n_asked;
	return k->key;
}

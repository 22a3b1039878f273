/* auth/signer.c - see signer.h.
 *
 * A key is read from its PEM when it is first needed, and kept until any key changes.
 */
#include "auth/signer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/map.h"
#include "calls/dkim.h"
#include "crypto/dkim_crypto.h"
#include "directory/directory.h"
#include "directory/signer.h"

enum { SIGNATURE_BYTES_MAX = 2048 };

struct known_key {
	EVP_PKEY *key;
	size_t n_pem;
	char pem[]; /* what it is found by */
};

static struct map known;

static void forget_all(void)
{
	struct known_key *k;

	MAP_EACH(k, &known) {
		EVP_PKEY_free(k->key);
		OPENSSL_cleanse(k->pem, k->n_pem);
		free(k);
	}
	map_fini(&known);
}

static int learn(struct span pem, struct known_key **out)
{
	struct known_key *k = calloc(1, sizeof *k + pem.n);
	bool ed25519;
	int r = k ? dkim_private_parse(pem, &k->key, &ed25519)
	          : err(ERR_NO_MEMORY, "no memory for a key");

	if (r == ERR_REFUSED || r == ERR_SYNTAX)
		r = err(ERR_CORRUPT, "a key of the directory cannot be read");
	if (r >= 0) {
		k->n_pem = pem.n;
		memcpy(k->pem, pem.p, pem.n);
		r = map_put(&known, span_make(k->pem, k->n_pem), k, NULL);
		if (r >= 0)
			return *out = k, 0;
		EVP_PKEY_free(k->key);
	}
	free(k);
	return r;
}

/* Its own reference, for as long as a thread works with it. */
static int key_get(struct span domain, struct span selector, EVP_PKEY **out)
{
	const struct directory_signer *s = directory_signer(domain);

	for (size_t i = 0; s && span_eq(s->domain, domain) && i < s->n_keys; i++) {
		struct known_key *k = map_get(&known, s->keys[i].secret);

		if (!span_eq(s->keys[i].selector, selector))
			continue;
		int r = k ? 0 : learn(s->keys[i].secret, &k);
		if (r < 0)
			return r;
		EVP_PKEY_up_ref(k->key);
		*out = k->key;
		return 0;
	}
	return err(ERR_UNAVAILABLE, "the key %.*s of %.*s is not there any more",
	           SPAN_ARG(selector), SPAN_ARG(domain));
}

static WAITS int keys(const struct dkim_keys_args *a, struct arena *mem,
                      struct dkim_keys_reply *out)
{
	int r = directory_wait(); /* WAITS */
	const struct directory_signer *s = r < 0 ? NULL : directory_signer(a->author);

	*out = (struct dkim_keys_reply){ 0 };
	if (!s)
		return r;
	r = arena_copy(mem, s->domain, &out->domain);
	out->keys = arena_array(mem, struct dkim_key_name, s->n_keys);
	if (!out->keys)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < s->n_keys; i++) {
		struct dkim_key_name *k = &out->keys[out->n_keys];

		if (!signer_uses(s, i))
			continue;
		k->ed25519 = s->keys[i].ed25519;
		r = arena_copy(mem, s->keys[i].selector, &k->selector);
		out->n_keys++;
	}
	return r;
}

struct job {
	const struct dkim_sign_hashes_args *a;
	EVP_PKEY **keys;
	struct buf *out; /* one signature behind the other, */
	size_t *ends;    /* and where each ends */
};

static int sign_all(void *arg)
{
	struct job *j = arg;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < j->a->n_hashes; i++) {
		r = dkim_private_sign(j->keys[i], (const uint8_t *)j->a->hashes[i].digest.p,
		                      j->out);
		j->ends[i] = j->out->n;
	}
	return r;
}

static int take_out(const struct job *j, struct arena *mem, struct dkim_sign_hashes_reply *out)
{
	size_t n = j->a->n_hashes, from = 0;
	int r = 0;

	*out = (struct dkim_sign_hashes_reply){ .signatures =
		                                        arena_array(mem, struct dkim_signed, n) };
	if (!out->signatures)
		return ERR_NO_MEMORY;
	for (; r >= 0 && out->n_signatures < n; from = j->ends[out->n_signatures++])
		r = arena_copy(mem,
		               span_sub(buf_span(j->out), from, j->ends[out->n_signatures] - from),
		               &out->signatures[out->n_signatures].octets);
	return r;
}

static WAITS int sign_with(struct job *j, struct arena *mem, struct dkim_sign_hashes_reply *out)
{
	const struct dkim_sign_hashes_args *a = j->a;
	int r = 0;
	size_t n = 0;

	for (; r >= 0 && n < a->n_hashes; n += r >= 0)
		r = a->hashes[n].digest.n == DKIM_HASH_BYTES
		            ? key_get(a->domain, a->hashes[n].selector, &j->keys[n])
		            : err(ERR_SYNTAX, "what is to be signed is no hash");
	if (r >= 0)
		r = offload(sign_all, j, "signatures"); /* WAITS */
	while (n)
		EVP_PKEY_free(j->keys[--n]);
	return r < 0 ? r : take_out(j, mem, out);
}

static WAITS int sign_hashes(const struct dkim_sign_hashes_args *a, struct arena *mem,
                             struct dkim_sign_hashes_reply *out)
{
	AUTO_BUF octets = BUF(DIRECTORY_KEYS_MAX * SIGNATURE_BYTES_MAX);
	struct job j = { .a = a, .out = &octets };
	int r = directory_wait(); /* WAITS */

	if (r < 0)
		return r;
	if (!a->n_hashes || a->n_hashes > DIRECTORY_KEYS_MAX)
		return err(ERR_SYNTAX, "%zu hashes at once", a->n_hashes);
	j.keys = arena_array(mem, EVP_PKEY *, a->n_hashes);
	j.ends = arena_array(mem, size_t, a->n_hashes);
	if (!j.keys || !j.ends)
		return ERR_NO_MEMORY;
	return sign_with(&j, mem, out); /* WAITS */
}

void auth_signer_open(void)
{
	directory_signers_follow(forget_all);
	dkim_keys_serve(keys);
	dkim_sign_hashes_serve(sign_hashes);
}

void auth_signer_close(void)
{
	directory_signers_follow(NULL);
	forget_all();
}

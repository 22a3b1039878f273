/* auth/scram.c - logins by SCRAM: the salt, and whether a proof is right.
 *
 * RFC 5802 3, 5.1.  A wrong proof is a wrong password: the same turns, debts and words (check.c).
 * Who has no account, or one without keys, is told a salt all the same, the same one at each try
 * (threats 3.22).
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/check_impl.h"
#include "auth/exchanges.h"
#include "auth/scram_keys.h"
#include "base/base64.h"
#include "directory/directory.h"
#include "rt/loop.h"

enum { NONCE_TEXT_BYTES = EXCHANGES_NONCE_BYTES / 3 * 4 };

static uint8_t decoys_key[SCRAM_HASH_BYTES];

int auth_scram_open(struct span secret)
{
	const unsigned char label[] = "decoys of SCRAM";

	if (secret.n != AUTH_SECRET_BYTES)
		return err(ERR_CONFIG, "the server's secret has %d octets, not %zu",
		           AUTH_SECRET_BYTES, secret.n);
	return HMAC(EVP_sha256(), secret.p, (int)secret.n, label, sizeof label - 1, decoys_key,
	            NULL)
	               ? 0
	               : err(ERR_BUG, "HMAC failed");
}

void auth_scram_close(void)
{
	exchanges_close();
	OPENSSL_cleanse(decoys_key, sizeof decoys_key);
}

/* Those of the account and of its app passwords for the protocol, in turn; they share one salt.
 * False: there are no more. */
static bool keys_next(const struct directory_entry *e, uint8_t protocol, size_t *at,
                      struct scram_keys *out, struct span *hash)
{
	for (; e && e->enabled && *at <= e->n_app_passwords; (*at)++) {
		const struct directory_app_password *p = *at ? &e->app_passwords[*at - 1] : NULL;
		bool fits = !p || (protocol < 16 && p->protocols & 1u << protocol);
		if (fits && scram_keys_parse(p ? p->scram : e->scram, out) >= 0) {
			*hash = p ? p->hash : e->hash;
			(*at)++;
			return true;
		}
	}
	return false;
}

/* What the client derives its proof with: of who has no keys, the same each time. */
static int salt_of(struct span name, uint8_t protocol, struct scram_keys *out)
{
	const struct directory_entry *e = directory_named(name);
	struct span hash;
	size_t at = 0;
	int r = scram_keys_decoy(span_make(decoys_key, sizeof decoys_key), name, out);

	if (r >= 0)
		(void)keys_next(e, protocol, &at, out, &hash);
	return r;
}

WAITS int auth_scram_begin_here(const struct auth_scram_begin_args *a, struct arena *mem,
                                struct auth_scram_begin_reply *out)
{
	uint8_t nonce[EXCHANGES_NONCE_BYTES];
	struct scram_keys keys;
	struct span name;
	int r = directory_login(a->name, mem, &name); /* WAITS */

	if (r >= 0)
		r = salt_of(name, a->protocol, &keys);
	if (r >= 0)
		r = arena_copy(mem, span_make(keys.salt, keys.n_salt), &out->salt);
	if (r < 0 || !a->protocol)
		return r < 0 ? r : err(ERR_SYNTAX, "no login without a protocol");
	exchanges_begin(a->protocol, loop_now_at(), nonce);
	out->iterations = keys.iterations;
	return arena_copy(mem, span_make(nonce, sizeof nonce), &out->nonce);
}

struct proof_check {
	struct check c;
	struct span message, proof;
	uint8_t signature[SCRAM_HASH_BYTES];
};

static WAITS int compare(struct check *c, struct arena *mem)
{
	struct proof_check *p = CONTAINER(c, struct proof_check, c);
	const struct directory_entry *e = directory_named(c->name);
	struct scram_keys keys;
	struct span hash;
	size_t at = 0;

	while (keys_next(e, c->protocol, &at, &keys, &hash)) {
		int r = scram_keys_check(&keys, p->message, p->proof, p->signature);
		if (r == ERR_AUTH)
			continue;
		c->hash = r < 0 ? NULL : arena_str(mem, hash);
		return r < 0 ? r : c->hash ? 0 : ERR_NO_MEMORY;
	}
	return check_wrong();
}

/* The client has signed our nonce last of all, whatever stands before. */
static bool is_begun(const struct auth_scram_proof_args *a)
{
	AUTO_BUF nonce = BUF(EXCHANGES_NONCE_BYTES);
	size_t at = a->message.n - NONCE_TEXT_BYTES;

	return a->message.n > NONCE_TEXT_BYTES &&
	       base64_decode(span_sub(a->message, at, NONCE_TEXT_BYTES), &nonce) >= 0 &&
	       exchanges_end(buf_span(&nonce), a->protocol, loop_now_at());
}

WAITS int auth_scram_proof_here(const struct auth_scram_proof_args *a, struct arena *mem,
                                struct auth_scram_proof_reply *out)
{
	struct proof_check p = { .c = { .protocol = a->protocol, .compare = compare },
		                 .message = a->message,
		                 .proof = a->proof };
	struct auth_check_reply ok = { 0 };

	if (!is_begun(a))
		return err(ERR_UNAVAILABLE, "the exchange has ended; log in again");
	int r = directory_login(a->name, mem, &p.c.name); /* WAITS */
	if (r >= 0)
		r = check_place(&p.c, a->client);
	if (r >= 0)
		r = check_take_turn(&p.c, mem);
	if (r >= 0)
		r = check_welcome(&p.c, mem, &ok);
	if (r >= 0)
		r = arena_copy(mem, span_make(p.signature, sizeof p.signature), &out->signature);
	out->account = ok.account;
	out->ticket = ok.ticket;
	out->renew_at = ok.renew_at;
	return r;
}

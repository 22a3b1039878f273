/* auth/app_password.c - see app_password.h. */
#include "auth/app_password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "base/os.h"

int app_password_make(struct buf *out)
{
	static const char alphabet[] = "abcdefghijkmnopqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned char noise[4 * APP_PASSWORD_CHARS];
	size_t limit = 256 - 256 % (sizeof alphabet - 1), n = out->n + APP_PASSWORD_CHARS;

	os_random(noise, sizeof noise);
	for (size_t i = 0; i < sizeof noise && out->n < n; i++)
		if (noise[i] < limit) /* each letter equally likely */
			buf_putc(out, alphabet[noise[i] % (sizeof alphabet - 1)]);
	os_wipe(noise, sizeof noise);
	return out->n == n ? out->err : ERR_BUG;
}

int app_password_hash(struct span password, struct buf *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(password.p, password.n, digest, &n, EVP_sha256(), NULL) != 1)
		return err(ERR_BUG, "SHA-256 failed");
	buf_puts(out, "$sha256$");
	return base64_encode(out, span_make(digest, n));
}

static bool is_for(const struct directory_app_password *p, uint8_t protocol)
{
	return protocol < 16 && p->protocols & 1u << protocol;
}

const struct directory_app_password *app_password_find(const struct directory_entry *e,
                                                       struct span password, uint8_t protocol)
{
	AUTO_BUF hash = BUF(DIRECTORY_HASH_BYTES_MAX);
	const struct directory_app_password *found = NULL;

	if (!e->n_app_passwords || app_password_hash(password, &hash) < 0)
		return NULL;
	for (size_t i = 0; i < e->n_app_passwords; i++) {
		const struct directory_app_password *p = &e->app_passwords[i];
		if (p->hash.n == hash.n && CRYPTO_memcmp(p->hash.p, hash.p, hash.n) == 0 &&
		    is_for(p, protocol))
			found = p;
	}
	return found;
}

const struct directory_app_password *app_password_of_hash(const struct directory_entry *e,
                                                          struct span hash)
{
	for (size_t i = 0; i < e->n_app_passwords; i++)
		if (span_eq(e->app_passwords[i].hash, hash))
			return &e->app_passwords[i];
	return NULL;
}

bool app_password_in_force(const struct directory_entry *e, struct span hash)
{
	return span_eq(e->hash, hash) || app_password_of_hash(e, hash);
}

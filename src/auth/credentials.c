/* auth/credentials.c - fresh hashes (crypt(5) by libxcrypt). */
#include "auth/credentials.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "auth/scram_keys.h"
#include "base/os.h"

static char *decoy; /* a hash that no password fits */

int credentials_scram(struct span password, struct span salt, struct buf *out)
{
	struct scram_keys keys = { .iterations = SCRAM_ITERATIONS, .n_salt = SCRAM_SALT_BYTES };
	int r = 0;

	os_random(keys.salt, keys.n_salt);
	if (salt.n)
		r = scram_keys_salt_parse(salt, &keys);
	if (r >= 0)
		r = scram_keys_derive(&keys, password);
	return r < 0 ? r : scram_keys_print(&keys, out);
}

int credentials_hash(struct span password, struct buf *out)
{
	struct crypt_data *data = calloc(1, sizeof *data);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	char z[CREDENTIALS_PASSWORD_MAX + 1];
	int r = 0;

	if (!data)
		return ERR_NO_MEMORY;
	if (!password.n || password.n > CREDENTIALS_PASSWORD_MAX ||
	    memchr(password.p, 0, password.n)) {
		free(data);
		return err(ERR_SYNTAX, "a password has 1 to %d octets and no NUL",
		           CREDENTIALS_PASSWORD_MAX);
	}
	memcpy(z, password.p, password.n);
	z[password.n] = 0;
	const char *hashed = crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof setting)
	                             ? crypt_rn(z, setting, data, sizeof *data)
	                             : NULL;
	r = hashed ? buf_puts(out, hashed) : err_errno(ERR_BUG, "cannot hash a password");
	OPENSSL_cleanse(z, sizeof z);
	OPENSSL_cleanse(data, sizeof *data);
	free(data);
	return r;
}

/* On a pool thread: it hashes. */
static int make_decoy(UNUSED void *arg)
{
	AUTO_BUF hash = BUF(CRYPT_OUTPUT_SIZE);
	char noise[24];

	os_random(noise, sizeof noise);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)('a' + (noise[i] & 15));
	int r = credentials_hash(span_make(noise, sizeof noise), &hash);
	if (r < 0)
		return r;
	decoy = strndup(hash.p, hash.n);
	return decoy ? 0 : ERR_NO_MEMORY;
}

WAITS int credentials_open(void)
{
	return offload(make_decoy, NULL, "password hash");
}

void credentials_close(void)
{
	free(TAKE(decoy));
}

const char *credentials_decoy(void)
{
	return decoy;
}

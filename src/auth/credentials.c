/* auth/credentials.c - the accounts file, and fresh hashes (crypt(5) by libxcrypt). */
#include "auth/credentials.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "auth/scram_keys.h"
#include "base/map.h"
#include "base/os.h"

struct accounts {
	struct arena mem;
	struct map by_account;
};

static struct {
	struct accounts accounts;
	char *decoy; /* a hash that no password fits */
} credentials;

int credentials_parse_line(struct span line, struct credential_line *out)
{
	struct credential_line got = { 0 };
	struct scram_keys keys;

	line = span_trim(line);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (!line.n || line.p[0] == '#')
		return ERR_NOT_FOUND;
	if (!span_split(&line, ':', &got.account) || !got.account.n ||
	    !span_split(&line, ':', &got.hash) || !got.hash.n)
		return ERR_SYNTAX;
	if (line.n && scram_keys_parse(line, &keys) < 0)
		return ERR_SYNTAX;
	got.scram = line;
	*out = got;
	return 0;
}

int credentials_scram(struct span password, struct buf *out)
{
	struct scram_keys keys = { .iterations = SCRAM_ITERATIONS, .n_salt = SCRAM_SALT_BYTES };

	os_random(keys.salt, keys.n_salt);
	int r = scram_keys_derive(&keys, password);
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

struct span credentials_name(struct arena *mem, struct span s)
{
	char *p = arena_str(mem, s);
	for (size_t i = 0; p && i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return span_make(p, p ? s.n : 0);
}

static int credential_add(const struct credential_line *line)
{
	struct accounts *all = &credentials.accounts;
	struct credential *c = arena_new(&all->mem, struct credential);
	if (!c)
		return ERR_NO_MEMORY;
	c->account = credentials_name(&all->mem, line->account);
	c->hash = arena_str(&all->mem, line->hash);
	if (!c->account.p || !c->hash || arena_copy(&all->mem, line->scram, &c->scram) < 0)
		return ERR_NO_MEMORY;
	void *old = NULL;
	int r = map_put(&all->by_account, c->account, c, &old);
	return r < 0 ? r : old ? err(ERR_CONFIG, "%.*s stands twice", SPAN_ARG(line->account)) : 0;
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
	credentials.decoy = strndup(hash.p, hash.n);
	return credentials.decoy ? 0 : ERR_NO_MEMORY;
}

static void accounts_fini(struct accounts *all)
{
	map_fini(&all->by_account);
	arena_fini(&all->mem);
	*all = (struct accounts){ 0 };
}

WAITS int credentials_open(void)
{
	return offload(make_decoy, NULL, "password hash");
}

void credentials_close(void)
{
	accounts_fini(&credentials.accounts);
	free(TAKE(credentials.decoy));
}

static int load(struct span text, int (*add)(struct span account))
{
	struct credential_line got;
	struct span line;
	unsigned no = 0;
	int r = 0;

	while (r >= 0 && span_split(&text, '\n', &line)) {
		no++;
		r = credentials_parse_line(line, &got);
		if (r == ERR_NOT_FOUND) {
			r = 0;
			continue;
		}
		if (r < 0)
			return err(ERR_CONFIG,
			           "accounts, line %u: expected address:hash or address:hash:scram",
			           no);
		r = credential_add(&got);
		if (r >= 0)
			r = add(got.account);
	}
	return r;
}

int credentials_load(struct span text, int (*add)(struct span account))
{
	struct accounts before = credentials.accounts;

	credentials.accounts = (struct accounts){ 0 };
	int r = load(text, add);
	if (r < 0) {
		accounts_fini(&credentials.accounts);
		credentials.accounts = before;
	} else {
		accounts_fini(&before);
	}
	return r;
}

struct credential *credentials_find(struct span name)
{
	return map_get(&credentials.accounts.by_account, name);
}

const char *credentials_decoy(void)
{
	return credentials.decoy;
}

/* auth/credentials.c - checks passwords, in the offload pool, at even cost.
 *
 * crypt(5) by libxcrypt.  A wrong account costs the same hash as a wrong password
 * (threats 3.22: no user enumeration by time).  A password that was right stays
 * known for a few minutes as a keyed digest, so that a client which logs in for
 * each message does not cost tens of ms each time.
 */
#include "auth/credentials.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <sys/random.h>

#include "auth/guesses.h"
#include "base/clock.h"
#include "base/map.h"

enum { PASSWORD_MAX = 511, KEPT_MS = 5 * 60 * 1000, DIGEST_BYTES = 32 };

struct credential {
	struct span account; /* lower case */
	char *hash;
	int64_t digest_until_at;
	unsigned char digest[DIGEST_BYTES];
};

struct accounts {
	struct arena mem;
	struct map by_account;
};

static struct {
	struct accounts accounts;
	unsigned char key[DIGEST_BYTES];
	char *decoy; /* a hash that no password fits */
} credentials;

int credentials_parse_line(struct span line, struct span *account, struct span *hash)
{
	line = span_trim(line);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (!line.n || line.p[0] == '#')
		return ERR_NOT_FOUND;
	ptrdiff_t colon = span_find(line, ':');
	if (colon <= 0 || (size_t)colon + 1 == line.n)
		return ERR_SYNTAX;
	*account = span_sub(line, 0, (size_t)colon);
	*hash = span_sub(line, (size_t)colon + 1, line.n);
	return 0;
}

int credentials_hash(struct span password, struct buf *out)
{
	struct crypt_data *data = calloc(1, sizeof *data);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	char z[PASSWORD_MAX + 1];
	int r = 0;

	if (!data)
		return ERR_NO_MEMORY;
	if (!password.n || password.n > PASSWORD_MAX || memchr(password.p, 0, password.n)) {
		free(data);
		return err(ERR_SYNTAX, "a password has 1 to %d octets and no NUL", PASSWORD_MAX);
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

static struct span lower(struct arena *mem, struct span s)
{
	char *p = arena_str(mem, s);
	for (size_t i = 0; p && i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return span_make(p, p ? s.n : 0);
}

static int credential_add(struct span account, struct span hash)
{
	struct accounts *all = &credentials.accounts;
	struct credential *c = arena_new(&all->mem, struct credential);
	if (!c)
		return ERR_NO_MEMORY;
	c->account = lower(&all->mem, account);
	c->hash = arena_str(&all->mem, hash);
	if (!c->account.p || !c->hash)
		return ERR_NO_MEMORY;
	void *old = NULL;
	int r = map_put(&all->by_account, c->account, c, &old);
	return r < 0 ? r : old ? err(ERR_CONFIG, "%.*s stands twice", SPAN_ARG(account)) : 0;
}

/* On a pool thread: it hashes. */
static int make_decoy(UNUSED void *arg)
{
	AUTO_BUF hash = BUF(CRYPT_OUTPUT_SIZE);
	char noise[24];

	if (getrandom(credentials.key, sizeof credentials.key, 0) != sizeof credentials.key ||
	    getrandom(noise, sizeof noise, 0) != sizeof noise)
		return err_errno(ERR_BUG, "getrandom");
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

int credentials_open(void)
{
	return offload(make_decoy, NULL, "password hash");
}

void credentials_close(void)
{
	accounts_fini(&credentials.accounts);
	guesses_close();
	free(TAKE(credentials.decoy));
}

static int load(struct span text, int (*add)(struct span account))
{
	struct span line, account, hash;
	unsigned no = 0;
	int r = 0;

	while (r >= 0 && span_split(&text, '\n', &line)) {
		no++;
		r = credentials_parse_line(line, &account, &hash);
		if (r == ERR_NOT_FOUND) {
			r = 0;
			continue;
		}
		if (r < 0)
			return err(ERR_CONFIG, "accounts, line %u: expected address:hash", no);
		r = credential_add(account, hash);
		if (r >= 0)
			r = add(account);
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

/* One password against one hash, on a pool thread. */
struct trial {
	char password[PASSWORD_MAX + 1];
	char *hash;
};

static int trial_run(void *arg)
{
	struct trial *t = arg;
	struct crypt_data *data = calloc(1, sizeof *data);

	if (!data)
		return ERR_NO_MEMORY;
	const char *got = crypt_rn(t->password, t->hash, data, sizeof *data);
	size_t n = strlen(t->hash);
	bool same = got && strlen(got) == n && CRYPTO_memcmp(got, t->hash, n) == 0;
	OPENSSL_cleanse(data, sizeof *data);
	free(data);
	return same ? 0 : ERR_AUTH;
}

static WAITS int try_password(char *hash, struct span password)
{
	struct trial *t = calloc(1, sizeof *t);
	if (!t)
		return ERR_NO_MEMORY;
	memcpy(t->password, password.p, password.n);
	t->hash = hash;
	int r = offload(trial_run, t, "password hash");
	OPENSSL_cleanse(t, sizeof *t);
	free(t);
	return r;
}

static bool digest(struct span password, unsigned char out[DIGEST_BYTES])
{
	unsigned n = 0;
	return HMAC(EVP_sha256(), credentials.key, DIGEST_BYTES, (const unsigned char *)password.p,
	            password.n, out, &n) &&
	       n == DIGEST_BYTES;
}

int auth_check_here(const struct auth_check_args *a, struct arena *mem,
                    struct auth_check_reply *out)
{
	unsigned char now[DIGEST_BYTES];
	struct span name = lower(mem, a->name);

	if (!a->password.n || a->password.n > PASSWORD_MAX ||
	    memchr(a->password.p, 0, a->password.n))
		return err(ERR_AUTH, "wrong name or password");
	struct credential *c = map_get(&credentials.accounts.by_account, name);
	if (!digest(a->password, now))
		return err(ERR_BUG, "HMAC failed");
	/* Even when the digest is there: else it would answer guesses beyond the limit. */
	struct guess guess;
	int r = guesses_begin(a->client, name, clock_now_at(), &guess);
	if (r < 0)
		return r;
	bool known = c && clock_now_at() < c->digest_until_at &&
	             CRYPTO_memcmp(now, c->digest, DIGEST_BYTES) == 0;
	if (!known) {
		char *hash = arena_str(mem, span_str(c ? c->hash : credentials.decoy));
		if (!hash)
			return ERR_NO_MEMORY;
		r = try_password(hash, a->password); /* WAITS */
		/* Meanwhile the accounts may have been read anew. */
		c = map_get(&credentials.accounts.by_account, name);
		if (r < 0 || !c || strcmp(c->hash, hash) != 0)
			return r < 0 && r != ERR_AUTH ? r : err(ERR_AUTH, "wrong name or password");
		memcpy(c->digest, now, DIGEST_BYTES);
		c->digest_until_at = clock_now_at() + KEPT_MS;
	}
	guesses_right(&guess);
	return arena_copy(mem, c->account, &out->account);
}

void auth_serve(void)
{
	auth_check_serve(auth_check_here);
}

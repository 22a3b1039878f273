/* directory/directory.c - domains and accounts in memory.
 *
 * RFC 5321 4.5.1 (postmaster), RFC 5233 1 (sub-addressing with "+").  Addresses of
 * our own accounts are compared without regard to case: RFC 5321 2.4 leaves the
 * local part to the receiving host, and people expect it.
 */
#include "directory/directory.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"

enum { ADDRESS_MAX = 320 };

struct account {
	struct span address; /* lower case */
};

struct accounts {
	struct arena mem;
	struct map by_address;
	struct account *postmaster;
};

static struct {
	const struct settings *set;
	struct accounts now;
	struct accounts before; /* from directory_begin to directory_end */
} directory;

static struct span lower(struct span s, char out[ADDRESS_MAX])
{
	size_t n = s.n < ADDRESS_MAX ? s.n : ADDRESS_MAX;
	for (size_t i = 0; i < n; i++)
		out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
	return span_make(out, n);
}

static bool domain_is_ours(struct span domain)
{
	for (size_t i = 0; i < directory.set->server_domains.n; i++)
		if (span_eq_nocase(domain, span_str(directory.set->server_domains.v[i])))
			return true;
	return false;
}

int directory_open(const struct settings *set)
{
	directory_close();
	directory.set = set;
	return 0;
}

static void accounts_fini(struct accounts *all)
{
	map_fini(&all->by_address);
	arena_fini(&all->mem);
	*all = (struct accounts){ 0 };
}

void directory_close(void)
{
	accounts_fini(&directory.now);
}

void directory_begin(void)
{
	directory.before = directory.now;
	directory.now = (struct accounts){ 0 };
}

void directory_end(bool good)
{
	if (good) {
		accounts_fini(&directory.before);
		return;
	}
	accounts_fini(&directory.now);
	directory.now = directory.before;
	directory.before = (struct accounts){ 0 };
}

int directory_add(struct span address)
{
	char low[ADDRESS_MAX];
	struct span key = lower(address, low);
	ptrdiff_t at = span_find_last(key, '@');

	if (address.n > ADDRESS_MAX || at <= 0)
		return err(ERR_CONFIG, "account %.*s: an account is local@domain",
		           SPAN_ARG(address));
	if (!domain_is_ours(span_sub(key, (size_t)at + 1, key.n)))
		return err(ERR_CONFIG,
		           "account %.*s: its domain is not in server.domains; add it there",
		           SPAN_ARG(address));
	struct accounts *all = &directory.now;
	struct account *a = arena_new(&all->mem, struct account);
	if (!a || arena_copy(&all->mem, key, &a->address) < 0)
		return ERR_NO_MEMORY;
	int r = map_put(&all->by_address, a->address, a, NULL);
	if (r < 0)
		return r;
	struct span chosen = span_str(directory.set->server_postmaster);
	if (chosen.n ? span_eq_nocase(chosen, a->address) : !all->postmaster)
		all->postmaster = a;
	return 0;
}

/* The account for a lower-case local@domain: itself, without its "+detail", or
 * the postmaster's. */
static struct account *find(struct span key, struct span local, struct span domain)
{
	struct account *a = map_get(&directory.now.by_address, key);
	if (a)
		return a;
	ptrdiff_t plus = span_find(local, '+');
	if (plus > 0) {
		char base[ADDRESS_MAX];
		size_t n = (size_t)plus;
		memcpy(base, local.p, n);
		base[n] = '@';
		memcpy(base + n + 1, domain.p, domain.n);
		a = map_get(&directory.now.by_address, span_make(base, n + 1 + domain.n));
		if (a)
			return a;
	}
	return span_eq(local, SPAN("postmaster")) ? directory.now.postmaster : NULL;
}

int directory_lookup_here(const struct directory_lookup_args *a, struct arena *mem,
                          struct directory_lookup_reply *out)
{
	char low[ADDRESS_MAX];
	struct span key = lower(a->address, low);
	ptrdiff_t at = span_find_last(key, '@');

	*out = (struct directory_lookup_reply){ 0 };
	if (a->address.n > ADDRESS_MAX)
		return 0;
	struct span local = at < 0 ? key : span_sub(key, 0, (size_t)at);
	struct span domain = at < 0 ? SPAN("") : span_sub(key, (size_t)at + 1, key.n);
	if (domain.n && !domain_is_ours(domain))
		return 0;
	out->local = true;
	struct account *account = find(key, local, domain);
	return account ? arena_copy(mem, account->address, &out->account) : 0;
}

void directory_serve(void)
{
	directory_lookup_serve(directory_lookup_here);
}

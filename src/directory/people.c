/* directory/people.c - see people.h.  Each is one block of memory: its struct, its lists, its
 * octets. */
#include "directory/people.h"

#include <stdlib.h>

/* ---- blocks ---- */

static size_t octets_of(struct span s)
{
	return s.n + 1;
}

static struct span keep(char **at, struct span s)
{
	struct span kept = span_make(*at, s.n);

	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n + 1; /* the NUL is there: the block was zeroed */
	return kept;
}

static size_t list_octets(const struct directory_address *all, size_t n)
{
	size_t octets = n * sizeof *all;

	for (size_t i = 0; i < n; i++)
		octets += octets_of(all[i].address);
	return octets;
}

static void keep_list(char **at, const struct directory_address *all, size_t n,
                      struct directory_address *kept)
{
	for (size_t i = 0; i < n; i++)
		kept[i].address = keep(at, all[i].address);
}

static struct directory_domain *domain_new(const struct directory_domain *d)
{
	struct directory_domain *made =
	        calloc(1, sizeof *made + octets_of(d->name) + octets_of(d->alias_of) +
	                          octets_of(d->catch_all) + octets_of(d->defence));
	char *at = (char *)(made + 1);

	if (!made)
		return NULL;
	*made = *d;
	made->name = keep(&at, d->name);
	made->alias_of = keep(&at, d->alias_of);
	made->catch_all = keep(&at, d->catch_all);
	made->defence = keep(&at, d->defence);
	made->limit = SPAN(""); /* the store counts */
	return made;
}

static struct directory_alias *alias_new(const struct directory_alias *a)
{
	struct directory_alias *made = calloc(
	        1, sizeof *made + list_octets(a->targets, a->n_targets) + octets_of(a->address));
	if (!made)
		return NULL;
	*made = *a;
	made->targets = (struct directory_address *)(made + 1);
	char *at = (char *)(made->targets + a->n_targets);
	made->address = keep(&at, a->address);
	keep_list(&at, a->targets, a->n_targets, made->targets);
	return made;
}

static struct directory_signer *signer_new(const struct directory_signer *s)
{
	size_t octets = sizeof *s + s->n_keys * sizeof *s->keys + octets_of(s->domain);

	for (size_t i = 0; i < s->n_keys; i++)
		octets += octets_of(s->keys[i].selector) + octets_of(s->keys[i].secret) +
		          octets_of(s->keys[i].record);
	struct directory_signer *made = calloc(1, octets);
	if (!made)
		return NULL;
	*made = *s;
	made->keys = (struct directory_key *)(made + 1);
	char *at = (char *)(made->keys + s->n_keys);
	made->domain = keep(&at, s->domain);
	for (size_t i = 0; i < s->n_keys; i++) {
		made->keys[i] = s->keys[i];
		made->keys[i].selector = keep(&at, s->keys[i].selector);
		made->keys[i].secret = keep(&at, s->keys[i].secret);
		made->keys[i].record = keep(&at, s->keys[i].record);
	}
	return made;
}

static size_t entry_octets(const struct directory_account *a)
{
	size_t octets = sizeof(struct directory_entry) + octets_of(a->name) +
	                octets_of(a->address) + octets_of(a->hash) + octets_of(a->scram) +
	                octets_of(a->defence) + list_octets(a->addresses, a->n_addresses) +
	                a->n_app_passwords * sizeof *a->app_passwords;

	for (size_t i = 0; i < a->n_app_passwords; i++)
		octets += octets_of(a->app_passwords[i].label) +
		          octets_of(a->app_passwords[i].hash) +
		          octets_of(a->app_passwords[i].scram) +
		          octets_of(a->app_passwords[i].senders);
	return octets;
}

static struct directory_entry *entry_new(const struct directory_account *a)
{
	struct directory_entry *e = calloc(1, entry_octets(a));

	if (!e)
		return NULL;
	e->number = a->number;
	e->enabled = a->enabled;
	e->tags = a->tags;
	e->limited = a->quota_octets || a->quota_messages;
	e->app_passwords = (struct directory_app_password *)(e + 1);
	e->n_app_passwords = a->n_app_passwords;
	e->addresses = (struct directory_address *)(e->app_passwords + a->n_app_passwords);
	e->n_addresses = a->n_addresses;
	char *at = (char *)(e->addresses + a->n_addresses);
	e->name = keep(&at, a->name);
	e->address = keep(&at, a->address);
	e->hash = keep(&at, a->hash);
	e->scram = keep(&at, a->scram);
	e->defence = keep(&at, a->defence);
	keep_list(&at, a->addresses, a->n_addresses, e->addresses);
	for (size_t i = 0; i < a->n_app_passwords; i++) {
		const struct directory_app_password *p = &a->app_passwords[i];
		e->app_passwords[i] = *p;
		e->app_passwords[i].label = keep(&at, p->label);
		e->app_passwords[i].hash = keep(&at, p->hash);
		e->app_passwords[i].scram = keep(&at, p->scram);
		e->app_passwords[i].senders = keep(&at, p->senders);
	}
	return e;
}

/* ---- all of them ---- */

static int domain_take(struct people *p, const struct directory_domain *d)
{
	struct directory_domain *made = d->gone ? NULL : domain_new(d);

	free(map_remove(&p->domains, d->name));
	if (d->gone)
		return 0;
	int r = made ? map_put(&p->domains, made->name, made, NULL) : ERR_NO_MEMORY;
	if (r < 0)
		free(made);
	return r;
}

static int alias_take(struct people *p, const struct directory_alias *a)
{
	struct directory_alias *made = a->gone ? NULL : alias_new(a);

	free(map_remove(&p->aliases, a->address));
	if (a->gone)
		return 0;
	int r = made ? map_put(&p->aliases, made->address, made, NULL) : ERR_NO_MEMORY;
	if (r < 0)
		free(made);
	return r;
}

static int signer_take(struct people *p, const struct directory_signer *s)
{
	struct directory_signer *made = s->gone ? NULL : signer_new(s);

	free(map_remove(&p->signers, s->domain));
	if (s->gone)
		return 0;
	int r = made ? map_put(&p->signers, made->domain, made, NULL) : ERR_NO_MEMORY;
	if (r < 0)
		free(made);
	return r;
}

/* Nobody finds it any more. */
static struct directory_entry *account_leave(struct people *p, struct span name)
{
	struct directory_entry *e = map_remove(&p->accounts, name);

	for (size_t i = 0; e && i < e->n_addresses; i++)
		map_remove(&p->by_address, e->addresses[i].address);
	return e;
}

static int account_enter(struct people *p, struct directory_entry *e)
{
	int r = map_put(&p->accounts, e->name, e, NULL);

	for (size_t i = 0; r >= 0 && i < e->n_addresses; i++)
		r = map_put(&p->by_address, e->addresses[i].address, e, NULL);
	if (r < 0)
		free(account_leave(p, e->name));
	return r;
}

static int account_take(struct people *p, const struct directory_account *a)
{
	struct directory_entry *made = a->gone ? NULL : entry_new(a);
	struct directory_entry *old = account_leave(p, a->name);

	if (made && old && span_eq(made->hash, old->hash)) {
		made->known_until_at = old->known_until_at;
		memcpy(made->known, old->known, sizeof made->known);
	}
	free(old);
	if (a->gone)
		return 0;
	return made ? account_enter(p, made) : ERR_NO_MEMORY;
}

int people_take(struct people *p, const struct directory_tell_args *a)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < a->n_domains; i++)
		r = domain_take(p, &a->domains[i]);
	for (size_t i = 0; r >= 0 && i < a->n_accounts; i++)
		r = account_take(p, &a->accounts[i]);
	for (size_t i = 0; r >= 0 && i < a->n_aliases; i++)
		r = alias_take(p, &a->aliases[i]);
	for (size_t i = 0; r >= 0 && i < a->n_signers; i++)
		r = signer_take(p, &a->signers[i]);
	return r < 0 ? err(ERR_NO_MEMORY, "no memory for who is who") : 0;
}

static void free_all(struct map *m)
{
	void *it;

	MAP_EACH(it, m)
		free(it);
	map_fini(m);
}

void people_fini(struct people *p)
{
	map_fini(&p->by_address);
	free_all(&p->domains);
	free_all(&p->accounts);
	free_all(&p->aliases);
	free_all(&p->signers);
	*p = (struct people){ 0 };
}

struct directory_entry *people_first(const struct people *p)
{
	struct directory_entry *it, *first = NULL;

	MAP_EACH(it, &p->accounts)
		if (!first || it->number < first->number)
			first = it;
	return first;
}

struct directory_entry *people_at(const struct people *p, struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');
	size_t n = at < 0 ? address.n : (size_t)at + 1;
	const struct directory_domain *d = map_get(&p->domains, span_sub(address, n, address.n));
	char real[2 * DIRECTORY_NAME_BYTES_MAX];

	if (!d || !d->alias_of.n || n + d->alias_of.n > sizeof real)
		return map_get(&p->by_address, address);
	memcpy(real, address.p, n);
	memcpy(real + n, d->alias_of.p, d->alias_of.n);
	return map_get(&p->by_address, span_make(real, n + d->alias_of.n));
}

/* directory/directory.c - whose an address is; what the store tells.
 *
 * Addresses of our own are compared without regard to case: RFC 5321 2.4 leaves the local part to
 * the receiving host, and people expect it.
 */
#include "directory/directory.h"

#include "directory/expand.h"
#include "directory/forward.h"
#include "rt/fibre.h"

enum { ADDRESS_MAX = DIRECTORY_NAME_BYTES_MAX, WAIT_MS = 20 * 1000 };

static struct {
	const struct settings *set;
	struct people now;
	struct people next; /* from ALL_BEGIN to ALL_END */
	struct directory_entry *first;
	bool told;
	struct cond heard;
	void (*signers_changed)(void);
} directory = { .heard = { LIST_INIT(directory.heard.waiters) } };

static struct span lower(struct span s, char out[ADDRESS_MAX])
{
	size_t n = s.n < ADDRESS_MAX ? s.n : ADDRESS_MAX;
	for (size_t i = 0; i < n; i++)
		out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
	return span_make(out, n);
}

void directory_open(const struct settings *set)
{
	directory_close();
	directory.set = set;
	news_open();
}

void directory_close(void)
{
	people_fini(&directory.now);
	people_fini(&directory.next);
	news_close();
	directory.first = NULL;
	directory.told = false;
}

WAITS int directory_wait(void)
{
	int r = 0;

	if (directory.told)
		return 0;
	FIBRE_TIMEOUT(WAIT_MS);
	while (!directory.told && r >= 0)
		r = cond_wait(&directory.heard, "who is who");
	return r == ERR_TIMEOUT ? err(ERR_UNAVAILABLE, "the store has not told who is who yet") : r;
}

static void signers_changed(void)
{
	if (directory.signers_changed)
		directory.signers_changed();
}

static void all_told(void)
{
	people_fini(&directory.now);
	directory.now = directory.next;
	directory.next = (struct people){ 0 };
	directory.told = true;
	news_all();
	directory.first = people_first(&directory.now);
	signers_changed();
	cond_broadcast(&directory.heard);
}

int directory_tell_here(const struct directory_tell_args *a, struct arena *mem,
                        struct directory_tell_reply *out)
{
	int r = 0;

	switch (a->step) {
	case DIRECTORY_ALL_BEGIN: people_fini(&directory.next); break;
	case DIRECTORY_ALL_MORE: r = people_take(&directory.next, a); break;
	case DIRECTORY_ALL_END: all_told(); break;
	case DIRECTORY_CHANGE:
		if (!directory.told)
			break; /* everything comes */
		r = people_take(&directory.now, a);
		for (size_t i = 0; i < a->n_accounts; i++)
			news_of(a->accounts[i].name);
		directory.first = people_first(&directory.now);
		if (a->n_signers)
			signers_changed();
		break;
	default: return err(ERR_SYNTAX, "no step %u", a->step);
	}
	out->accounts = (uint32_t)directory.now.accounts.n;
	return r;
}

struct directory_entry *directory_named(struct span name)
{
	return map_get(&directory.now.accounts, name);
}

struct directory_entry *directory_find(struct span name)
{
	char low[ADDRESS_MAX];
	struct span key = lower(name, low);

	if (name.n > ADDRESS_MAX)
		return NULL;
	struct directory_entry *e = people_at(&directory.now, key);
	return e ? e : directory_named(key);
}

WAITS int directory_login(struct span given, struct arena *mem, struct span *out)
{
	char low[ADDRESS_MAX];
	int r = directory_wait(); /* WAITS */

	if (r < 0)
		return r;
	const struct directory_entry *e = directory_find(given);
	return arena_copy(mem, e ? e->name : lower(given, low), out);
}

static struct span domain_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return at < 0 ? SPAN("") : span_sub(address, (size_t)at + 1, address.n);
}

const struct directory_signer *directory_signer(struct span domain)
{
	const struct directory_signer *s = NULL;
	struct span label;

	while (domain.n && !(s = map_get(&directory.now.signers, domain)))
		if (!span_split(&domain, '.', &label))
			break;
	return s;
}

void directory_signers_follow(void (*fn)(void))
{
	directory.signers_changed = fn;
}

static struct directory_entry *postmaster(void)
{
	struct span chosen = span_str(directory.set->server_postmaster);

	return chosen.n ? directory_find(chosen) : directory.first;
}

/* domain: of ours, or empty for <postmaster>, who is in that of who has the office. */
static struct span defence_of(struct span domain, const struct directory_entry *office)
{
	const struct directory_domain *d;

	if (!domain.n && office)
		domain = domain_of(office->address);
	d = map_get(&directory.now.domains, domain);
	if (d && d->alias_of.n && !d->defence.n)
		d = map_get(&directory.now.domains, d->alias_of);
	return d ? d->defence : SPAN("");
}

WAITS int directory_lookup_here(const struct directory_lookup_args *a, struct arena *mem,
                                struct directory_lookup_reply *out)
{
	char low[ADDRESS_MAX];
	struct span key = lower(a->address, low);
	struct span domain = domain_of(key);

	*out = (struct directory_lookup_reply){ 0 };
	if (a->address.n > ADDRESS_MAX)
		return 0;
	int r = directory_wait(); /* WAITS */
	if (r < 0)
		return r;
	if (domain.n && !map_get(&directory.now.domains, domain))
		return 0;
	out->local = true;
	const struct directory_entry *office = postmaster();
	const struct expand_from from = { &directory.now, office, defence_of(domain, office) };
	struct span back;
	r = domain.n ? forward_returned(key, mem, &out->returned, &out->sender) : ERR_NOT_FOUND;
	if (r >= 0)
		return expand(&from, out->sender, mem, out);
	if (r != ERR_NOT_FOUND)
		return r == ERR_REFUSED ? 0 : r; /* nobody has what was forged */
	if (domain.n &&
	    forward_back(span_sub(a->address, 0, key.n - domain.n - 1), mem, &back) >= 0)
		key = back;
	return expand(&from, key, mem, out);
}

static WAITS int forward(const struct directory_forward_args *a, struct arena *mem,
                         struct directory_forward_reply *out)
{
	int r = directory_wait(); /* WAITS */

	return r < 0 ? r : forward_sender(&directory.now, a, mem, out);
}

static WAITS int give_return_path(const struct directory_return_args *a, struct arena *mem,
                                  struct directory_return_reply *out)
{
	return forward_return(a, mem, out);
}

void directory_srs_open(int (*mac)(struct span octets, unsigned char out[32], void *arg))
{
	forward_open(mac);
}

void directory_serve(void)
{
	directory_lookup_serve(directory_lookup_here);
	directory_tell_serve(directory_tell_here);
	directory_forward_serve(forward);
	directory_return_serve(give_return_path);
	directory_news_serve(directory_news_here);
}

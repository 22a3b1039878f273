/* directory/expand.c - see expand.h. */
#include "directory/expand.h"

struct expansion {
	const struct expand_from *from;
	struct arena *mem;
	struct directory_lookup_reply *out;
	struct map seen;     /* addresses, in lower case */
	struct map accounts; /* names */
	struct span *due;
	size_t n_due, due_room, targets_room;
	struct span tag; /* of the only account so far, */
	bool limited;    /* and has it limits? */
	bool closed;     /* somebody's mail is not taken now */
};

struct parts {
	struct span local, domain;
};

static struct parts split(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');
	size_t n = at < 0 ? address.n : (size_t)at;

	return (struct parts){ span_sub(address, 0, n), span_sub(address, n + 1, address.n) };
}

static struct span join(struct arena *mem, struct span local, struct span domain)
{
	return span_str(arena_printf(mem, "%.*s@%.*s", SPAN_ARG(local), SPAN_ARG(domain)));
}

/* 1: it is new; 0: it was seen. */
static int see(struct map *seen, struct span key)
{
	if (map_get(seen, key))
		return 0;
	int r = map_put(seen, key, seen, NULL);
	return r < 0 ? r : 1;
}

/* An array that doubles. */
static void *grow(struct arena *mem, void *all, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return all;
	size_t more = *room ? 2 * *room : 4;
	void *made = arena_alloc_array(mem, more, size);
	if (made && n)
		memcpy(made, all, n * size);
	if (made)
		*room = more;
	return made;
}

/* It is looked at later. */
static int push(struct expansion *x, struct span address)
{
	if (x->n_due == EXPAND_ADDRESSES_MAX)
		return err(ERR_LIMIT, "an alias leads to more than %d addresses",
		           EXPAND_ADDRESSES_MAX);
	x->due = grow(x->mem, x->due, x->n_due, &x->due_room, sizeof *x->due);
	if (!x->due)
		return ERR_NO_MEMORY;
	x->due[x->n_due++] = address;
	return 0;
}

static int add(struct expansion *x, struct directory_target t)
{
	struct directory_lookup_reply *out = x->out;

	if (out->n_targets == DIRECTORY_TARGETS_MAX)
		return err(ERR_LIMIT, "an alias leads to more than %d mailboxes",
		           DIRECTORY_TARGETS_MAX);
	out->targets =
	        grow(x->mem, out->targets, out->n_targets, &x->targets_room, sizeof *out->targets);
	if (!out->targets)
		return ERR_NO_MEMORY;
	out->targets[out->n_targets++] = t;
	return 0;
}

static int add_account(struct expansion *x, const struct directory_entry *e, struct span tag)
{
	if (!e->enabled) {
		x->closed = true;
		return 0;
	}
	int r = see(&x->accounts, e->name);
	if (r == 1) {
		r = add(x, (struct directory_target){ e->name, e->address, e->defence });
		x->tag = e->tags == DIRECTORY_TAGS_MAILBOX ? tag : SPAN("");
		x->limited = e->limited;
	}
	return r;
}

static int push_all(struct expansion *x, const struct directory_alias *a)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < a->n_targets; i++)
		r = push(x, a->targets[i].address);
	return r;
}

/* 1: somebody has that address; 0: nobody. */
static int try_address(struct expansion *x, struct span address, struct span tag)
{
	const struct directory_entry *e = map_get(&x->from->people->by_address, address);
	const struct directory_alias *a = map_get(&x->from->people->aliases, address);
	int r;

	if (!e && !a)
		return 0;
	if (e && tag.n && e->tags == DIRECTORY_TAGS_OFF)
		return 0;
	r = e ? add_account(x, e, tag) : push_all(x, a);
	return r < 0 ? r : 1;
}

/* In a domain of ours: whose it is, else without its tag, else the postmaster's, else who gets what
 * nobody has. */
static int look_here(struct expansion *x, struct span local, const struct directory_domain *d)
{
	ptrdiff_t plus = span_find(local, '+');
	struct span whole = join(x->mem, local, d->name);
	int r = whole.p ? try_address(x, whole, SPAN("")) : ERR_NO_MEMORY;

	if (r == 0 && plus > 0) {
		struct span base = join(x->mem, span_sub(local, 0, (size_t)plus), d->name);
		r = base.p ? try_address(x, base, span_sub(local, (size_t)plus + 1, local.n))
		           : ERR_NO_MEMORY;
	}
	if (r == 0 && span_eq(local, SPAN("postmaster")) && x->from->postmaster) {
		r = add_account(x, x->from->postmaster, SPAN(""));
		return r < 0 ? r : 1;
	}
	if (r == 0 && d->catch_all.n)
		r = push(x, d->catch_all);
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

static int look(struct expansion *x, struct span address)
{
	struct span key = lower(x->mem, address);
	struct parts at = split(key);
	const struct directory_domain *d = map_get(&x->from->people->domains, at.domain);
	int r = key.p ? see(&x->seen, key) : ERR_NO_MEMORY;

	if (r <= 0)
		return r;
	if (!at.domain.n) /* RFC 5321 4.5.1: <postmaster> */
		return x->from->postmaster ? add_account(x, x->from->postmaster, SPAN("")) : 0;
	if (!d)
		return add(x, (struct directory_target){ .address = address });
	if (d->enabled && d->alias_of.n)
		d = map_get(&x->from->people->domains, d->alias_of);
	if (!d || !d->enabled) {
		x->closed = true;
		return 0;
	}
	r = look_here(x, at.local, d);
	return r < 0 ? r : 0;
}

/* The account's words, where it has some, stand behind its domain's: later ones win. */
static int keep_defence(struct expansion *x, struct span domains, struct span *accounts)
{
	char *all;

	if (!accounts->n) {
		*accounts = domains;
		return 0;
	}
	all = arena_printf(x->mem, "%.*s%s%.*s", SPAN_ARG(domains), domains.n ? "," : "",
	                   SPAN_ARG(*accounts));
	*accounts = span_str(all);
	return all ? 0 : ERR_NO_MEMORY;
}

/* Copies: what is known of people may change at the next wait. */
static int keep(struct expansion *x)
{
	struct directory_lookup_reply *out = x->out;
	bool one = out->n_targets == 1 && out->targets[0].account.n;
	int r = arena_copy(x->mem, x->from->defence, &out->defence);

	out->closed = x->closed && !out->n_targets;
	for (size_t i = 0; r >= 0 && i < out->n_targets; i++) {
		struct directory_target *t = &out->targets[i];
		r = arena_copy(x->mem, t->account, &t->account);
		if (r >= 0)
			r = arena_copy(x->mem, t->address, &t->address);
		if (r >= 0)
			r = keep_defence(x, out->defence, &t->defence);
	}
	if (r < 0 || !one)
		return r;
	out->account = out->targets[0].account;
	out->defence = out->targets[0].defence;
	out->n_targets = 0;
	out->mailbox = x->tag;
	out->limited = x->limited;
	return 0;
}

int expand(const struct expand_from *from, struct span address, struct arena *mem,
           struct directory_lookup_reply *out)
{
	struct expansion x = { .from = from, .mem = mem, .out = out };
	int r = push(&x, address);

	for (size_t i = 0; r >= 0 && i < x.n_due; i++)
		r = look(&x, x.due[i]);
	if (r >= 0)
		r = keep(&x);
	map_fini(&x.seen);
	map_fini(&x.accounts);
	return r;
}

/* auth/own.c - what an account may know of its own addresses and their domains (directory_own). */
#include "auth/check.h"
#include "auth/tickets.h"
#include "directory/directory.h"

static struct span domain_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return at < 0 ? SPAN("") : span_sub(address, (size_t)at + 1, address.n);
}

static bool is_told(const struct directory_own_reply *out, struct span domain)
{
	for (size_t i = 0; i < out->n_keys; i++)
		if (span_eq(out->keys[i].domain, domain))
			return true;
	return false;
}

static int put_keys(const struct directory_signer *s, struct arena *mem,
                    struct directory_own_reply *out)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n_keys; i++) {
		struct directory_own_key *k = &out->keys[out->n_keys++];

		*k = (struct directory_own_key){ { 0 }, { 0 }, { 0 } };
		r = arena_copy(mem, s->domain, &k->domain);
		if (r >= 0)
			r = arena_copy(mem, s->keys[i].selector, &k->selector);
		if (r >= 0)
			r = arena_copy(mem, s->keys[i].record, &k->record);
	}
	return r;
}

static int put(const struct directory_entry *e, struct arena *mem, struct directory_own_reply *out)
{
	int r = 0;

	out->addresses = arena_array(mem, struct directory_address, e->n_addresses);
	out->keys = arena_array(mem, struct directory_own_key, e->n_addresses * DIRECTORY_KEYS_MAX);
	if (!out->addresses || !out->keys)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < e->n_addresses; i++) {
		struct span address = e->addresses[i].address;
		const struct directory_signer *s = directory_signer(domain_of(address));

		r = arena_copy(mem, address, &out->addresses[out->n_addresses++].address);
		if (r >= 0 && s && !is_told(out, s->domain))
			r = put_keys(s, mem, out);
	}
	return r;
}

WAITS int directory_own_here(const struct directory_own_args *a, struct arena *mem,
                             struct directory_own_reply *out)
{
	struct ticket t;
	int r = tickets_check(a->ticket, TICKET_REPORT, mem, &t); /* WAITS */
	const struct directory_entry *e = r < 0 ? NULL : directory_named(t.account);

	*out = (struct directory_own_reply){ 0 };
	if (r >= 0 && !e)
		return err(ERR_TICKET, "the account is not there any more");
	return r < 0 ? r : put(e, mem, out);
}

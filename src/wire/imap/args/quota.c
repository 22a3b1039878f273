/* wire/imap/args/quota.c - GETQUOTA, SETQUOTA (RFC 9208 4.1); see mailbox.h. */
#include "wire/imap/args/args_impl.h"
#include "wire/imap/args/mailbox.h"

int imap_get_quota_parse(struct imap_cursor *c, struct span *root)
{
	struct span got;
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_astring(c, "a quota root", &got);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*root = got;
	return 0;
}

static int take_limit(struct imap_cursor *c, struct imap_quota_limit *out)
{
	int e = imap_take_atom(c, "a resource", &out->resource);

	e = e < 0 ? e : imap_take_sp(c);
	return e < 0 ? e : imap_take_u64(c, "a limit", &out->limit);
}

static int take_limits(struct imap_cursor *c, struct imap_set_quota *q)
{
	struct imap_quota_limit *limits = NULL;
	size_t n = 0;
	int e;

	do {
		if (n == IMAP_QUOTA_LIMITS_MAX)
			return imap_fault(c, ERR_LIMIT, "over %d limits", IMAP_QUOTA_LIMITS_MAX);
		limits = imap_room_for_one(c->mem, limits, n, sizeof *limits);
		if (!limits)
			return ERR_NO_MEMORY;
		e = take_limit(c, &limits[n++]);
	} while (e == 0 && imap_eat(c, ' '));
	q->limits = limits;
	q->n_limits = n;
	return e;
}

int imap_set_quota_parse(struct imap_cursor *c, struct imap_set_quota *out)
{
	struct imap_set_quota got = { 0 };
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_astring(c, "a quota root", &got.root);
	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take(c, '(', "the ( of the limits");
	if (e == 0 && !imap_at(c, ')'))
		e = take_limits(c, &got);
	e = e < 0 ? e : imap_take(c, ')', "the ) of the limits");
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

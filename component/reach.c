/* component/reach.c - see reach.h. */
#include "component/reach.h"

#include <string.h>

void reach_reset(struct reach *r)
{
	r->n = 0;
}

void reach_begin(struct reach *r, const struct ip *ip, int64_t now_at)
{
	if (!r->open && r->n < REACH_TRIES_MAX)
		r->tries[r->n++] = (struct reach_try){ .ip = *ip, .began_at = now_at };
}

/* NULL: it was not noted. */
static struct reach_try *find(struct reach *r, const struct ip *ip)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->tries[i].ip.n == ip->n && !r->tries[i].failed &&
		    memcmp(r->tries[i].ip.octets, ip->octets, ip->n) == 0)
			return &r->tries[i];
	return NULL;
}

void reach_end(struct reach *r, const struct ip *ip, bool stood)
{
	struct reach_try *try = find(r, ip);

	r->open |= stood;
	if (try)
		try->failed = true;
}

void reach_forget(struct reach *r, const struct ip *ip)
{
	struct reach_try *try = find(r, ip);

	if (try)
		*try = r->tries[--r->n];
}

/* By whose networks are routed: servers side by side share their troubles. */
static bool are_neighbours(const struct ip *a, const struct ip *b)
{
	return a->n == b->n && memcmp(a->octets, b->octets, a->n == 16 ? 6 : 3) == 0;
}

/* Of one family: the two addresses of a server are in two networks. */
static bool are_far_apart(const struct reach *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < i; k++)
			if (r->tries[i].ip.n == r->tries[k].ip.n &&
			    !are_neighbours(&r->tries[i].ip, &r->tries[k].ip))
				return true;
	return false;
}

bool reach_is_shut(const struct reach *r, int64_t now_at)
{
	bool waiting = false;
	int64_t first_at = now_at;

	if (r->open)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		const struct reach_try *try = &r->tries[i];

		if (!try->failed && now_at - try->began_at < REACH_SILENT_MS)
			return false;
		waiting |= !try->failed;
		if (try->began_at < first_at)
			first_at = try->began_at;
	}
	if (waiting && now_at - first_at < REACH_SURE_MS)
		return false;
	return are_far_apart(r);
}

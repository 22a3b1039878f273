/* wire/imap/set.c - see set.h. */
#include "wire/imap/set.h"

#include <stdlib.h>

/* What is read, before it is in order: an element ends in , or at the end of the set. */
struct reading {
	struct imap_cursor *c;
	struct imap_set set;
	struct imap_run *runs;
	size_t n;
	bool plain; /* numbers only */
};

/* 0 for `*`. */
static int take_end_of_run(struct reading *r, uint32_t *out)
{
	if (!r->plain && imap_eat(r->c, '*')) {
		*out = 0;
		return 0;
	}
	return imap_take_nz(r->c, "a number of the set", out);
}

static int take_run(struct reading *r)
{
	struct imap_set *set = &r->set;
	uint32_t a, b;
	int e = take_end_of_run(r, &a);

	b = a;
	if (e == 0 && imap_eat(r->c, ':'))
		e = take_end_of_run(r, &b);
	if (e < 0)
		return e;
	if (a && b) {
		r->runs[r->n++] = a < b ? (struct imap_run){ a, b } : (struct imap_run){ b, a };
		return 0;
	}
	set->star = true;
	a = a ? a : b;
	if (a && (!set->star_low || a < set->star_low))
		set->star_low = a;
	if (a > set->star_high)
		set->star_high = a;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct imap_run *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* In order, what overlaps or touches joined.  Returns how many are left. */
static size_t normalise(struct imap_run *runs, size_t n)
{
	size_t last = 0;
	bool ascend = true;

	for (size_t i = 1; i < n && ascend; i++)
		ascend = runs[i - 1].first <= runs[i].first;
	if (!ascend)
		qsort(runs, n, sizeof *runs, by_first);
	for (size_t i = 1; i < n; i++) {
		if (runs[last].last == UINT32_MAX || runs[i].first <= runs[last].last + 1) {
			if (runs[i].last > runs[last].last)
				runs[last].last = runs[i].last;
		} else {
			runs[++last] = runs[i];
		}
	}
	return n ? last + 1 : 0;
}

/* Elements there can be at most: what follows a set, a literal say, is not counted. */
static size_t count_elements(struct span in)
{
	size_t n = 1;

	for (size_t i = 0; i < in.n && in.p[i] && strchr("0123456789:*,", in.p[i]); i++)
		n += in.p[i] == ',';
	return n;
}

static int take_set(struct imap_cursor *c, bool plain, struct imap_set *out)
{
	struct reading r = { .c = c, .plain = plain };

	if (c->rest.n == 0)
		return imap_bad(c, "a set of numbers is missing");
	if (!plain && imap_eat(c, '$')) {
		*out = (struct imap_set){ .saved = true };
		return 0;
	}
	r.runs = arena_array(c->mem, struct imap_run, count_elements(c->rest));
	if (!r.runs)
		return ERR_NO_MEMORY;
	do {
		int e = take_run(&r);

		if (e < 0)
			return e;
	} while (imap_eat(c, ','));
	r.set.runs = r.runs;
	r.set.n_runs = normalise(r.runs, r.n);
	if (r.set.n_runs > IMAP_RUNS_MAX)
		return imap_fault(c, ERR_LIMIT, "a set has over %d runs of numbers", IMAP_RUNS_MAX);
	*out = r.set;
	return 0;
}

int imap_take_set(struct imap_cursor *c, struct imap_set *out)
{
	return take_set(c, false, out);
}

int imap_take_plain_set(struct imap_cursor *c, struct imap_set *out)
{
	return take_set(c, true, out);
}

int imap_set_resolve(const struct imap_set *set, uint32_t max, struct arena *mem,
                     struct imap_set *out)
{
	struct imap_run *runs, star = { max, max };

	if (!set->star || max == 0) {
		*out = (struct imap_set){ .runs = set->runs,
			                  .n_runs = set->n_runs,
			                  .saved = set->saved };
		return 0;
	}
	runs = arena_array(mem, struct imap_run, set->n_runs + 1);
	if (!runs)
		return ERR_NO_MEMORY;
	/* Each n:* has max in it, so that together they are one run. */
	if (set->star_low && set->star_low < max)
		star.first = set->star_low;
	if (set->star_high > max)
		star.last = set->star_high;
	if (set->n_runs)
		memcpy(runs, set->runs, set->n_runs * sizeof *runs);
	runs[set->n_runs] = star;
	*out = (struct imap_set){ .runs = runs, .n_runs = normalise(runs, set->n_runs + 1) };
	return 0;
}

int imap_set_meet(const struct imap_set *a, const struct imap_set *b, struct arena *mem,
                  struct imap_set *out)
{
	struct imap_run *runs = arena_array(mem, struct imap_run, a->n_runs + b->n_runs + 1);
	size_t n = 0;

	if (!runs)
		return ERR_NO_MEMORY;
	for (size_t i = 0, k = 0; i < a->n_runs && k < b->n_runs;) {
		struct imap_run x = a->runs[i], y = b->runs[k];
		struct imap_run both = { x.first > y.first ? x.first : y.first,
			                 x.last < y.last ? x.last : y.last };
		if (both.first <= both.last)
			runs[n++] = both;
		i += x.last <= y.last;
		k += y.last <= x.last;
	}
	*out = (struct imap_set){ .runs = runs, .n_runs = n };
	return 0;
}

bool imap_set_has(const struct imap_set *set, uint32_t number)
{
	size_t low = 0, high = set->n_runs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number < set->runs[middle].first)
			high = middle;
		else if (number > set->runs[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

uint64_t imap_set_count(const struct imap_set *set)
{
	uint64_t n = 0;

	for (size_t i = 0; i < set->n_runs; i++)
		n += (uint64_t)set->runs[i].last - set->runs[i].first + 1;
	return n;
}

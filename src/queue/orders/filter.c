/* queue/orders/filter.c - see filter.h. */
#include "queue/orders/filter.h"

#include "directory/route.h"

int filter_take(const struct queue_filter *given, size_t n, struct arena *mem,
                struct queue_filter *out)
{
	struct queue_filter f = { 0 };

	if (n > 1)
		return err(ERR_SYNTAX, "%zu filters in one call", n);
	if (n)
		f = *given;
	if (f.domain.n) {
		int r = directory_domain_ascii(f.domain, mem, &f.domain);

		if (r < 0)
			return r;
	}
	*out = f;
	return 0;
}

/* "@domain" is all of that domain. */
static bool is_address(struct span address, struct span wanted)
{
	if (wanted.n && wanted.p[0] == '@')
		return span_ends_nocase(address, wanted);
	return span_eq_nocase(address, wanted);
}

static bool is_sender(struct span return_path, struct span wanted)
{
	if (span_eq(wanted, SPAN("<>")))
		return !return_path.n;
	return is_address(return_path, wanted);
}

bool filter_wants(const struct store_pending *row, const void *arg)
{
	const struct queue_filter *f = arg;

	return (!f->message || row->message == f->message) &&
	       (!f->from.n || is_sender(row->return_path, f->from)) &&
	       (!f->to.n || is_address(row->address, f->to)) &&
	       (!f->domain.n || span_eq_nocase(row->domain, f->domain)) &&
	       (!f->states || f->states >> row->state & 1) &&
	       (!f->class || row->class == f->class) &&
	       (!f->accepted_from_ms || row->accepted_ms >= f->accepted_from_ms) &&
	       (!f->accepted_to_ms || row->accepted_ms < f->accepted_to_ms) &&
	       (!f->who.n || span_eq(row->who, f->who)) &&
	       (!f->login.n || span_eq(row->login, f->login));
}

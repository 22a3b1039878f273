/* mailbox/sift.c - which entries certainly do not hold a string: asked of the index of texts. */
#include "fulltext/fulltext.h"
#include "mailbox/mailbox_impl.h"

enum { NEEDLE_BYTES_MAX = 4 << 10 };

static int needles_check(const struct mailbox_sift_args *a, struct arena *mem, struct span **out)
{
	struct span *all = arena_array(mem, struct span, a->n_needles ? a->n_needles : 1);

	if (a->n_needles > MAILBOX_NEEDLES_MAX)
		return err(ERR_TOO_LONG, "%zu needles in one call", a->n_needles);
	if (!all)
		return err(ERR_NO_MEMORY, "no memory for needles");
	for (size_t i = 0; i < a->n_needles; i++) {
		if (a->needles[i].folded.n > NEEDLE_BYTES_MAX)
			return err(ERR_TOO_LONG, "a needle of %zu octets", a->needles[i].folded.n);
		all[i] = a->needles[i].folded;
	}
	*out = all;
	return 0;
}

static int put_found(const struct fulltext_found *found, size_t n_needles, struct arena *mem,
                     struct mailbox_sift_reply *got)
{
	struct mailbox_run *runs = arena_array(mem, struct mailbox_run, found->n ? found->n : 1);

	if (!runs)
		return err(ERR_NO_MEMORY, "no memory for the UIDs of %zu messages", found->n);
	for (size_t i = 0; i < found->n; i++) {
		struct mailbox_run *last = got->n_uids ? &runs[got->n_uids - 1] : NULL;
		if (last && last->first + last->count == found->uids[i])
			last->count++;
		else
			runs[got->n_uids++] = (struct mailbox_run){ found->uids[i], 1 };
	}
	got->on = true;
	got->uids = runs;
	got->bits = span_make(found->bits, n_needles * ((found->n + 7) / 8));
	got->next = found->more ? found->uids[found->n - 1] + 1 : 0;
	return 0;
}

WAITS int answer_sift(const struct mailbox_sift_args *a, struct arena *mem,
                      struct mailbox_sift_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_sift_reply got = { 0 };
	struct fulltext_found found = { 0 };
	struct span *needles;
	int r = needles_check(a, mem, &needles);

	if (r >= 0)
		r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */
	if (r < 0)
		return r;
	r = fulltext_ask(v.account->name, a->mailbox, a->first, a->last ? a->last : UINT32_MAX,
	                 MAILBOX_SIFT_MAX, needles, a->n_needles, mem, &found); /* WAITS */
	if (r == 1)
		r = put_found(&found, a->n_needles, mem, &got);
	if (r >= 0)
		*out = got;
	return r;
}

/* mailbox/change.c - flags, copies, moves, expunges, and what was found out about a message. */
#include "mailbox/mailbox_impl.h"

WAITS int answer_flags(const struct mailbox_flags_args *a, struct arena *mem,
                       struct mailbox_flags_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct store_flagging f = {
		.runs = a->uids,
		.n_runs = a->n_uids,
		.how = (enum mailbox_storing)a->how,
		.flags = a->flags,
		.unchanged_since = a->unchanged_since,
	};
	int r = runs_check(a->uids, a->n_uids);

	if (r >= 0 && (a->how < MAILBOX_SET || a->how > MAILBOX_TAKE))
		r = err(ERR_SYNTAX, "a change of flags that is not known");
	if (r >= 0)
		r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */
	if (r >= 0 && a->n_uids)
		r = store_mail_flags(office.store, v.m, &f, mem); /* WAITS */
	if (r < 0)
		return r;
	*out = (struct mailbox_flags_reply){ f.changed, f.n_changed, f.failed, f.n_failed,
		                             f.modseq };
	return 0;
}

WAITS int answer_copy(const struct mailbox_copy_args *a, struct arena *mem,
                      struct mailbox_copy_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct store_copying c = { .runs = a->uids, .n_runs = a->n_uids, .move = a->move };
	int r = runs_check(a->uids, a->n_uids);

	if (r >= 0)
		r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */
	if (r >= 0)
		r = store_mailbox_enter(v.account, a->to, &v.other);
	if (r >= 0 && a->n_uids)
		r = store_mail_copy(office.store, v.m, v.other, &c, mem); /* WAITS */
	if (r < 0)
		return r;
	*out = (struct mailbox_copy_reply){ c.from,  c.n_from, c.to, c.n_to, v.other->uid_validity,
		                            c.modseq };
	return 0;
}

WAITS int answer_expunge(const struct mailbox_expunge_args *a, struct arena *mem,
                         struct mailbox_expunge_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct store_expunging e = { .runs = a->uids,
		                     .n_runs = a->n_uids,
		                     .deleted_only = a->deleted_only };
	int r = runs_check(a->uids, a->n_uids);

	if (r >= 0)
		r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */
	if (r >= 0)
		r = store_mail_expunge(office.store, v.m, &e, mem); /* WAITS */
	if (r >= 0)
		*out = (struct mailbox_expunge_reply){ e.gone, e.n_gone, e.modseq };
	return r;
}

WAITS int answer_cache(const struct mailbox_cache_args *a, struct arena *mem,
                       struct mailbox_cache_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	int r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */

	if (r >= 0 && (!a->cache.n || a->cache.n > BOX_CACHE_BYTES_MAX))
		r = err(ERR_TOO_LONG, "an envelope of %zu octets", a->cache.n);
	if (r >= 0)
		r = store_mail_cache(office.store, v.m, a->uid, a->cache); /* WAITS */
	if (r >= 0)
		*out = (struct mailbox_cache_reply){ v.account->done_modseq };
	return r;
}

/* mailbox/mailbox_impl.h - what the handlers share. */
#ifndef MAILBOX_IMPL_H
#define MAILBOX_IMPL_H

#include "config/settings.h"
#include "store/mail.h"
#include "store/store.h"

struct mailbox_office {
	const struct settings *set;
	struct store *store;
	size_t n_calls; /* under way */
	bool closing;
	struct cond ended;
};
extern struct mailbox_office office;

/* One call: whose it is, and the mailbox that it is about.
 *
 *	AUTO(visit_end) struct visit v = { 0 };
 *	int r = visit_box(&v, a->ticket, a->mailbox, mem);
 */
struct visit {
	bool begun;
	struct account *account;
	struct mailbox *m, *other;
};
/* ERR_TICKET; ERR_UNAVAILABLE: the store is closing. */
NODISCARD WAITS int visit(struct visit *v, struct span ticket, struct arena *mem);
NODISCARD WAITS int visit_box(struct visit *v, struct span ticket, uint32_t mailbox,
                              struct arena *mem);
void visit_end(struct visit *v);

/* Runs of a call: rising, not touching each other.  ERR_SYNTAX, ERR_TOO_LONG. */
NODISCARD int runs_check(const struct mailbox_run *runs, size_t n);
/* m as it is now; its numbers are found first, unless it is a level. */
NODISCARD WAITS int info_of(struct mailbox *m, struct mailbox_info *out);

/* room.c */
WAITS mailbox_room_fn answer_room;
/* names.c */
WAITS mailbox_list_fn answer_list;
WAITS mailbox_get_fn answer_get;
WAITS mailbox_name_fn answer_name;
WAITS mailbox_keywords_fn answer_keywords;
/* read.c */
WAITS mailbox_page_fn answer_page;
WAITS mailbox_uids_fn answer_uids;
WAITS mailbox_vanished_fn answer_vanished;
WAITS mailbox_read_fn answer_read;
WAITS mailbox_fronts_fn answer_fronts;
/* sift.c */
WAITS mailbox_sift_fn answer_sift;
/* append.c, change.c */
WAITS mailbox_append_fn answer_append;
WAITS mailbox_flags_fn answer_flags;
WAITS mailbox_copy_fn answer_copy;
WAITS mailbox_expunge_fn answer_expunge;
WAITS mailbox_cache_fn answer_cache;
/* holders.c */
WAITS mailbox_holders_fn answer_holders;
/* rebuild.c */
WAITS mailbox_rebuild_fn answer_rebuild;
/* events.c, watch.c */
WAITS mailbox_watch_fn answer_watch;
WAITS mailbox_events_fn answer_events;
store_mail_fn watch_event;
void watch_close(void);

#endif

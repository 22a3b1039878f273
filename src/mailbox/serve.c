/* mailbox/serve.c - registers the handlers; each begins with a ticket. */
#include "mailbox/mailbox.h"
#include "mailbox/mailbox_impl.h"
#include "ticket/gate.h"

struct mailbox_office office;

WAITS int visit(struct visit *v, struct span ticket, struct arena *mem)
{
	struct span account;

	if (office.closing)
		return err(ERR_UNAVAILABLE, "the store is closing");
	v->begun = true;
	office.n_calls++;
	int r = gate_account(ticket, TICKET_MAILBOX, mem, &account); /* WAITS */
	return r < 0 ? r : store_account(office.store, account, &v->account);
}

WAITS int visit_box(struct visit *v, struct span ticket, uint32_t mailbox, struct arena *mem)
{
	int r = visit(v, ticket, mem);

	return r < 0 ? r : store_mailbox_enter(v->account, mailbox, &v->m);
}

void visit_end(struct visit *v)
{
	store_mailbox_leave(&v->m);
	store_mailbox_leave(&v->other);
	if (v->begun && --office.n_calls == 0)
		cond_broadcast(&office.ended);
}

int runs_check(const struct mailbox_run *runs, size_t n)
{
	uint64_t next = 1;

	if (n > MAILBOX_RUNS_MAX)
		return err(ERR_TOO_LONG, "%zu runs of UIDs in one call", n);
	for (size_t i = 0; i < n; i++) {
		if (!runs[i].count || runs[i].first < next ||
		    (uint64_t)runs[i].first + runs[i].count > (uint64_t)UINT32_MAX + 1)
			return err(ERR_SYNTAX, "runs of UIDs that do not rise");
		next = (uint64_t)runs[i].first + runs[i].count + 1;
	}
	return 0;
}

void mailbox_serve(const struct settings *set, struct store *store)
{
	office = (struct mailbox_office){ .set = set, .store = store };
	cond_init(&office.ended);
	store_mail_follow(store, watch_event, NULL);
	mailbox_room_serve(answer_room);
	mailbox_list_serve(answer_list);
	mailbox_get_serve(answer_get);
	mailbox_name_serve(answer_name);
	mailbox_keywords_serve(answer_keywords);
	mailbox_page_serve(answer_page);
	mailbox_uids_serve(answer_uids);
	mailbox_vanished_serve(answer_vanished);
	mailbox_read_serve(answer_read);
	mailbox_fronts_serve(answer_fronts);
	mailbox_sift_serve(answer_sift);
	mailbox_append_serve(answer_append);
	mailbox_flags_serve(answer_flags);
	mailbox_copy_serve(answer_copy);
	mailbox_expunge_serve(answer_expunge);
	mailbox_cache_serve(answer_cache);
	mailbox_holders_serve(answer_holders);
	mailbox_rebuild_serve(answer_rebuild);
	mailbox_watch_serve(answer_watch);
	mailbox_events_serve(answer_events);
}

WAITS void mailbox_close(void)
{
	office.closing = true;
	watch_close();
	while (office.n_calls)
		if (cond_wait(&office.ended, "calls of mailboxes") < 0)
			break;
	if (office.store)
		store_mail_follow(office.store, NULL, NULL);
}

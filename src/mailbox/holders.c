/* mailbox/holders.c - mailbox_holders: whose mailbox of a role has messages. */
#include "mailbox/mailbox_impl.h"
#include "ticket/gate.h"

WAITS int answer_holders(const struct mailbox_holders_args *a, struct arena *mem,
                         struct mailbox_holders_reply *out)
{
	uint32_t *numbers = arena_array(mem, uint32_t, MAILBOX_HOLDERS_MAX);
	struct mailbox_holders_reply got = { .holders = arena_array(mem, struct mailbox_holder,
		                                                    MAILBOX_HOLDERS_MAX) };
	int r = gate_check(a->ticket, TICKET_OPERATOR, SPAN("")); /* WAITS */

	if (!numbers || !got.holders)
		r = err(ERR_NO_MEMORY, "no memory for whose mailboxes have messages");
	if (r >= 0 && office.closing)
		r = err(ERR_UNAVAILABLE, "the store is closing");
	if (r < 0)
		return r;
	size_t n = store_mailboxes_holding(office.store, a->role, a->after, numbers,
	                                   MAILBOX_HOLDERS_MAX, &got.more);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct mailbox_holder *h = &got.holders[got.n_holders++];

		h->mailbox = numbers[i];
		r = arena_copy(mem, store_mailbox(office.store, numbers[i])->account->name,
		               &h->account);
	}
	*out = got;
	return r < 0 ? r : 0;
}

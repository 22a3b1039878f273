/* queue/serve/own.c - what an account may ask of the messages that it sent itself.
 *
 * Whose a message is, is looked up in the ledger, and remembered for the latest ones: each change
 * of any message is looked at for who follows his own.
 */
#include "queue/serve/own.h"

#include "base/map.h"
#include "queue/serve/serve.h"
#include "queue/state/state.h"

enum { REMEMBERED = 1 << 14, PAGE_MAX = 100, RECORD_ROOM = 64 << 10 };

/* By the message's id; two whose places are the same drive each other out. */
static struct {
	uint64_t message, login; /* login: a keyed hash; 0: nobody's */
} remembered[REMEMBERED];

uint64_t queue_owner(struct span account)
{
	return account.n ? map_hash(account) : 0;
}

void own_note(uint64_t message, struct span login)
{
	remembered[message % REMEMBERED].message = message;
	remembered[message % REMEMBERED].login = queue_owner(login);
}

/* 0: nobody's, or it is not there any more. */
static WAITS int owner_of(struct queue *q, uint64_t message, uint64_t *out)
{
	AUTO_ARENA mem = { 0 };
	struct span login;

	*out = 0;
	if (remembered[message % REMEMBERED].message != message) {
		int r = store_login(q->store, message, &mem, &login); /* WAITS */

		if (r < 0)
			return r == ERR_NOT_FOUND ? 0 : r;
		own_note(message, login);
	}
	*out = remembered[message % REMEMBERED].login;
	return 0;
}

/* 1: it is; 0: it is not, or is not there any more. */
static WAITS int is_own(struct queue *q, uint64_t message, struct span account)
{
	uint64_t owner;
	int r = owner_of(q, message, &owner); /* WAITS */

	return r < 0 ? r : owner && owner == queue_owner(account);
}

WAITS int queue_own_status_here(const struct queue_own_status_args *a, struct span account,
                                struct arena *mem, struct queue_status_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct queue_status_args all = { .id = a->id, .from = a->from };
	int r = 0;

	if (!q)
		return ERR_UNAVAILABLE;
	if (!all.id)
		r = store_find(q->store, a->message_id, &all.id); /* WAITS */
	if (r >= 0)
		r = is_own(q, all.id, account); /* WAITS */
	if (r == 0)
		return err(ERR_NOT_FOUND, "no message of this account has this id");
	return r < 0 ? r : queue_status_here(&all, mem, out); /* WAITS */
}

/* ---- changes ---- */

static int copy(const struct record_change *from, struct arena *mem, struct record_change *to)
{
	AUTO_BUF packed = BUF(RECORD_ROOM);
	struct span octets;
	int r = record_change_pack(from, &packed);

	if (r >= 0)
		r = arena_copy(mem, buf_span(&packed), &octets);
	return r < 0 ? r : record_change_unpack(octets, mem, to);
}

/* Those of a page that are the account's. */
static WAITS int sift(struct queue *q, const struct queue_changes_reply *page, struct span account,
                      struct arena *mem, struct queue_changes_reply *out)
{
	struct record_change *own = arena_array(mem, struct record_change, page->n_records);
	size_t n = 0;
	int r = page->n_records && !own ? ERR_NO_MEMORY : 0;

	for (size_t i = 0; r >= 0 && i < page->n_records; i++) {
		r = is_own(q, page->records[i].message, account); /* WAITS */
		if (r > 0)
			r = copy(&page->records[i], mem, &own[n++]);
	}
	*out = (struct queue_changes_reply){ page->seq, own, n };
	return r < 0 ? r : 0;
}

WAITS int queue_own_changes_here(const struct queue_own_changes_args *a, struct span account,
                                 struct arena *mem, struct queue_changes_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	int64_t until_at = clock_add(clock_now_at(), a->wait_ms), left = a->wait_ms;
	struct queue_changes_args all = { a->after, a->message, a->max, 0 };
	int r = 0;

	if (!q)
		return ERR_UNAVAILABLE;
	do {
		AUTO_ARENA page_mem = { 0 };
		struct queue_changes_reply page;

		all.wait_ms = (uint32_t)left;
		r = queue_changes_here(&all, &page_mem, &page); /* WAITS */
		if (r >= 0)
			r = sift(q, &page, account, mem, out); /* WAITS */
		if (r < 0)
			return r;
		all.after = page.seq;
		left = until_at - clock_now_at();
	} while (!out->n_records && left > 0);
	return 0;
}

WAITS int queue_owned_changes_here(const struct queue_changes_args *a, struct arena *mem,
                                   struct queue_changes_reply *out, uint64_t **owners)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct queue_changes_reply page;
	int r = q ? queue_changes_here(a, mem, &page) : ERR_UNAVAILABLE; /* WAITS */

	if (r < 0)
		return r;
	uint64_t *whose = arena_array(mem, uint64_t, page.n_records);
	if (page.n_records && !whose)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < page.n_records; i++)
		r = owner_of(q, page.records[i].message, &whose[i]); /* WAITS */
	if (r < 0)
		return r;
	*out = page;
	*owners = whose;
	return 0;
}

/* ---- the list ---- */

WAITS int queue_own_list_here(const struct queue_own_list_args *a, struct span account,
                              struct arena *mem, struct queue_own_list_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	size_t max = a->max < PAGE_MAX ? a->max : PAGE_MAX;
	struct store_sent which = { .login = account,
		                    .recipient = a->recipient,
		                    .tag = a->tag,
		                    .before = a->before,
		                    .since_ms = a->since_ms,
		                    .states = a->states,
		                    .max = max + 1 };
	struct queue_own_list_reply got = { 0 };

	if (!q)
		return ERR_UNAVAILABLE;
	if (!max)
		return err(ERR_SYNTAX, "no messages asked for");
	int r = store_sent(q->store, &which, mem, &got.messages, &got.n_messages); /* WAITS */
	if (r < 0)
		return r;
	got.more = got.n_messages > max;
	got.n_messages -= got.more;
	*out = got;
	return 0;
}

/* ---- orders ---- */

static WAITS int obey(const struct queue_own_order_args *a, struct span account,
                      struct queue_own_order_reply *out)
{
	struct queue_filter filter = { .message = a->message, .login = account };
	struct queue_place after = { .next_try_ms = INT64_MIN };
	struct queue_order_args order = { .order = a->order,
		                          .filter = &filter,
		                          .n_filter = 1,
		                          .after = &after,
		                          .n_after = 1,
		                          .given_ms = clock_wall_time_ms(),
		                          .who = account,
		                          .why = SPAN("asked for over HTTP"),
		                          .quiet = true };
	struct queue_order_reply page = { .more = true };
	int r = 0;

	while (r >= 0 && page.more) {
		AUTO_ARENA mem = { 0 };

		r = queue_order_here(&order, &mem, &page); /* WAITS */
		if (r < 0)
			break;
		out->n_done += page.n_done;
		out->n_under_way += page.n_under_way;
		if (page.n_place)
			after = page.place[0];
	}
	return r;
}

WAITS int queue_own_order_here(const struct queue_own_order_args *a, struct span account,
                               struct arena *mem, struct queue_own_order_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();

	if (!q)
		return ERR_UNAVAILABLE;
	if (a->order != QUEUE_RETRY && a->order != QUEUE_CANCEL)
		return err(ERR_SYNTAX, "no order of an account's own: %u", a->order);
	int r = is_own(q, a->message, account); /* WAITS */
	if (r == 0)
		return err(ERR_NOT_FOUND, "no message of this account has this id");
	return r < 0 ? r : obey(a, account, out); /* WAITS */
}

/* queue/changes/changes.c - see changes.h. */
#include "queue/changes/changes.h"

#include <stdlib.h>

enum {
	RECORD_BYTES_MAX = 64 << 10,
	REPLY_BYTES_MAX = 768 << 10, /* of records in one reply; IPC carries 1 MiB */
};

struct follower {
	struct list link;
	struct fibre *fibre;
	uint64_t message;
};

int changes_init(struct changes *c, size_t records_max, size_t octets_max, uint64_t last_seq)
{
	struct changes_slot *slots = calloc(records_max, sizeof *slots);

	if (!slots)
		return err(ERR_NO_MEMORY, "no memory for %zu changes", records_max);
	*c = (struct changes){
		.slots = slots,
		.room = records_max,
		.octets_max = octets_max,
		.from_seq = last_seq + 1,
		.last_seq = last_seq,
		.scratch = BUF(RECORD_BYTES_MAX),
	};
	list_init(&c->followers);
	return 0;
}

static void drop_oldest(struct changes *c)
{
	struct changes_slot *slot = &c->slots[c->first];

	c->from_seq = slot->seq + 1;
	c->octets -= slot->n;
	free(TAKE(slot->octets));
	c->first = (c->first + 1) % c->room;
	c->n--;
}

void changes_fini(struct changes *c)
{
	while (c->n)
		drop_oldest(c);
	free(c->slots);
	buf_fini(&c->scratch);
}

static void keep(struct changes *c, const struct record_change *f)
{
	struct changes_slot *slot;
	char *octets = NULL;

	buf_reset(&c->scratch);
	if (record_change_pack(f, &c->scratch) == 0)
		octets = malloc(c->scratch.n);
	while (c->n && (!octets || c->n == c->room || c->octets + c->scratch.n > c->octets_max))
		drop_oldest(c);
	if (!octets) { /* what is here has no gap: those who follow go to the ledger */
		c->from_seq = f->seq + 1;
		return;
	}
	slot = &c->slots[(c->first + c->n++) % c->room];
	*slot = (struct changes_slot){ f->seq, f->message, octets, c->scratch.n };
	memcpy(octets, c->scratch.p, c->scratch.n);
	c->octets += c->scratch.n;
}

static void wake(struct follower *who)
{
	list_remove(&who->link);
	fibre_wake(who->fibre, 0);
}

void changes_add(struct changes *c, const struct record_change *f)
{
	struct follower *who, *next;

	keep(c, f);
	c->last_seq = f->seq;
	LIST_EACH_SAFE(who, next, &c->followers, link)
		if (!who->message || who->message == f->message)
			wake(who);
}

void changes_wake_all(struct changes *c)
{
	struct follower *who, *next;

	LIST_EACH_SAFE(who, next, &c->followers, link)
		wake(who);
}

WAITS int changes_wait(struct changes *c, uint64_t message, int64_t until_at)
{
	struct follower me = { .fibre = fibre_self(), .message = message };
	int64_t before_at = fibre_deadline();
	int r;

	if (c->n_followers >= CHANGES_FOLLOWERS_MAX)
		return err(ERR_LIMIT, "%d followers wait already", CHANGES_FOLLOWERS_MAX);
	c->n_followers++;
	list_push_back(&c->followers, &me.link);
	if (until_at < before_at)
		fibre_deadline_set(until_at);
	r = fibre_wait("changes"); /* WAITS */
	fibre_deadline_set(before_at);
	list_remove(&me.link);
	c->n_followers--;
	return r;
}

/* The first slot with a seq past `after`, counted from the oldest. */
static size_t find(const struct changes *c, uint64_t after)
{
	size_t from = 0, to = c->n;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (c->slots[(c->first + mid) % c->room].seq > after)
			to = mid;
		else
			from = mid + 1;
	}
	return from;
}

static int unpack(const struct changes_slot *slot, struct arena *mem, struct record_change *out)
{
	struct span octets;
	int r = arena_copy(mem, span_make(slot->octets, slot->n), &octets);

	return r < 0 ? r : record_change_unpack(octets, mem, out);
}

int changes_get(const struct changes *c, uint64_t after, uint64_t message, size_t max,
                struct arena *mem, struct queue_changes_reply *out)
{
	size_t i = find(c, after), n_most = c->n - i < max ? c->n - i : max, octets = 0;
	struct queue_changes_reply got = { .seq = after };

	if (n_most && !(got.records = arena_array(mem, struct record_change, n_most)))
		return ERR_NO_MEMORY;
	for (; i < c->n && got.n_records < max; i++) {
		const struct changes_slot *slot = &c->slots[(c->first + i) % c->room];
		int r;

		if (!message || slot->message == message) {
			if (got.n_records && octets + slot->n > REPLY_BYTES_MAX)
				break;
			r = unpack(slot, mem, &got.records[got.n_records]);
			if (r < 0)
				return r;
			got.n_records++;
			octets += slot->n;
		}
		got.seq = slot->seq;
	}
	if (i == c->n && c->last_seq > got.seq)
		got.seq = c->last_seq;
	*out = got;
	return 0;
}

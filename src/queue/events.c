/* queue/events.c - see events.h. */
#include "queue/events.h"

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

int events_init(struct events *ev, size_t records_max, size_t octets_max, uint64_t last_seq)
{
	struct events_slot *slots = calloc(records_max, sizeof *slots);

	if (!slots)
		return err(ERR_NO_MEMORY, "no memory for %zu feedback records", records_max);
	*ev = (struct events){
		.slots = slots,
		.room = records_max,
		.octets_max = octets_max,
		.from_seq = last_seq + 1,
		.last_seq = last_seq,
		.scratch = BUF(RECORD_BYTES_MAX),
	};
	list_init(&ev->followers);
	return 0;
}

static void drop_oldest(struct events *ev)
{
	struct events_slot *slot = &ev->slots[ev->first];

	ev->from_seq = slot->seq + 1;
	ev->octets -= slot->n;
	free(TAKE(slot->octets));
	ev->first = (ev->first + 1) % ev->room;
	ev->n--;
}

void events_fini(struct events *ev)
{
	while (ev->n)
		drop_oldest(ev);
	free(ev->slots);
	buf_fini(&ev->scratch);
}

static void keep(struct events *ev, const struct record_feedback *f)
{
	struct events_slot *slot;
	char *octets = NULL;

	buf_reset(&ev->scratch);
	if (record_feedback_pack(f, &ev->scratch) == 0)
		octets = malloc(ev->scratch.n);
	while (ev->n &&
	       (!octets || ev->n == ev->room || ev->octets + ev->scratch.n > ev->octets_max))
		drop_oldest(ev);
	if (!octets) { /* what is here has no gap: those who follow go to the ledger */
		ev->from_seq = f->seq + 1;
		return;
	}
	slot = &ev->slots[(ev->first + ev->n++) % ev->room];
	*slot = (struct events_slot){ f->seq, f->message, octets, ev->scratch.n };
	memcpy(octets, ev->scratch.p, ev->scratch.n);
	ev->octets += ev->scratch.n;
}

static void wake(struct follower *who)
{
	list_remove(&who->link);
	fibre_wake(who->fibre, 0);
}

void events_add(struct events *ev, const struct record_feedback *f)
{
	struct follower *who, *next;

	keep(ev, f);
	ev->last_seq = f->seq;
	LIST_EACH_SAFE(who, next, &ev->followers, link)
		if (!who->message || who->message == f->message)
			wake(who);
}

void events_wake_all(struct events *ev)
{
	struct follower *who, *next;

	LIST_EACH_SAFE(who, next, &ev->followers, link)
		wake(who);
}

int events_wait(struct events *ev, uint64_t message, int64_t until_at)
{
	struct follower me = { .fibre = fibre_self(), .message = message };
	int64_t before_at = fibre_deadline();
	int r;

	if (ev->n_followers >= EVENTS_FOLLOWERS_MAX)
		return err(ERR_LIMIT, "%d followers wait already", EVENTS_FOLLOWERS_MAX);
	ev->n_followers++;
	list_push_back(&ev->followers, &me.link);
	if (until_at < before_at)
		fibre_deadline_set(until_at);
	r = fibre_wait("feedback"); /* WAITS */
	fibre_deadline_set(before_at);
	list_remove(&me.link);
	ev->n_followers--;
	return r;
}

/* The first slot with a seq past `after`, counted from the oldest. */
static size_t find(const struct events *ev, uint64_t after)
{
	size_t from = 0, to = ev->n;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (ev->slots[(ev->first + mid) % ev->room].seq > after)
			to = mid;
		else
			from = mid + 1;
	}
	return from;
}

static int unpack(const struct events_slot *slot, struct arena *mem, struct record_feedback *out)
{
	struct span octets;
	int r = arena_copy(mem, span_make(slot->octets, slot->n), &octets);

	return r < 0 ? r : record_feedback_unpack(octets, mem, out);
}

int events_get(const struct events *ev, uint64_t after, uint64_t message, size_t max,
               struct arena *mem, struct queue_feedback_reply *out)
{
	size_t i = find(ev, after), n_most = ev->n - i < max ? ev->n - i : max, octets = 0;
	struct queue_feedback_reply got = { .seq = after };

	if (n_most && !(got.records = arena_array(mem, struct record_feedback, n_most)))
		return ERR_NO_MEMORY;
	for (; i < ev->n && got.n_records < max; i++) {
		const struct events_slot *slot = &ev->slots[(ev->first + i) % ev->room];
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
	if (i == ev->n && ev->last_seq > got.seq)
		got.seq = ev->last_seq;
	*out = got;
	return 0;
}

/* queue/schedule/schedule_add.c - makes entries of a message's recipients.  See schedule.h. */
#include "queue/schedule/schedule.h"

#include <stdlib.h>

enum {
	MALLOC_OCTETS = 16, /* what an allocation costs beside itself */
	MAP_OCTETS = 64,    /* a map entry, with the table's empty slots */
	SLOT_OCTETS = 40,   /* an entry's share of the heap and the index, empty room included */
};

static size_t destination_octets(const struct destination *d)
{
	return sizeof *d + d->domain.n + MALLOC_OCTETS + MAP_OCTETS;
}

/* NULL when memory, or the memory that we may use, is out. */
static struct destination *destination_get(struct schedule *s, struct span domain)
{
	struct destination *d = map_get(&s->destinations, domain);

	if (d || !(d = malloc(sizeof *d + domain.n)))
		return d;
	*d = (struct destination){ .domain =
		                           span_make(memcpy(d + 1, domain.p, domain.n), domain.n) };
	list_init(&d->ready);
	if (map_put(&s->destinations, d->domain, d, NULL) < 0) {
		free(d);
		return NULL;
	}
	s->octets += destination_octets(d);
	return d;
}

void schedule_destination_sweep(struct schedule *s, struct destination *d)
{
	if (d->n_entries)
		return;
	map_remove(&s->destinations, d->domain);
	s->octets -= destination_octets(d);
	health_fini(&d->health);
	free(d);
}

/* A recipient and where it goes; sorted, those of one destination stand together. */
struct routed {
	struct destination *destination;
	const struct schedule_rcpt *rcpt;
};

static int by_destination(const void *a, const void *b)
{
	const struct routed *x = a, *y = b;

	if (x->destination != y->destination)
		return (uintptr_t)x->destination < (uintptr_t)y->destination ? -1 : 1;
	return (x->rcpt->recipient > y->rcpt->recipient) -
	       (x->rcpt->recipient < y->rcpt->recipient);
}

static struct span put_text(char **at, struct span text)
{
	struct span copy = { *at, text.n };

	if (text.n)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return copy;
}

/* One allocation: the entry, its recipients, the sender, the addresses. */
static struct entry *entry_new(struct schedule *s, const struct schedule_item *item,
                               const struct routed *rcpts, size_t n)
{
	size_t octets =
	        sizeof(struct entry) + n * sizeof(struct courier_rcpt) + item->return_path.n;
	struct entry *e;
	char *text;

	for (size_t i = 0; i < n; i++)
		octets += rcpts[i].rcpt->address.n;
	/* With nothing in memory at all one entry always fits, or nothing would ever move. */
	if (s->octets + octets + MALLOC_OCTETS + SLOT_OCTETS > s->octets_max && s->index.n)
		return NULL;
	if (!(e = malloc(octets)))
		return NULL;
	text = (char *)&e->rcpts[n];
	*e = (struct entry){
		.destination = rcpts->destination,
		.message = item->message,
		.size_bytes = item->size_bytes,
		.accepted_ms = item->accepted_ms,
		.due_ms = item->due_ms,
		.attempt = item->attempt,
		.octets = (uint32_t)(octets + MALLOC_OCTETS + SLOT_OCTETS),
		.body_8bit = item->body_8bit,
		.smtputf8 = item->smtputf8,
		.is_signed = item->is_signed,
		.returns = item->returns,
		.return_path = put_text(&text, item->return_path),
		.body = item->body,
		.n_rcpts = (uint32_t)n,
		.n_all = (uint32_t)n,
	};
	for (size_t i = 0; i < n; i++) {
		e->rcpts[i].recipient = rcpts[i].rcpt->recipient;
		e->rcpts[i].address = put_text(&text, rcpts[i].rcpt->address);
	}
	return e;
}

static bool entry_add(struct schedule *s, const struct schedule_item *item,
                      const struct routed *rcpts, size_t n, int64_t at, int64_t now_at)
{
	struct entry *e = entry_new(s, item, rcpts, n);

	if (!e)
		return false;
	if (schedule_index_put(&s->index, e) < 0) {
		free(e);
		return false;
	}
	if (e->body)
		e->body->refs++;
	e->destination->n_entries++;
	s->octets += e->octets;
	if (at <= now_at)
		schedule_ready(s, e);
	else
		schedule_again(s, e, at);
	return true;
}

/* Those that are not in memory yet, each with its destination; *n_left counts those whose
 * destination could not be had. */
static size_t route(struct schedule *s, const struct schedule_item *item,
                    const struct schedule_rcpt *rcpts, size_t n, struct routed *out, size_t *n_left)
{
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++) {
		struct destination *d = destination_get(s, rcpts[i].domain);

		if (!d)
			++*n_left;
		else if (!schedule_index_find(&s->index, item->message, d, rcpts[i].recipient))
			out[n_out++] = (struct routed){ d, &rcpts[i] };
	}
	return n_out;
}

/* One destination's recipients, in entries of at most QUEUE_JOB_RCPT_MAX; returns how many
 * recipients did not fit. */
static size_t add_run(struct schedule *s, const struct schedule_item *item,
                      const struct routed *rcpts, size_t n, int64_t at, int64_t now_at)
{
	struct destination *d = rcpts->destination;
	size_t n_left = 0, part;

	d->n_entries++; /* holds it: an entry may be gone again at once */
	for (size_t i = 0; i < n; i += part) {
		part = n - i < QUEUE_JOB_RCPT_MAX ? n - i : QUEUE_JOB_RCPT_MAX;
		if (!entry_add(s, item, &rcpts[i], part, at, now_at))
			n_left += part;
	}
	d->n_entries--;
	schedule_destination_sweep(s, d);
	return n_left;
}

size_t schedule_add(struct schedule *s, const struct schedule_item *item,
                    const struct schedule_rcpt *rcpts, size_t n, int64_t at, int64_t now_at,
                    struct arena *mem)
{
	struct routed one, *routed = n > 1 ? arena_array(mem, struct routed, n) : &one;
	size_t n_left = 0, n_routed, end;

	if (!routed) {
		schedule_left_on_disk(s, item->due_ms);
		return n;
	}
	n_routed = route(s, item, rcpts, n, routed, &n_left);
	if (n_routed > 1)
		qsort(routed, n_routed, sizeof *routed, by_destination);
	for (size_t i = 0; i < n_routed; i = end) {
		end = i + 1;
		while (end < n_routed && routed[end].destination == routed[i].destination)
			end++;
		n_left += add_run(s, item, &routed[i], end - i, at, now_at);
	}
	if (n_left)
		schedule_left_on_disk(s, item->due_ms);
	return n_left;
}

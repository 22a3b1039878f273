/* store/live.c - see live.h. */
#include "store/live.h"

#include <stdlib.h>

enum { BITS = 64 };

void live_fini(struct live *l)
{
	struct live_message *m;
	MAP_EACH(m, &l->messages)
		live_free(m);
	map_fini(&l->messages);
	free(l->segments);
	*l = (struct live){ 0 };
}

void live_free(struct live_message *m)
{
	free(m->many);
	free(m);
}

/* ---- messages ---- */

int live_add(struct live *l, const struct live_message *m, struct live_message **out)
{
	struct live_message *copy = malloc(sizeof *copy);
	if (!copy)
		return err(ERR_NO_MEMORY, "no memory for a message");
	*copy = *m;
	copy->place = (struct journal_place){ 0 };
	copy->octets = 0;
	copy->n_open = 0;
	copy->few = 0;
	copy->many = NULL;
	if (m->n_recipients > BITS)
		copy->many = calloc((m->n_recipients + BITS - 1) / BITS, sizeof *copy->many);
	if ((m->n_recipients > BITS && !copy->many) ||
	    map_put(&l->messages, MAP_KEY(copy->id), copy, NULL) < 0) {
		live_free(copy);
		return err(ERR_NO_MEMORY, "no memory for a message");
	}
	*out = copy;
	return 0;
}

void live_place(struct live *l, struct live_message *m, struct journal_place place, uint64_t octets)
{
	live_count(l, m->place.segment, -(int64_t)m->octets);
	live_count(l, place.segment, (int64_t)octets);
	m->place = place;
	m->octets = octets;
}

void live_drop(struct live *l, struct live_message *m)
{
	live_count(l, m->place.segment, -(int64_t)m->octets);
	map_remove(&l->messages, MAP_KEY(m->id));
	live_free(m);
}

static uint64_t *word(struct live_message *m, uint32_t recipient)
{
	return m->many ? &m->many[recipient / BITS] : &m->few;
}

bool live_is_open(const struct live_message *m, uint32_t recipient)
{
	return recipient < m->n_recipients &&
	       *word((struct live_message *)m, recipient) >> recipient % BITS & 1;
}

void live_open(struct live_message *m, uint32_t recipient)
{
	if (recipient >= m->n_recipients || live_is_open(m, recipient))
		return;
	*word(m, recipient) |= (uint64_t)1 << recipient % BITS;
	m->n_open++;
}

struct live_message *live_get(const struct live *l, uint64_t id)
{
	return map_get(&l->messages, MAP_KEY(id));
}

bool live_settle(struct live *l, uint64_t id, uint32_t recipient, struct live_message **gone)
{
	struct live_message *m = live_get(l, id);
	if (!m || !live_is_open(m, recipient))
		return false;
	*word(m, recipient) &= ~((uint64_t)1 << recipient % BITS);
	if (--m->n_open)
		return false;
	map_remove(&l->messages, MAP_KEY(m->id));
	if (m->mailboxes) {
		live_free(m);
		return false;
	}
	live_count(l, m->place.segment, -(int64_t)m->octets);
	*gone = m;
	return true;
}

/* ---- segments ---- */

/* Index of the first segment whose number is not below. */
static size_t find(const struct live *l, uint64_t number)
{
	size_t from = 0, to = l->n_segments;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (l->segments[middle].number < number)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct live_segment *live_segment_get(const struct live *l, uint64_t number)
{
	size_t i = find(l, number);
	return i < l->n_segments && l->segments[i].number == number ? &l->segments[i] : NULL;
}

int live_segment_add(struct live *l, uint64_t number, uint64_t size)
{
	if (l->n_segments == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct live_segment *more = reallocarray(l->segments, room, sizeof *more);
		if (!more)
			return err(ERR_NO_MEMORY, "no memory for a segment");
		l->segments = more;
		l->room = room;
	}
	size_t i = find(l, number);
	memmove(&l->segments[i + 1], &l->segments[i], (l->n_segments - i) * sizeof *l->segments);
	l->segments[i] = (struct live_segment){ .number = number, .size = size };
	l->n_segments++;
	return 0;
}

void live_segment_remove(struct live *l, uint64_t number)
{
	size_t i = find(l, number);
	l->n_segments--;
	memmove(&l->segments[i], &l->segments[i + 1], (l->n_segments - i) * sizeof *l->segments);
}

bool live_is_thin(const struct live_segment *s)
{
	return s && s->end && !s->stuck && (s->failed || s->live < s->size / 4);
}

bool live_is_dead(const struct live *l, const struct live_segment *s)
{
	return s->end && !s->live && !s->readers && !s->leaving &&
	       !(s->cuts && live_segment_get(l, s->cuts));
}

void live_count(struct live *l, uint64_t segment, int64_t octets)
{
	struct live_segment *s = live_segment_get(l, segment);
	if (s)
		s->live += (uint64_t)octets;
}

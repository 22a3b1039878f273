/* wire/message/thread/sort.c - see sort.h.  RFC 5256 3. */
#include "wire/message/thread/sort.h"
#include "wire/message/envelope/ids.h"
#include "wire/message/search/fold.h"
#include <stdlib.h>

enum { TEXT_BYTES_MAX = 3 * MESSAGE_ENVELOPE_BYTES_MAX };

/* RFC 5051 2 maps to title case: '_' comes behind letters, where fold.h's one case has it in
 * front. */
static int put_key(struct buf *text, struct span utf8)
{
	int r = message_fold_put(text, utf8);

	for (size_t i = 0; r >= 0 && i < text->n; i++)
		if (text->p[i] >= 'a' && text->p[i] <= 'z')
			text->p[i] = (char)(text->p[i] - 'a' + 'A');
	return r;
}

/* The mailbox of the first address, folded; empty without one. */
static int first_mailbox(struct span list, struct buf *text, struct arena *mem, struct span *out)
{
	struct message_envelope_address a;
	int r = message_envelope_address(&list, &a);

	buf_reset(text);
	if (r > 0)
		r = put_key(text, a.mailbox);
	return r < 0 ? r : arena_copy(mem, buf_span(text), out);
}

static int addresses(const struct message_envelope *e, struct buf *text, struct arena *mem,
                     struct message_sort_entry *entry)
{
	int r = first_mailbox(e->lists[MESSAGE_ENVELOPE_FROM], text, mem, &entry->from);

	if (r == 0)
		r = first_mailbox(e->lists[MESSAGE_ENVELOPE_TO], text, mem, &entry->to);
	return r < 0 ? r : first_mailbox(e->lists[MESSAGE_ENVELOPE_CC], text, mem, &entry->cc);
}

static int references(const struct message_envelope *e, struct buf *text, struct arena *mem,
                      struct message_sort_entry *entry)
{
	struct span rest = e->message_id, id;

	buf_reset(text);
	if (message_id_next(&rest, &id))
		message_id_put(text, id);
	if (text->err || arena_copy(mem, buf_span(text), &entry->message_id) < 0)
		return ERR_NO_MEMORY;
	return arena_copy(mem, e->references, &entry->references);
}

static int subject(const struct message_envelope *e, struct buf *text, struct arena *mem,
                   struct message_sort_entry *entry)
{
	buf_reset(text);
	if (put_key(text, e->base_subject) < 0)
		return text->err;
	return arena_copy(mem, buf_span(text), &entry->subject);
}

int message_sort_entry_fill(const struct message_envelope *e, unsigned want, struct arena *mem,
                            struct message_sort_entry *entry)
{
	AUTO_BUF text = BUF(TEXT_BYTES_MAX);
	struct message_sort_entry filled = *entry;
	int r = 0;

	filled.sent_s = e->dated ? e->sent_s : entry->arrival_s;
	filled.reply = e->reply;
	if (want & MESSAGE_SORT_WANT_ADDRESSES)
		r = addresses(e, &text, mem, &filled);
	if (r == 0 && want & MESSAGE_SORT_WANT_SUBJECT)
		r = subject(e, &text, mem, &filled);
	if (r == 0 && want & MESSAGE_SORT_WANT_REFERENCES)
		r = references(e, &text, mem, &filled);
	if (r == 0)
		*entry = filled;
	return r;
}

struct message_sort_order {
	const struct message_sort_by *by;
	size_t n_by;
};

static int cmp_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_key(enum message_sort_key key, const struct message_sort_entry *a,
                   const struct message_sort_entry *b)
{
	switch (key) {
	case MESSAGE_SORT_ARRIVAL: return cmp_i64(a->arrival_s, b->arrival_s);
	case MESSAGE_SORT_CC: return span_cmp(a->cc, b->cc);
	case MESSAGE_SORT_DATE: return cmp_i64(a->sent_s, b->sent_s);
	case MESSAGE_SORT_FROM: return span_cmp(a->from, b->from);
	case MESSAGE_SORT_SIZE: return cmp_i64(a->size, b->size);
	case MESSAGE_SORT_SUBJECT: return span_cmp(a->subject, b->subject);
	case MESSAGE_SORT_TO: return span_cmp(a->to, b->to);
	}
	return 0;
}

static int cmp_entries(const void *x, const void *y)
{
	const struct message_sort_entry *a = x, *b = y;
	const struct message_sort_order *o = a->order;

	for (size_t i = 0; i < o->n_by; i++) {
		int r = cmp_key(o->by[i].key, a, b);

		if (r)
			return o->by[i].reverse ? -r : r;
	}
	return cmp_i64(a->number, b->number);
}

/* qsort() has no argument for the order, and qsort_r() is not everywhere: the entries carry it. */
void message_sort(struct message_sort_entry *entries, size_t n, const struct message_sort_by *by,
                  size_t n_by)
{
	struct message_sort_order order = { by, n_by };

	for (size_t i = 0; i < n; i++)
		entries[i].order = &order;
	if (n)
		qsort(entries, n, sizeof(*entries), cmp_entries);
	for (size_t i = 0; i < n; i++)
		entries[i].order = NULL;
}

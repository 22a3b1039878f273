/* wire/message/thread/thread.c - ORDEREDSUBJECT; and threads printed.  RFC 5256 4, 5. */
#include "wire/message/thread/thread_impl.h"
#include <stdlib.h>

static int cmp_keys(const void *x, const void *y)
{
	const struct thread_key *a = x, *b = y;

	if (a->sent_s != b->sent_s)
		return a->sent_s < b->sent_s ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

void message_thread_sort(struct thread_key *keys, size_t n)
{
	if (n > 1)
		qsort(keys, n, sizeof(*keys), cmp_keys);
}

/* By base subject, then sent date, then number. */
static int cmp_subjects(const void *x, const void *y)
{
	const struct thread_key *a = x, *b = y;
	int r = span_cmp(a->entry->subject, b->entry->subject);

	return r ? r : cmp_keys(a, b);
}

/* Links the messages of each subject, which stand together; the first of each come to the front.
 * Returns how many there are. */
static size_t link_subjects(const struct message_sort_entry *entries, struct thread_key *keys,
                            size_t n, struct message_thread *nodes)
{
	size_t n_threads = 0;
	int last = MESSAGE_THREAD_NONE;

	for (size_t i = 0; i < n; i++) {
		int node = keys[i].node, first = n_threads ? keys[n_threads - 1].node : 0;

		nodes[node] = (struct message_thread){ &entries[node], MESSAGE_THREAD_NONE,
			                               MESSAGE_THREAD_NONE, MESSAGE_THREAD_NONE };
		if (!n_threads || !span_eq(entries[node].subject, entries[first].subject)) {
			keys[n_threads++] = keys[i];
			last = MESSAGE_THREAD_NONE;
			continue;
		}
		nodes[node].parent = first;
		*(last < 0 ? &nodes[first].child : &nodes[last].next) = node;
		last = node;
	}
	return n_threads;
}

int message_thread_subjects(const struct message_sort_entry *entries, size_t n, struct arena *mem,
                            struct message_threads *out)
{
	struct message_thread *nodes;
	struct thread_key *keys;
	size_t n_threads;

	if (n >= THREAD_MESSAGES_MAX)
		return err(ERR_LIMIT, "%zu messages are too many for threads", n);
	nodes = arena_array(mem, struct message_thread, n + 1);
	keys = arena_array(mem, struct thread_key, n + 1);
	if (!nodes || !keys)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		keys[i] = message_thread_key(&entries[i], (int)i);
	if (n)
		qsort(keys, n, sizeof(*keys), cmp_subjects);
	n_threads = link_subjects(entries, keys, n, nodes);
	message_thread_sort(keys, n_threads);
	for (size_t i = 1; i < n_threads; i++)
		nodes[keys[i - 1].node].next = keys[i].node;
	*out = (struct message_threads){ nodes, n ? keys[0].node : MESSAGE_THREAD_NONE };
	return 0;
}

/* In parentheses: a thread, and each of several siblings; an only child follows its parent. */
static bool has_parentheses(const struct message_threads *t, int i)
{
	int parent = t->nodes[i].parent;

	return parent < 0 || t->nodes[t->nodes[parent].child].next >= 0;
}

int message_threads_print(struct buf *out, const struct message_threads *t)
{
	int i = t->first;

	while (i >= 0 && !out->err) {
		const struct message_thread *node = &t->nodes[i];

		buf_puts(out, has_parentheses(t, i) ? "(" : " ");
		if (node->entry)
			buf_printf(out, "%u", node->entry->number);
		if (node->child >= 0) {
			if (node->entry && has_parentheses(t, node->child))
				buf_putc(out, ' ');
			i = node->child;
			continue;
		}
		for (; i >= 0; i = t->nodes[i].parent) {
			if (has_parentheses(t, i))
				buf_putc(out, ')');
			if (t->nodes[i].next >= 0)
				break;
		}
		i = i < 0 ? i : t->nodes[i].next;
	}
	return out->err;
}

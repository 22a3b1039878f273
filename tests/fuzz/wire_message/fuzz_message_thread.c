/* Threads hold each message once, in a tree, whatever the references (RFC 5256 4). */
#include "fuzz.h"

#include "wire/message/thread/thread.h"

enum { MESSAGES_MAX = 64 };

static const char *const ids[] = { "",      "<a@x>", "<b@x>", "<c@x>", "<d@x>",
	                           "<e@x>", "<f@x>", "<g@x>", "<h@x>" };

/* Each message is a line: its id, its subject and its references by their first letters. */
static size_t read_entries(struct span in, struct arena *mem, struct message_sort_entry *out)
{
	struct span line;
	size_t n = 0;

	while (n < MESSAGES_MAX && span_split(&in, '\n', &line)) {
		struct message_sort_entry *e = &out[n++];
		char *refs = arena_alloc(mem, 5 * line.n + 1);

		*e = (struct message_sort_entry){ .number = (uint32_t)n };
		for (size_t i = 2; i < line.n; i++)
			memcpy(refs + 5 * (i - 2), ids[1 + (unsigned char)line.p[i] % 8], 5);
		e->references = span_make(refs, line.n > 2 ? 5 * (line.n - 2) : 0);
		if (line.n)
			e->message_id = span_str(ids[(unsigned char)line.p[0] % N_ELEMS(ids)]);
		if (line.n > 1) {
			e->subject = span_sub(SPAN("abc"), 0, (unsigned char)line.p[1] % 4);
			e->reply = line.p[1] & 4;
			e->sent_s = line.p[1] & 8;
		}
	}
	return n;
}

static void check(const struct message_threads *t, size_t n)
{
	AUTO_BUF out = BUF(1 << 20);
	size_t seen = 0, depth = 0;
	int i = t->first;

	while (i >= 0) {
		const struct message_thread *node = &t->nodes[i];

		seen += node->entry != NULL;
		MUST(seen <= n && depth <= n);
		MUST(node->entry || (node->parent < 0 && node->child >= 0));
		if (node->child >= 0) {
			MUST(t->nodes[node->child].parent == i);
			i = node->child;
			depth++;
			continue;
		}
		while (i >= 0 && t->nodes[i].next < 0) {
			i = t->nodes[i].parent;
			depth--;
		}
		if (i >= 0)
			i = t->nodes[i].next;
	}
	MUST(seen == n);
	MUST(message_threads_print(&out, t) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct message_sort_entry entries[MESSAGES_MAX];
	struct message_threads t;
	size_t n = read_entries(span_make(data, size), &mem, entries);

	MUST(message_thread_references(entries, n, &mem, &t) == 0);
	check(&t, n);
	MUST(message_thread_subjects(entries, n, &mem, &t) == 0);
	check(&t, n);
	return 0;
}

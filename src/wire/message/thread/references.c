/* wire/message/thread/references.c - THREAD=REFERENCES.  RFC 5256 3 (REFERENCES, steps 1 to 6).
 *
 * Messages are the first nodes, in their order; behind them come the dummies.  While links are made
 * only parents are kept; children are listed once the tree is what it will be.
 */
#include "base/map.h"
#include "wire/message/envelope/ids.h"
#include "wire/message/thread/thread_impl.h"

enum { NONE = MESSAGE_THREAD_NONE };

struct threading {
	const struct message_sort_entry *entries;
	struct message_thread *nodes;
	int n_entries, n, room;
	int *n_children; /* of each node; room of them, as of nodes */
	struct arena *mem;
	struct map ids; /* message id or, later, subject -> number + 1 */
	uint64_t steps; /* that looks for circles may still take */
	struct thread_key *roots;
	size_t n_roots;
};

/* Numbers in a map of pointers; 0 is absent. */
static int map_number(const struct map *m, struct span key)
{
	return (int)(intptr_t)map_get(m, key);
}

static int put_number(struct map *m, struct span key, int n)
{
	return map_put(m, key, (void *)(intptr_t)n, NULL);
}

static int grow(struct threading *t)
{
	int more = t->room ? 2 * t->room : t->n_entries + 16;
	struct message_thread *nodes = arena_array(t->mem, struct message_thread, (size_t)more);
	int *n_children = arena_array(t->mem, int, (size_t)more);

	if (!nodes || !n_children)
		return ERR_NO_MEMORY;
	for (int i = 0; i < t->n; i++) {
		nodes[i] = t->nodes[i];
		n_children[i] = t->n_children[i];
	}
	t->nodes = nodes;
	t->n_children = n_children;
	t->room = more;
	return 0;
}

/* Returns its index, or an error. */
static int new_node(struct threading *t, const struct message_sort_entry *entry)
{
	if (t->n == THREAD_MESSAGES_MAX)
		return err(ERR_LIMIT, "too many references for threads");
	if (t->n == t->room && grow(t) < 0)
		return ERR_NO_MEMORY;
	t->nodes[t->n] = (struct message_thread){ entry, NONE, NONE, NONE };
	t->n_children[t->n] = 0;
	return t->n++;
}

/* The message of that id, or its dummy. */
static int node_of(struct threading *t, struct span id)
{
	int found = map_number(&t->ids, id), i;

	if (found)
		return found - 1;
	i = new_node(t, NULL);
	if (i >= 0 && put_number(&t->ids, id, i + 1) < 0)
		return ERR_NO_MEMORY;
	return i;
}

/* A node for each message.  Of two with the same id the first has it. */
static int add_messages(struct threading *t)
{
	for (int i = 0; i < t->n_entries; i++) {
		struct span id = t->entries[i].message_id;
		int r = new_node(t, &t->entries[i]);

		if (r >= 0 && id.n && !map_number(&t->ids, id))
			r = put_number(&t->ids, id, i + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether the child is the parent or above it; or whether that cannot be told cheaply. */
static bool makes_circle(struct threading *t, int parent, int child)
{
	if (parent == child)
		return true;
	if (!t->n_children[child])
		return false;
	for (int i = t->nodes[parent].parent; i >= 0; i = t->nodes[i].parent) {
		if (i == child || !t->steps)
			return true;
		t->steps--;
	}
	return false;
}

static void set_parent(struct threading *t, int child, int parent)
{
	int old = t->nodes[child].parent;

	if (old >= 0)
		t->n_children[old]--;
	if (parent >= 0)
		t->n_children[parent]++;
	t->nodes[child].parent = parent;
}

/* Step 1 for one message. */
static int link_message(struct threading *t, int message)
{
	struct span rest = t->entries[message].references, id;
	int before = NONE;

	while (message_id_next(&rest, &id)) {
		int i = node_of(t, id);

		if (i < 0)
			return i;
		if (before >= 0 && t->nodes[i].parent < 0 && !makes_circle(t, before, i))
			set_parent(t, i, before);
		before = i;
	}
	if (t->nodes[message].parent >= 0 && t->nodes[message].parent == before)
		return 0;
	set_parent(t, message, NONE);
	if (before >= 0 && !makes_circle(t, before, message))
		set_parent(t, message, before);
	return 0;
}

/* Steps 2 and 3: each message goes below the nearest message above it, or below the topmost dummy.
 */
static void skip_dummies(struct threading *t)
{
	/* First dummies below dummies: up to what they end in, each path once. */
	for (int i = t->n_entries; i < t->n; i++) {
		int top = i, next;

		while (!t->nodes[top].entry && t->nodes[top].parent >= 0)
			top = t->nodes[top].parent;
		for (int j = i; j != top; j = next) {
			next = t->nodes[j].parent;
			set_parent(t, j, top);
		}
	}
	for (int i = 0; i < t->n_entries; i++) {
		int up = t->nodes[i].parent;

		if (up >= 0 && !t->nodes[up].entry && t->nodes[up].parent >= 0)
			set_parent(t, i, t->nodes[up].parent);
	}
}

static void put_child(struct threading *t, int parent, int child)
{
	t->nodes[child].parent = parent;
	t->nodes[child].next = t->nodes[parent].child;
	t->nodes[parent].child = child;
}

/* Lists children, and the roots; a dummy stays at the top alone, and with two children or more. */
static int list_children(struct threading *t)
{
	t->roots = arena_array(t->mem, struct thread_key, (size_t)t->n_entries + 1);
	if (!t->roots)
		return ERR_NO_MEMORY;
	for (int i = t->n_entries; i < t->n; i++)
		t->n_children[i] = 0;
	for (int i = 0; i < t->n_entries; i++)
		if (t->nodes[i].parent >= t->n_entries)
			t->n_children[t->nodes[i].parent]++;
	for (int i = t->n_entries - 1; i >= 0; i--) {
		int up = t->nodes[i].parent;

		if (up >= t->n_entries && t->n_children[up] == 1)
			up = t->nodes[i].parent = NONE;
		if (up >= 0)
			put_child(t, up, i);
		else
			t->roots[t->n_roots++].node = i;
	}
	for (int i = t->n_entries; i < t->n; i++) {
		t->nodes[i].parent = NONE;
		if (t->nodes[i].child >= 0)
			t->roots[t->n_roots++].node = i;
	}
	return 0;
}

/* The earliest message among a node, or a dummy's children. */
static struct thread_key first_of(const struct threading *t, int node)
{
	const struct message_thread *n = &t->nodes[node];
	struct thread_key first;

	if (n->entry)
		return message_thread_key(n->entry, node);
	first = message_thread_key(t->nodes[n->child].entry, n->child);
	for (int i = t->nodes[n->child].next; i >= 0; i = t->nodes[i].next) {
		struct thread_key k = message_thread_key(t->nodes[i].entry, i);

		if (k.sent_s < first.sent_s ||
		    (k.sent_s == first.sent_s && k.number < first.number))
			first = k;
	}
	return first;
}

/* Step 4. */
static void sort_roots(struct threading *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_roots; i++)
		if (t->roots[i].node >= 0) {
			int node = t->roots[i].node;

			t->roots[n] = first_of(t, node);
			t->roots[n++].node = node;
		}
	t->n_roots = n;
	message_thread_sort(t->roots, n);
}

static struct span subject_of(const struct threading *t, int node)
{
	int message = t->nodes[node].entry ? node : first_of(t, node).node;

	return t->nodes[message].entry->subject;
}

/* Step 5 B: of each subject one root stands for it, as its place among the roots + 1. */
static int fill_subjects(struct threading *t)
{
	for (size_t i = 0; i < t->n_roots; i++) {
		const struct message_sort_entry *now = t->nodes[t->roots[i].node].entry, *there;
		struct span subject = subject_of(t, t->roots[i].node);
		int found = subject.n ? map_number(&t->ids, subject) : 0;

		there = found ? t->nodes[t->roots[found - 1].node].entry : NULL;
		if (!subject.n || (found && (!there || (now && (!there->reply || now->reply)))))
			continue;
		if (put_number(&t->ids, subject, (int)i + 1) < 0)
			return ERR_NO_MEMORY;
	}
	return 0;
}

/* Step 5 C for two roots: what of the second goes where. */
static int merge(struct threading *t, size_t table, size_t now)
{
	int there = t->roots[table].node, node = t->roots[now].node, both;
	const struct message_sort_entry *a = t->nodes[there].entry, *b = t->nodes[node].entry;

	t->roots[now].node = NONE;
	if (!a && !b) {
		for (int i = t->nodes[node].child, next; i >= 0; i = next) {
			next = t->nodes[i].next;
			put_child(t, there, i);
		}
		t->nodes[node].child = NONE;
	} else if (!a || (b && b->reply && !a->reply)) {
		put_child(t, there, node);
	} else {
		both = new_node(t, NULL);
		if (both < 0)
			return both;
		put_child(t, both, there);
		put_child(t, both, node);
		t->roots[table].node = both;
	}
	return 0;
}

/* Step 5. */
static int merge_subjects(struct threading *t)
{
	int r;

	map_fini(&t->ids);
	t->ids = (struct map){ 0 };
	r = fill_subjects(t);
	for (size_t i = 0; r == 0 && i < t->n_roots; i++) {
		struct span subject = subject_of(t, t->roots[i].node);
		int found = subject.n ? map_number(&t->ids, subject) : 0;

		if (found && (size_t)found - 1 != i)
			r = merge(t, (size_t)found - 1, i);
	}
	return r;
}

/* Step 6: each set of siblings in order.  No dummy is among them. */
static int sort_children(struct threading *t)
{
	struct thread_key *keys = arena_array(t->mem, struct thread_key, (size_t)t->n);

	if (!keys)
		return ERR_NO_MEMORY;
	for (int i = 0; i < t->n; i++) {
		size_t n = 0;

		for (int c = t->nodes[i].child; c >= 0; c = t->nodes[c].next)
			keys[n++] = message_thread_key(t->nodes[c].entry, c);
		message_thread_sort(keys, n);
		t->nodes[i].child = NONE;
		while (n)
			put_child(t, i, keys[--n].node);
	}
	return 0;
}

static int thread(struct threading *t)
{
	int r = add_messages(t);

	for (int i = 0; r == 0 && i < t->n_entries; i++)
		r = link_message(t, i);
	if (r < 0)
		return r;
	skip_dummies(t);
	r = list_children(t);
	if (r == 0) {
		sort_roots(t);
		r = merge_subjects(t);
	}
	if (r == 0) {
		sort_roots(t);
		r = sort_children(t);
	}
	for (size_t i = 1; r == 0 && i < t->n_roots; i++)
		t->nodes[t->roots[i - 1].node].next = t->roots[i].node;
	return r;
}

int message_thread_references(const struct message_sort_entry *entries, size_t n, struct arena *mem,
                              struct message_threads *out)
{
	struct threading t = { .entries = entries, .n_entries = (int)n, .mem = mem };
	int r;

	if (n >= THREAD_MESSAGES_MAX)
		return err(ERR_LIMIT, "%zu messages are too many for threads", n);
	t.steps = (uint64_t)n * MESSAGE_THREAD_STEPS;
	r = thread(&t);
	map_fini(&t.ids);
	if (r < 0)
		return r;
	*out = (struct message_threads){ t.nodes, t.n_roots ? t.roots[0].node : NONE };
	return 0;
}

/* tests/crash/mailbox_writer.c - changes mailboxes until it is killed, and prints what was
 * answered.
 *
 *   mailbox_writer DIR        lines: "ok NAME K", change K of the two mailboxes NAME/a and NAME/b
 * was answered mailbox_writer DIR check  reads such lines: what must be there is, and nothing else;
 * exit status 1
 *
 * Change K follows from NAME and what the changes before it left, so the checker knows what must be
 * there: all up to the last one that was answered, and the next one whole, or not at all.  A
 * message is known by its size.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/event.h"
#include "rt/loop.h"
#include "store/store_impl.h"

enum { WRITERS = 6, MOST = 120, NAMES_MAX = 1000, FOLD_MS = 20 };
#define HEADER SPAN("Subject: x\r\n\r\n")

static struct settings settings = {
	.store_segment_size = 256 << 10,
	.store_blob_threshold = 30000,
	.store_ledger_kept = 0,
};
static struct store *store;
static int status;

static void fail(const char *what, int r)
{
	fprintf(stderr, "%s: %s\n", what, err_str(r));
	exit(2);
}

/* ---- the model ---- */

struct entry {
	uint32_t uid, size;
	uint64_t flags;
};
struct model {
	struct entry v[2][MOST + 16]; /* by uid */
	size_t n[2];
	uint32_t uid_next[2];
};

enum kind { APPEND, FLAGS, COPY, MOVE, EXPUNGE };
struct change {
	enum kind kind;
	int box;
	size_t first, count; /* of its entries */
	enum mailbox_storing how;
	uint64_t flags;
	uint32_t size;
};

static unsigned chance(uint64_t *seed, unsigned below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*seed >> 33) % below;
}

static struct change choose(const struct model *m, const char *name, uint32_t k)
{
	static const enum kind kinds[] = { APPEND, APPEND, APPEND, APPEND, FLAGS,
		                           FLAGS,  COPY,   MOVE,   EXPUNGE };
	uint64_t seed = k;
	for (const char *p = name; *p; p++)
		seed = seed * 31 + (unsigned char)*p;
	(void)chance(&seed, 2);
	struct change c = { .kind = kinds[chance(&seed, N_ELEMS(kinds))],
		            .box = (int)chance(&seed, 2),
		            .how = MAILBOX_SET + chance(&seed, 3),
		            .flags = chance(&seed, 32),
		            .size = (uint32_t)HEADER.n + k + 1 };
	if (m->n[c.box] < 5)
		c.kind = APPEND;
	if (m->n[0] > MOST - 10 || m->n[1] > MOST - 10) {
		c.kind = EXPUNGE;
		c.box = m->n[1] > m->n[0];
	}
	if (c.kind == APPEND)
		return c;
	c.first = chance(&seed, (unsigned)m->n[c.box]);
	c.count = 1 + chance(&seed, c.kind == EXPUNGE ? 12 : 5);
	if (c.count > m->n[c.box] - c.first)
		c.count = m->n[c.box] - c.first;
	return c;
}

static void add(struct model *m, int box, struct entry e)
{
	e.uid = m->uid_next[box]++;
	m->v[box][m->n[box]++] = e;
}

static void take_away(struct model *m, const struct change *c)
{
	struct entry *v = m->v[c->box];
	size_t behind = m->n[c->box] - c->first - c->count;
	memmove(v + c->first, v + c->first + c->count, behind * sizeof *v);
	m->n[c->box] -= c->count;
}

static void apply(struct model *m, const struct change *c)
{
	struct entry *v = m->v[c->box] + c->first;
	switch (c->kind) {
	case APPEND: add(m, c->box, (struct entry){ .flags = c->flags, .size = c->size }); break;
	case FLAGS:
		for (size_t i = 0; i < c->count; i++)
			v[i].flags = c->how == MAILBOX_SET   ? c->flags
			             : c->how == MAILBOX_ADD ? v[i].flags | c->flags
			                                     : v[i].flags & ~c->flags;
		break;
	case COPY:
	case MOVE:
		for (size_t i = 0; i < c->count; i++)
			add(m, !c->box, v[i]);
		if (c->kind == MOVE)
			take_away(m, c);
		break;
	case EXPUNGE: take_away(m, c); break;
	}
}

static void model_init(struct model *m)
{
	*m = (struct model){ .uid_next = { 1, 1 } };
}

/* ---- the writer ---- */

static WAITS int append(struct mailbox *m, const struct change *c)
{
	char *text = calloc(1, c->size);
	struct record_message message = { .header = HEADER,
		                          .body = span_make(text, c->size - HEADER.n) };
	struct store_added added = { .m = &message, .flags = c->flags };
	uint32_t uid;
	uint64_t modseq;
	int r = store_mail_append(store, m, &added, 1, &uid, &modseq);
	free(text);
	return r;
}

/* The runs of UIDs: each entry one, joined where they touch. */
static size_t runs_of(const struct model *m, const struct change *c, struct mailbox_run *out)
{
	size_t n = 0;
	for (size_t i = c->first; i < c->first + c->count; i++) {
		uint32_t uid = m->v[c->box][i].uid;
		if (n && out[n - 1].first + out[n - 1].count == uid)
			out[n - 1].count++;
		else
			out[n++] = (struct mailbox_run){ uid, 1 };
	}
	return n;
}

static WAITS int perform(struct mailbox *const box[2], const struct model *m,
                         const struct change *c)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_run runs[16];
	size_t n = runs_of(m, c, runs);
	struct store_flagging f = { .runs = runs,
		                    .n_runs = n,
		                    .how = c->how,
		                    .flags = c->flags,
		                    .unchanged_since = UINT64_MAX };
	struct store_copying copy = { .runs = runs, .n_runs = n, .move = c->kind == MOVE };
	struct store_expunging e = { .runs = runs, .n_runs = n };
	switch (c->kind) {
	case APPEND: return append(box[c->box], c);
	case FLAGS: return store_mail_flags(store, box[c->box], &f, &mem);
	case COPY:
	case MOVE: return store_mail_copy(store, box[c->box], box[!c->box], &copy, &mem);
	case EXPUNGE: return store_mail_expunge(store, box[c->box], &e, &mem);
	}
	return 0;
}

static WAITS struct mailbox *make(const char *name, const char *which)
{
	struct account *a;
	struct mailbox *m;
	char path[64];
	snprintf(path, sizeof path, "%s/%s", name, which);
	int r = store_account(store, SPAN("ann"), &a);
	if (r >= 0)
		r = store_mailbox_make(store, a, span_str(path), MAILBOX_NO_ROLE, &m);
	if (r >= 0)
		r = store_mailbox_enter(a, m->number, &m);
	if (r < 0)
		fail("mailbox", r);
	return m;
}

static void writer(void *arg)
{
	char name[32], line[64];
	snprintf(name, sizeof name, "w%d-%d", (int)getpid(), (int)(intptr_t)arg);
	struct mailbox *const box[2] = { make(name, "a"), make(name, "b") };
	struct model *m = malloc(sizeof *m);
	model_init(m);
	for (uint32_t k = 0;; k++) {
		struct change c = choose(m, name, k);
		int r = perform(box, m, &c);
		if (r < 0)
			fail("change", r);
		apply(m, &c);
		/* one system call a line: what stands in the pipe was answered */
		int n = snprintf(line, sizeof line, "ok %s %u\n", name, k);
		if (write(STDOUT_FILENO, line, (size_t)n) != n)
			exit(0);
	}
}

static void folder(UNUSED void *arg)
{
	for (;;)
		if (fibre_sleep(FOLD_MS) < 0 || store_fold(store) < 0)
			fail("fold", ERR_IO);
}

static void start_writers(UNUSED void *arg)
{
	int r = store_open(&settings, &store);
	for (intptr_t i = 0; i < WRITERS && r >= 0; i++)
		r = fibre_spawn("writer", writer, (void *)i);
	if (r >= 0)
		r = fibre_spawn("folder", folder, NULL);
	if (r < 0)
		fail("open", r);
}

/* ---- checking ---- */

struct known {
	char name[32];
	uint32_t last;
};
static struct known known[NAMES_MAX];
static size_t n_known;

static void note(const char *line)
{
	struct known k;
	if (sscanf(line, "ok %31s %u", k.name, &k.last) != 2)
		return;
	for (size_t i = 0; i < n_known; i++)
		if (strcmp(known[i].name, k.name) == 0) {
			known[i].last = k.last;
			return;
		}
	if (n_known == NAMES_MAX)
		fail("names", ERR_LIMIT);
	known[n_known++] = k;
}

static WAITS bool is_as(const struct model *m, int box, const char *name)
{
	AUTO_ARENA mem = { 0 };
	char path[64];
	snprintf(path, sizeof path, "%s/%s", name, box ? "b" : "a");
	struct account *a;
	struct box_want want = { .first = 1, .last = UINT32_MAX, .max = MOST * 2 };
	struct box_entry *rows;
	struct mailbox *at =
	        store_account(store, SPAN("ann"), &a) < 0 ? NULL : names_path(a, span_str(path));
	size_t n;
	bool done;
	if (!at || box_page(at->box, &want, &mem, &rows, &n, &done) < 0 || n != m->n[box] ||
	    at->uid_next < m->uid_next[box])
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct box_row *row = &rows[i].row;
		const struct entry *e = &m->v[box][i];
		if (row->uid != e->uid || row->size != e->size || row->flags != e->flags)
			return false;
	}
	return true;
}

static WAITS void check_known(const struct known *k)
{
	struct model *m = malloc(sizeof *m);
	model_init(m);
	for (uint32_t i = 0; i <= k->last; i++) {
		struct change c = choose(m, k->name, i);
		apply(m, &c);
	}
	bool right = is_as(m, 0, k->name) && is_as(m, 1, k->name);
	if (!right) {
		struct change next = choose(m, k->name, k->last + 1);
		apply(m, &next);
		right = is_as(m, 0, k->name) && is_as(m, 1, k->name);
	}
	if (!right) {
		printf("%s: neither as after change %u nor as after the next\n", k->name, k->last);
		status = 1;
	}
	free(m);
}

static void check(UNUSED void *arg)
{
	char line[128];
	while (fgets(line, sizeof line, stdin))
		note(line);
	int r = store_open(&settings, &store);
	if (r < 0)
		fail("open", r);
	for (size_t i = 0; i < n_known; i++)
		check_known(&known[i]);
	store_close(store);
	AUTO_BUF faults = BUF(1 << 20);
	if (store_verify(settings.server_data_dir, &faults) < 0) {
		printf("%.*s", SPAN_ARG(buf_span(&faults)));
		status = 1;
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	settings.server_data_dir = argv[1];
	event_set_level(EVENT_ERROR);
	int r = loop_init(0);
	if (r >= 0)
		r = fibre_spawn("main", argc > 2 ? check : start_writers, NULL);
	if (r < 0)
		fail("start", r);
	loop_run();
	loop_fini();
	return status;
}

/* cmd/import/imap_messages.c - the messages of one mailbox of an IMAP server.
 *
 * In windows: first what is known of each; then the header sections of those that may be here
 * already; then those that are not.  It is opened to be read only, and nothing is marked as read.
 */
#include "cmd/import/imap.h"

#include <stdio.h>

#include "cmd/cli.h"
#include "wire/imap/client/fetched.h"
#include "wire/imap/put.h"

enum {
	WINDOW = 500,
	GROUP_MESSAGES = 100, /* that one command asks for, */
	GROUP_BYTES = 4 << 20,
	COMMAND_BYTES = 64 << 10,
};

struct row {
	uint32_t uid;
	uint64_t size;
	int64_t date_s;
	struct mailfile_flags flags;
	bool wanted; /* it is to be brought */
};

struct window {
	struct import *m;
	struct imap_link *l;
	uint32_t exists; /* messages */
	uint64_t next;   /* the next one to be looked at, by number */
	struct arena mem;
	struct row rows[];
};

struct reading {
	struct window *w;
	size_t n;
};

static const char *name_of(const struct row *row, char out[64])
{
	snprintf(out, 64, "the message with UID %u", row->uid);
	return out;
}

static struct row *row_of(struct reading *x, uint32_t uid)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->w->rows[i].uid == uid)
			return &x->w->rows[i];
	return NULL;
}

/* What the server tells of the mailbox by the way. */
static void note_box(struct window *w, const struct imap_answer *a)
{
	if (a->status != IMAP_ANSWER_DATA || !a->has_number)
		return;
	if (span_eq_nocase(a->name, SPAN("EXISTS")))
		w->exists = a->number;
	if (!span_eq_nocase(a->name, SPAN("EXPUNGE")) || !a->number || a->number > w->exists)
		return;
	w->exists--;
	w->next -= a->number < w->next;
}

static int note_selected(const struct imap_answer *a, void *arg)
{
	struct reading *x = arg;

	note_box(x->w, a);
	return 0;
}

/* False: it tells of something else. */
static bool is_fetched(struct reading *x, const struct imap_answer *a, struct imap_fetched *out)
{
	struct imap_cursor c = a->args;

	note_box(x->w, a);
	if (a->status != IMAP_ANSWER_DATA || !span_eq_nocase(a->name, SPAN("FETCH")))
		return false;
	return imap_fetched_parse(&c, out) >= 0 && out->uid;
}

/* ---- what is known of each ---- */

static int note_row(const struct imap_answer *a, void *arg)
{
	struct reading *x = arg;
	struct imap_fetched f;

	if (!is_fetched(x, a, &f) || !f.has_size || x->n == WINDOW)
		return 0;
	struct row *row = &x->w->rows[x->n++];
	*row = (struct row){
		.uid = f.uid, .size = f.size, .date_s = f.date.unix_s, .wanted = true
	};
	if (!row->date_s)
		row->date_s = 1; /* as import_message has it */
	return mailfile_flags_parse(f.flags, &x->w->mem, &row->flags);
}

static int ask_rows(struct reading *x, uint32_t first, uint32_t last)
{
	char command[100];

	snprintf(command, sizeof command, "FETCH %u:%u (UID FLAGS INTERNALDATE RFC822.SIZE)", first,
	         last);
	return imap_link_run(x->w->l, span_str(command), note_row, x);
}

/* ---- those that are here already ---- */

static int note_header(const struct imap_answer *a, void *arg)
{
	struct reading *x = arg;
	struct imap_fetched f;

	if (!is_fetched(x, a, &f) || !f.has_body)
		return 0;
	struct row *row = row_of(x, f.uid);
	if (!row || !row->wanted)
		return 0;
	int found = present_find_header(&x->w->m->present, row->size, row->date_s, f.body);
	if (found > 0) {
		row->wanted = false;
		x->w->m->n_present++;
		x->w->m->progress.messages++;
	}
	return found < 0 ? found : 0;
}

/* ---- those that are not ---- */

static int note_body(const struct imap_answer *a, void *arg)
{
	struct reading *x = arg;
	struct imap_fetched f;
	char name[64];

	if (!is_fetched(x, a, &f) || !f.has_body)
		return 0;
	struct row *row = row_of(x, f.uid);
	if (!row || !row->wanted)
		return 0;
	row->wanted = false;
	struct import_message one = { .name = name_of(row, name),
		                      .text = f.body,
		                      .date_s = row->date_s,
		                      .flags = row->flags };
	return import_message(x->w->m, &one);
}

/* One command for so many of those that are wanted; *i moves on. */
static int ask_group(struct reading *x, size_t *i, bool headers)
{
	AUTO_BUF command = BUF(COMMAND_BYTES);
	struct import *m = x->w->m;
	uint64_t octets = 0;
	size_t n = 0;

	buf_puts(&command, "UID FETCH ");
	for (; *i < x->n && n < GROUP_MESSAGES && octets < GROUP_BYTES; (*i)++) {
		struct row *row = &x->w->rows[*i];
		bool may = present_may_have(&m->present, row->size, row->date_s);
		if (!row->wanted || (headers && !may))
			continue;
		buf_printf(&command, "%s%u", n++ ? "," : "", row->uid);
		octets += headers ? 0 : row->size;
	}
	buf_puts(&command, headers ? " (UID BODY.PEEK[HEADER])" : " (UID BODY.PEEK[])");
	if (!n)
		return 0;
	return imap_link_run(x->w->l, buf_span(&command), headers ? note_header : note_body, x);
}

static int ask_all(struct reading *x, bool headers)
{
	int r = 0;

	for (size_t i = 0; i < x->n && (r >= 0 || r == ERR_REFUSED);)
		r = ask_group(x, &i, headers);
	return r == ERR_REFUSED ? 0 : r; /* what did not come is told below */
}

static void refuse_big(struct reading *x)
{
	struct import *m = x->w->m;
	char name[64];

	for (size_t i = 0; i < x->n; i++) {
		struct row *row = &x->w->rows[i];
		if (row->size <= m->size_max)
			continue;
		row->wanted = false;
		import_refuse(m, name_of(row, name), "%ju octets; smtp.size_max permits %ju",
		              (uintmax_t)row->size, (uintmax_t)m->size_max);
	}
}

static void refuse_missing(struct reading *x)
{
	char name[64];

	for (size_t i = 0; i < x->n; i++)
		if (x->w->rows[i].wanted)
			import_refuse(x->w->m, name_of(&x->w->rows[i], name),
			              "the other server did not give it: %s", x->w->l->said);
}

static int window(struct window *w)
{
	struct reading x = { .w = w };
	uint32_t first = (uint32_t)w->next;
	uint32_t last = w->exists - first < WINDOW ? w->exists : first + WINDOW - 1;

	w->next = (uint64_t)last + 1;
	int r = ask_rows(&x, first, last);
	if (r >= 0) {
		refuse_big(&x);
		r = ask_all(&x, true);
	}
	if (r >= 0)
		r = ask_all(&x, false);
	if (r >= 0)
		refuse_missing(&x);
	arena_reset(&w->mem);
	w->m->progress.done = last;
	return r;
}

static int select_box(struct window *w, struct span name)
{
	AUTO_BUF command = BUF(COMMAND_BYTES);
	struct reading x = { .w = w };

	buf_puts(&command, "EXAMINE ");
	int r = imap_put_string(&command, name, false);
	if (r < 0 || span_find(buf_span(&command), '\n') >= 0) {
		import_refuse(w->m, "a mailbox", "%.*s cannot be asked for", SPAN_ARG(name));
		return ERR_REFUSED;
	}
	r = imap_link_run(w->l, buf_span(&command), note_selected, &x);
	if (r == ERR_REFUSED)
		import_refuse(w->m, "a mailbox", "%.*s: %s", SPAN_ARG(name), w->l->said);
	return r;
}

int import_imap_messages(struct import *m, struct imap_link *l, struct span name)
{
	AUTO_ARENA mem = { 0 };
	struct window *w = arena_alloc(&mem, sizeof *w + WINDOW * sizeof w->rows[0]);

	if (!w)
		return cli_fail("no memory for messages"), ERR_NO_MEMORY;
	w->m = m;
	w->l = l;
	w->next = 1;
	int r = select_box(w, name);
	m->progress.total = w->exists;
	while (r >= 0 && w->next <= w->exists)
		r = window(w);
	arena_fini(&w->mem);
	if (r == ERR_REFUSED && w->next > 1)
		return cli_fail("the other server does not tell of its messages: %s", l->said), r;
	return r == ERR_REFUSED ? 0 : r;
}

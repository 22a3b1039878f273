/* What LIST and LSUB show (imapd/list/rows.h): RFC 5258 5, RFC 3501 6.3.9. */
#include "imapd/list/rows.h"

#include <stdlib.h>

#include "test.h"
#include "wire/imap/name.h"

/* A name, "*" before it: subscribed, "-": no mailbox. */
static const char *const example_9[] = { "-*qux2/bar2",  "*baz2/bar2", "*baz2/bar22",
	                                 "*baz2/bar222", "*eps2",      "*eps2/mamba",
	                                 "*foo2/bar1",   "*foo2/bar2", "baz2",
	                                 "foo2" };

static int by_path(const void *a, const void *b)
{
	const struct mailbox_info *x = a, *y = b;

	return span_cmp(x->path, y->path);
}

static size_t make(const char *const *names, size_t n, struct mailbox_info *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = names[i];
		out[i] = (struct mailbox_info){ .mailbox = (uint32_t)i + 1 };
		if (*name == '-') {
			out[i].mailbox = 0;
			name++;
		}
		if (*name == '*') {
			out[i].subscribed = true;
			name++;
		}
		out[i].path = span_str(name);
		out[i].role = span_eq(out[i].path, SPAN("eps2/mamba")) ? MAILBOX_SENT : 0;
	}
	qsort(out, n, sizeof *out, by_path);
	return n;
}

static void shown(struct span pattern, unsigned select, bool lsub, struct span want)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1000);
	struct mailbox_info all[N_ELEMS(example_9)];
	struct imap_list a = { .select = select, .patterns = &pattern, .n_patterns = 1 };
	struct imapd_list_row *rows;
	size_t n = make(example_9, N_ELEMS(example_9), all);
	bool levels = lsub || select & IMAP_LIST_SELECT_RECURSIVEMATCH;

	CHECK_INT(imapd_list_rows(all, n, levels, &mem, &rows, &n), 0);
	for (size_t i = 0; i < n; i++)
		rows[i].fits = imap_pattern_fits(pattern, rows[i].m->path, '/');
	imapd_list_look_below(&a, lsub, rows, n);
	for (size_t i = 0; i < n; i++) {
		if (!imapd_list_shows(&a, lsub, &rows[i]))
			continue;
		buf_printf(&text, "%s%s%.*s%s", rows[i].m->mailbox ? "" : "-",
		           rows[i].m->subscribed ? "*" : "", SPAN_ARG(rows[i].m->path),
		           rows[i].children ? "+" : "");
		imapd_list_put_childinfo(&a, &rows[i], &text);
		buf_putc(&text, '\n');
	}
	CHECK_SPAN(buf_span(&text), want);
}

enum {
	SUBSCRIBED = IMAP_LIST_SELECT_SUBSCRIBED,
	RECURSIVE = IMAP_LIST_SELECT_RECURSIVEMATCH,
	SPECIAL = IMAP_LIST_SELECT_SPECIAL_USE,
};

TEST(rfc_5258_5_example_9)
{
	shown(SPAN("*2"), SUBSCRIBED | RECURSIVE, false,
	      SPAN("*baz2/bar2\n*baz2/bar22\n*baz2/bar222\n"
	           "*eps2+ (\"CHILDINFO\" (\"SUBSCRIBED\"))\n"
	           "foo2+ (\"CHILDINFO\" (\"SUBSCRIBED\"))\n*foo2/bar2\n-*qux2/bar2\n"));
	shown(SPAN("%"), SUBSCRIBED | RECURSIVE, false,
	      SPAN("baz2+ (\"CHILDINFO\" (\"SUBSCRIBED\"))\n*eps2+ (\"CHILDINFO\" "
	           "(\"SUBSCRIBED\"))\n"
	           "foo2+ (\"CHILDINFO\" (\"SUBSCRIBED\"))\n-qux2 (\"CHILDINFO\" "
	           "(\"SUBSCRIBED\"))\n"));
}

TEST(what_is_selected)
{
	shown(SPAN("%"), 0, false, SPAN("baz2+\n*eps2+\nfoo2+\n"));
	shown(SPAN("%"), SUBSCRIBED, false, SPAN("*eps2+\n"));
	shown(SPAN("q*"), SUBSCRIBED, false, SPAN("-*qux2/bar2\n"));
	shown(SPAN("q*"), 0, false, SPAN(""));
	shown(SPAN("*"), SPECIAL, false, SPAN("*eps2/mamba\n"));
	shown(SPAN("%"), SPECIAL | SUBSCRIBED | RECURSIVE, false,
	      SPAN("*eps2+ (\"CHILDINFO\" (\"SUBSCRIBED\" \"SPECIAL-USE\"))\n"));
}

/* RFC 3501 6.3.9: a level above a subscribed name that % does not show. */
TEST(lsub_names_levels)
{
	shown(SPAN("%"), 0, true, SPAN("baz2+\n*eps2+\nfoo2+\n-qux2\n"));
	shown(SPAN("*"), 0, true,
	      SPAN("*baz2/bar2\n*baz2/bar22\n*baz2/bar222\n*eps2+\n*eps2/mamba\n*foo2/bar1\n"
	           "*foo2/bar2\n-*qux2/bar2\n"));
}

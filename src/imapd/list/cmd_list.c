/* imapd/list/cmd_list.c - LIST and LSUB.
 *
 * RFC 3501 6.3.8, 6.3.9; RFC 5258 (LIST-EXTENDED); RFC 5819 (LIST-STATUS); RFC 6154.
 */
#include "imapd/list/rows.h"
#include "imapd/name.h"
#include "wire/imap/args/mailbox.h"
#include "wire/imap/name.h"

enum { STEPS_AT_ONCE = 1 << 16, STEPS_MAX = 2000000000 }; /* octets of a pattern and of a name */

struct listing {
	const struct imap_list *args;
	bool lsub;
	struct span *patterns; /* with the reference in front */
	struct imapd_list_row *rows;
	size_t n;
};

/* The names of the account, in order of path; all of them, or ERR_NO_MEMORY and others. */
static WAITS int names(struct imapd_session *s, struct imapd_call *c, struct mailbox_info **out,
                       size_t *n)
{
	struct mailbox_list_args a = { .ticket = imapd_ticket(s) };
	size_t room = 0;

	*out = NULL;
	*n = 0;
	for (bool done = false; !done;) {
		struct mailbox_list_reply got;
		int r = mailbox_list(&a, &c->mem, &got); /* WAITS */
		if (r < 0)
			return r;
		if (*n + got.n_mailboxes > room) {
			room = 2 * room + got.n_mailboxes;
			struct mailbox_info *more = arena_array(&c->mem, struct mailbox_info, room);
			if (!more)
				return ERR_NO_MEMORY;
			if (*n)
				memcpy(more, *out, *n * sizeof *more);
			*out = more;
		}
		if (got.n_mailboxes) {
			memcpy(*out + *n, got.mailboxes, got.n_mailboxes * sizeof **out);
			*n += got.n_mailboxes;
			a.after = (*out)[*n - 1].path;
		}
		done = got.done || !got.n_mailboxes;
	}
	return 0;
}

static int join_patterns(struct listing *l, struct arena *mem)
{
	const struct imap_list *a = l->args;

	l->patterns = arena_array(mem, struct span, a->n_patterns + 1);
	for (size_t i = 0; l->patterns && i < a->n_patterns; i++)
		l->patterns[i] = span_str(arena_printf(mem, "%.*s%.*s", SPAN_ARG(a->reference),
		                                       SPAN_ARG(a->patterns[i])));
	return l->patterns ? 0 : ERR_NO_MEMORY;
}

/* Patterns of many wildcards are dear: others run meanwhile, and there is an end. */
static WAITS int fit(struct imapd_call *c, struct listing *l)
{
	uint64_t steps = 0, yielded = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct span path = l->rows[i].m->path;
		for (size_t k = 0; k < l->args->n_patterns && !l->rows[i].fits; k++) {
			l->rows[i].fits = imap_pattern_fits(l->patterns[k], path, '/');
			steps += (uint64_t)path.n * l->patterns[k].n;
		}
		if (steps > STEPS_MAX)
			return imapd_no(c, "LIMIT",
			                "Too much is to be compared with these patterns");
		if (steps - yielded > STEPS_AT_ONCE) {
			yielded = steps;
			if (fibre_yield() == ERR_CANCELLED) /* WAITS */
				return ERR_CANCELLED;
		}
	}
	return 0;
}

static void put_word(struct buf *out, const char **between, bool holds, const char *word)
{
	if (!holds || !word)
		return;
	buf_printf(out, "%s%s", *between, word);
	*between = " ";
}

static int put_row(struct imapd_session *s, struct imapd_call *c, const struct listing *l,
                   const struct imapd_list_row *row)
{
	const struct mailbox_info *m = row->m;
	bool tell_subscribed = l->args->returns & IMAP_LIST_RETURN_SUBSCRIBED;
	const char *between = "";

	buf_puts(&c->out, l->lsub ? "* LSUB (" : "* LIST (");
	put_word(&c->out, &between, !l->lsub && !m->mailbox, "\\NonExistent");
	put_word(&c->out, &between, l->lsub ? !m->subscribed : m->mailbox && !m->selectable,
	         "\\Noselect");
	put_word(&c->out, &between, !l->lsub && (m->mailbox || row->children),
	         row->children ? "\\HasChildren" : "\\HasNoChildren");
	put_word(&c->out, &between, !l->lsub && tell_subscribed && m->subscribed, "\\Subscribed");
	put_word(&c->out, &between, !l->lsub, imapd_use_word(m->role));
	buf_puts(&c->out, ") \"/\" ");
	imap_put_mailbox(&c->out, m->path, imapd_utf8(s));
	imapd_list_put_childinfo(l->args, row, &c->out);
	return buf_puts(&c->out, "\r\n");
}

static WAITS int put_rows(struct imapd_session *s, struct imapd_call *c, const struct listing *l)
{
	const struct imap_list *a = l->args;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < l->n; i++) {
		const struct imapd_list_row *row = &l->rows[i];
		if (!imapd_list_shows(a, l->lsub, row))
			continue;
		r = put_row(s, c, l, row);
		if (r >= 0 && (a->returns & IMAP_LIST_RETURN_STATUS) && row->m->selectable)
			r = imapd_put_status(s, c, row->m, a->status_items); /* WAITS */
		if (r >= 0)
			r = imapd_ease(s, c); /* WAITS */
	}
	return r;
}

static WAITS int list(struct imapd_session *s, struct imapd_call *c, const struct imap_list *a,
                      bool lsub)
{
	struct listing l = { .args = a, .lsub = lsub };
	struct mailbox_info *all;
	size_t n;
	bool levels = lsub || a->select & IMAP_LIST_SELECT_RECURSIVEMATCH;
	int r = join_patterns(&l, &c->mem);

	if (r >= 0 && a->status_items & IMAP_STATUS_HIGHESTMODSEQ)
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0)
		r = names(s, c, &all, &n); /* WAITS */
	if (r >= 0)
		r = imapd_list_rows(all, n, levels, &c->mem, &l.rows, &l.n);
	if (r >= 0)
		r = fit(c, &l); /* WAITS */
	if (r < 0)
		return r;
	imapd_list_look_below(a, lsub, l.rows, l.n);
	return put_rows(s, c, &l); /* WAITS */
}

WAITS int imapd_cmd_list(struct imapd_session *s, struct imapd_call *c)
{
	bool lsub = c->cmd.verb == IMAP_VERB_LSUB;
	struct imap_list a;
	int r = imapd_bad(c, lsub ? imap_lsub_parse(&c->args, &a) : imap_list_parse(&c->args, &a));

	if (r < 0)
		return r;
	if (!lsub && !a.extended && a.n_patterns == 1 && !a.patterns[0].n)
		return buf_puts(&c->out, "* LIST (\\Noselect) \"/\" \"\"\r\n");
	return list(s, c, &a, lsub); /* WAITS */
}

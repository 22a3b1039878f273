/* imapd/cmd_list.c - LIST and LSUB.
 *
 * RFC 3501 6.3.8, 6.3.9; RFC 5258 (LIST-EXTENDED); RFC 5819 (LIST-STATUS); RFC 6154.
 */
#include "imapd/name.h"
#include "wire/imap/args/list.h"
#include "wire/imap/args/mailbox.h"
#include "wire/imap/name.h"

static bool fits(const struct imap_list *a, struct span path, struct arena *mem)
{
	for (size_t i = 0; i < a->n_patterns; i++) {
		struct span pattern = a->patterns[i];
		if (a->reference.n)
			pattern = span_str(arena_printf(mem, "%.*s%.*s", SPAN_ARG(a->reference),
			                                SPAN_ARG(pattern)));
		if (imap_pattern_fits(pattern, path, '/'))
			return true;
	}
	return false;
}

/* All that lies below a name stands somewhere behind it, among names that begin like it.  With
 * `hidden`: a subscribed one that the patterns do not show (RFC 3501 6.3.9, RFC 5258 3.5). */
static bool has_below(const struct mailbox_list_reply *all, size_t at,
                      const struct imap_list *hidden, struct arena *mem)
{
	struct span path = all->mailboxes[at].path;

	for (size_t i = at + 1; i < all->n_mailboxes; i++) {
		const struct mailbox_info *m = &all->mailboxes[i];
		if (!span_starts(m->path, path))
			return false;
		if (m->path.p[path.n] != '/')
			continue;
		if (hidden ? m->subscribed && !fits(hidden, m->path, mem) : m->mailbox > 0)
			return true;
	}
	return false;
}

struct row {
	const struct mailbox_info *m;
	bool below, subscribed_below, lsub;
};

static void put_word(struct buf *out, const char **between, bool holds, const char *word)
{
	if (!holds || !word)
		return;
	buf_printf(out, "%s%s", *between, word);
	*between = " ";
}

static int put_row(struct imapd_session *s, struct imapd_call *c, const struct imap_list *a,
                   const struct row *row)
{
	const struct mailbox_info *m = row->m;
	bool tell_subscribed = (a->returns & IMAP_LIST_RETURN_SUBSCRIBED) ||
	                       (a->select & IMAP_LIST_SELECT_SUBSCRIBED);
	const char *between = "";

	buf_puts(&c->out, row->lsub ? "* LSUB (" : "* LIST (");
	put_word(&c->out, &between, !row->lsub && !m->mailbox, "\\NonExistent");
	put_word(&c->out, &between, row->lsub ? !m->subscribed : m->mailbox && !m->selectable,
	         "\\Noselect");
	put_word(&c->out, &between, !row->lsub && m->mailbox,
	         row->below ? "\\HasChildren" : "\\HasNoChildren");
	put_word(&c->out, &between, tell_subscribed && m->subscribed && !row->lsub, "\\Subscribed");
	put_word(&c->out, &between, !row->lsub, imapd_use_word(m->role));
	buf_puts(&c->out, ") \"/\" ");
	imap_put_mailbox(&c->out, m->path, imapd_utf8(s));
	if ((a->select & IMAP_LIST_SELECT_RECURSIVEMATCH) && row->subscribed_below)
		buf_puts(&c->out, " (\"CHILDINFO\" (\"SUBSCRIBED\"))");
	return buf_puts(&c->out, "\r\n");
}

static bool is_selected(const struct imap_list *a, const struct row *row)
{
	const struct mailbox_info *m = row->m;
	bool below =
	        (row->lsub || a->select & IMAP_LIST_SELECT_RECURSIVEMATCH) && row->subscribed_below;

	if ((row->lsub || a->select & IMAP_LIST_SELECT_SUBSCRIBED) && !m->subscribed && !below)
		return false;
	if ((a->select & IMAP_LIST_SELECT_SPECIAL_USE) && !imapd_use_word(m->role))
		return false;
	return m->mailbox || m->subscribed;
}

static WAITS int list_all(struct imapd_session *s, struct imapd_call *c, const struct imap_list *a,
                          bool lsub)
{
	struct mailbox_list_args args = { imapd_ticket(s) };
	struct mailbox_list_reply all;
	int r = mailbox_list(&args, &c->mem, &all); /* WAITS */

	if (r >= 0 && a->status_items & IMAP_STATUS_HIGHESTMODSEQ)
		r = imapd_condstore(s, c); /* WAITS */
	for (size_t i = 0; r >= 0 && i < all.n_mailboxes; i++) {
		struct row row = { .m = &all.mailboxes[i], .lsub = lsub };
		if (!fits(a, row.m->path, &c->mem))
			continue;
		row.below = has_below(&all, i, NULL, &c->mem);
		row.subscribed_below = has_below(&all, i, a, &c->mem);
		if (!is_selected(a, &row))
			continue;
		r = put_row(s, c, a, &row);
		if (r >= 0 && (a->returns & IMAP_LIST_RETURN_STATUS) && row.m->selectable)
			r = imapd_put_status(s, c, row.m, a->status_items);
		if (r >= 0)
			r = imapd_ease(s, c); /* WAITS */
	}
	return r;
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
	return list_all(s, c, &a, lsub); /* WAITS */
}

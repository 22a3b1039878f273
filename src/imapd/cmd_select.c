/* imapd/cmd_select.c - SELECT EXAMINE CLOSE UNSELECT EXPUNGE.
 *
 * RFC 3501 6.3.1, 6.3.2, 6.4.2, 6.4.3; RFC 3691; RFC 4315 2.1; RFC 7162 3.1.2 (HIGHESTMODSEQ).
 */
#include "imapd/flags.h"
#include "imapd/name.h"
#include "wire/imap/args/mailbox.h"
#include "wire/imap/args/store.h"

static WAITS int put_box(struct imapd_session *s, struct imapd_call *c,
                         const struct mailbox_info *m)
{
	const struct imapd_box *box = s->box;
	uint64_t all;
	int r = imapd_flags_all(s, c, &all); /* WAITS */

	if (r < 0)
		return r;
	buf_printf(&c->out, "* %u EXISTS\r\n", box->view.n);
	if (!imapd_enabled(s, IMAP_CAP(IMAP4REV2)))
		buf_puts(&c->out, "* 0 RECENT\r\n");
	buf_puts(&c->out, "* FLAGS ");
	r = imapd_put_flags(s, c, all, NULL); /* WAITS */
	if (r < 0)
		return r;
	buf_puts(&c->out, "\r\n* OK [PERMANENTFLAGS ");
	r = box->read_only ? buf_puts(&c->out, "()")
	                   : imapd_put_flags(s, c, all, "\\*"); /* WAITS */
	if (r < 0)
		return r;
	buf_puts(&c->out, "] These can be stored\r\n");
	buf_printf(&c->out, "* OK [UIDVALIDITY %u] UIDs are valid\r\n", box->uid_validity);
	buf_printf(&c->out, "* OK [UIDNEXT %u] The next UID\r\n", box->uid_next);
	buf_printf(&c->out, "* OK [HIGHESTMODSEQ %ju] The latest change\r\n",
	           (uintmax_t)(m->modseq ? m->modseq : 1));
	buf_printf(&c->out, "* OK [MAILBOXID (F%u)] Its id\r\n", m->mailbox);
	if (imapd_enabled(s, IMAP_CAP(IMAP4REV2))) { /* RFC 9051 6.3.2 */
		buf_puts(&c->out, "* LIST () \"/\" ");
		imap_put_mailbox(&c->out, m->path, true);
		buf_puts(&c->out, "\r\n");
	}
	return c->out.err;
}

WAITS int imapd_cmd_select(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_select a;
	struct mailbox_info m;
	int r = imapd_bad(c, imap_select_parse(&c->args, &a));

	if (r < 0)
		return r;
	if (a.has_qresync)
		return imapd_bad(c, imap_bad(&c->args, "QRESYNC is not enabled"));
	if (a.condstore)
		imapd_condstore(s);
	bool had = s->box;
	imapd_box_close(s); /* WAITS */
	if (had)            /* RFC 7162 3.2.11 */
		buf_puts(&c->out, "* OK [CLOSED] The mailbox before is closed\r\n");
	r = imapd_find(s, c, a.mailbox, &m); /* WAITS */
	if (r >= 0)
		r = imapd_box_open(s, &m, &c->mem); /* WAITS */
	if (r < 0)
		return r;
	s->box->read_only = c->cmd.verb == IMAP_VERB_EXAMINE;
	c->code = s->box->read_only ? "READ-ONLY" : "READ-WRITE";
	r = put_box(s, c, &m); /* WAITS */
	if (r < 0) {
		c->code = NULL;
		imapd_box_close(s); /* WAITS */
	}
	return r;
}

static WAITS int expunge(struct imapd_session *s, struct imapd_call *c,
                         const struct imap_set *picked, bool told)
{
	struct mailbox_expunge_args a = { .ticket = imapd_ticket(s),
		                          .mailbox = s->box->mailbox,
		                          .deleted_only = true };
	struct mailbox_expunge_reply got;
	size_t n = picked ? picked->n_runs : 0;

	if (picked && !n)
		return 0;
	if (n > MAILBOX_RUNS_MAX)
		return imapd_no(c, "LIMIT", "Too many pieces in one set");
	a.uids = arena_array(&c->mem, struct mailbox_run, n + 1);
	if (!a.uids)
		return ERR_NO_MEMORY;
	for (a.n_uids = 0; a.n_uids < n; a.n_uids++)
		a.uids[a.n_uids] = (struct mailbox_run){ picked->runs[a.n_uids].first,
			                                 picked->runs[a.n_uids].last -
			                                         picked->runs[a.n_uids].first + 1 };
	int r = mailbox_expunge(&a, &c->mem, &got); /* WAITS */
	for (size_t i = 0; told && r >= 0 && i < got.n_gone; i++)
		r = imapd_put_gone(s, c, got.gone[i].first, got.gone[i].count);
	return r;
}

WAITS int imapd_cmd_expunge(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_set set, picked;
	int r = imapd_bad(c, c->cmd.uid ? imap_uid_expunge_parse(&c->args, &set)
	                                : imap_take_end(&c->args));

	if (r >= 0 && s->box->read_only)
		return imapd_no(c, "CANNOT", "The mailbox is open to be read only");
	s->box->dirty = true;
	if (r >= 0)
		r = imapd_news(s, c,
		               true); /* WAITS: messages that it did not know it cannot mean */
	if (r >= 0 && c->cmd.uid)
		r = imapd_pick(s, c, &set, true, &picked);
	return r < 0 ? r : expunge(s, c, c->cmd.uid ? &picked : NULL, true); /* WAITS */
}

WAITS int imapd_cmd_close(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_take_end(&c->args));

	if (r >= 0 && c->cmd.verb == IMAP_VERB_CLOSE && !s->box->read_only)
		r = expunge(s, c, NULL, false); /* WAITS */
	if (r >= 0)
		imapd_box_close(s); /* WAITS */
	return r;
}

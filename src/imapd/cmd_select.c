/* imapd/cmd_select.c - SELECT EXAMINE CLOSE UNSELECT EXPUNGE.
 *
 * RFC 3501 6.3.1, 6.3.2, 6.4.2, 6.4.3; RFC 3691; RFC 4315 2.1; RFC 7162 3.1.2 (HIGHESTMODSEQ).
 */
#include "imapd/flags.h"
#include "imapd/name.h"
#include "wire/imap/args/mailbox.h"
#include "wire/imap/args/store.h"

/* RFC 3501 7.1: the number of the first message that is not seen. */
static WAITS int put_unseen(struct imapd_session *s, struct imapd_call *c)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_page_reply got;
	struct mailbox_page_args a = { .ticket = imapd_ticket(s),
		                       .mailbox = s->box->mailbox,
		                       .first = 1,
		                       .last = UINT32_MAX,
		                       .without = MAILBOX_SEEN,
		                       .max = 1 };
	int r = mailbox_page(&a, &mem, &got); /* WAITS */

	if (r < 0)
		return r;
	uint32_t number = got.n_entries ? view_number(&s->box->view, got.entries[0].uid) : 0;
	if (number)
		buf_printf(&c->out, "* OK [UNSEEN %u] The first that is not seen\r\n", number);
	return 0;
}

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
	r = m->unseen && !imapd_enabled(s, IMAP_CAP(IMAP4REV2)) ? put_unseen(s, c) : 0; /* WAITS */
	if (r < 0)
		return r;
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
	if (a.has_qresync && !imapd_enabled(s, IMAP_CAP(QRESYNC)))
		return imapd_bad(c, imap_bad(&c->args, "QRESYNC is not enabled"));
	bool had = s->box;
	imapd_box_close(s); /* WAITS */
	if (had)            /* RFC 7162 3.2.11 */
		buf_puts(&c->out, "* OK [CLOSED] The mailbox before is closed\r\n");
	if (a.condstore)
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0)
		r = imapd_find(s, c, a.mailbox, &m); /* WAITS */
	if (r >= 0)
		r = imapd_box_open(s, &m, &c->mem); /* WAITS */
	if (r < 0)
		return r;
	s->box->read_only = c->cmd.verb == IMAP_VERB_EXAMINE;
	c->code = s->box->read_only ? "READ-ONLY" : "READ-WRITE";
	r = put_box(s, c, &m); /* WAITS */
	if (r >= 0 && a.has_qresync)
		r = imapd_resync(s, c, &a.qresync); /* WAITS */
	if (r < 0) {
		c->code = NULL;
		imapd_box_close(s); /* WAITS */
	}
	return r;
}

/* One call of the store at a time; *all: nothing is left of those that it was asked for. */
static WAITS int expunge_some(struct imapd_session *s, struct imapd_call *c,
                              const struct mailbox_expunge_args *a, bool told, bool *all)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_expunge_reply got;
	uint32_t n = 0;
	int r = mailbox_expunge(a, &mem, &got); /* WAITS */

	for (size_t i = 0; r >= 0 && i < got.n_gone; i++)
		n += got.gone[i].count;
	if (r >= 0)
		*all = n < MAILBOX_ENTRIES_MAX;
	if (r < 0 || !n)
		return r;
	c->in_part = true;
	imapd_told_expunge(s, c, got.modseq);
	return told ? imapd_put_gone(s, c, got.gone, got.n_gone) : 0; /* WAITS */
}

/* picked NULL: of all messages. */
static WAITS int expunge(struct imapd_session *s, struct imapd_call *c,
                         const struct imap_set *picked, bool told)
{
	struct mailbox_expunge_args a = { .ticket = imapd_ticket(s),
		                          .mailbox = s->box->mailbox,
		                          .deleted_only = true };
	size_t n = picked ? picked->n_runs : 0, at = 0;
	int r = 0;

	if (picked && !(a.uids = arena_array(&c->mem, struct mailbox_run, MAILBOX_RUNS_MAX)))
		return ERR_NO_MEMORY;
	while (r >= 0 && (at < n || !picked)) {
		bool all = false;
		for (a.n_uids = 0; at < n && a.n_uids < MAILBOX_RUNS_MAX; at++)
			a.uids[a.n_uids++] =
			        (struct mailbox_run){ picked->runs[at].first,
				                      picked->runs[at].last -
				                              picked->runs[at].first + 1 };
		while (r >= 0 && !all)
			r = expunge_some(s, c, &a, told, &all); /* WAITS */
		if (!picked)
			break;
	}
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
	if (r >= 0)                         /* messages that it did not know it cannot mean */
		r = imapd_news(s, c, true); /* WAITS */
	if (r >= 0 && c->cmd.uid)
		r = imapd_pick(s, c, &set, true, &picked);
	return r < 0 ? r : expunge(s, c, c->cmd.uid ? &picked : NULL, true); /* WAITS */
}

/* What went is not told; so HIGHESTMODSEQ comes only where nothing else came in between (RFC 7162
 * 3.2.8). */
static WAITS int close_expunge(struct imapd_session *s, struct imapd_call *c)
{
	struct imapd_box *box = s->box;
	unsigned n_own = box->n_own;
	int r = 0;

	box->dirty = true;
	if (imapd_enabled(s, IMAP_CAP(QRESYNC)))
		r = imapd_news(s, c, true); /* WAITS */
	if (r >= 0)
		r = expunge(s, c, NULL, false); /* WAITS */
	if (box->n_own != n_own)
		c->code = NULL;
	return r;
}

WAITS int imapd_cmd_close(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_take_end(&c->args));

	if (r >= 0 && c->cmd.verb == IMAP_VERB_CLOSE && !s->box->read_only)
		r = close_expunge(s, c); /* WAITS */
	if (r >= 0)
		imapd_box_close(s); /* WAITS */
	return r;
}

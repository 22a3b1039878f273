/* imapd/cmd_names.c - STATUS CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE.
 *
 * RFC 3501 6.3.3-6.3.7, 6.3.10; RFC 6154 (USE); RFC 8474 4 (MAILBOXID).
 */
#include "imapd/name.h"
#include "wire/imap/args/mailbox.h"

WAITS int imapd_cmd_status(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_status a;
	struct mailbox_info m;
	int r = imapd_bad(c, imap_status_parse(&c->args, &a));

	if (r >= 0 && a.items & IMAP_STATUS_HIGHESTMODSEQ)
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0)
		r = imapd_find(s, c, a.mailbox, &m); /* WAITS */
	return r < 0 ? r : imapd_put_status(s, c, &m, a.items);
}

/* A path that can be made: no level of it is empty. */
static int check_path(struct imapd_call *c, struct span path)
{
	struct span level;
	unsigned n = 0;

	if (!path.n || path.p[0] == '/' || path.p[path.n - 1] == '/')
		return imapd_no(c, "CANNOT", "A level of the name is empty");
	for (struct span rest = path; span_split(&rest, '/', &level); n++)
		if (!level.n)
			return imapd_no(c, "CANNOT", "A level of the name is empty");
	if (path.n > MAILBOX_NAME_BYTES_MAX || n > MAILBOX_LEVELS_MAX)
		return imapd_no(c, "LIMIT", "The name is too long, or has too many levels");
	return 0;
}

static WAITS int name(struct imapd_session *s, struct imapd_call *c, enum mailbox_naming what,
                      uint32_t mailbox, struct span path, uint8_t role, struct mailbox_info *out)
{
	struct mailbox_name_args a = { imapd_ticket(s), (uint8_t)what, mailbox, path, role };
	int r = mailbox_name(&a, &c->mem, out); /* WAITS */

	return r == ERR_EXISTS ? imapd_no(c, "ALREADYEXISTS", "There is such a mailbox already")
	                       : r;
}

WAITS int imapd_cmd_create(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_create a;
	struct mailbox_info made;
	int r = imapd_bad(c, imap_create_parse(&c->args, &a));

	if (r == ERR_REFUSED)
		c->code = "USEATTR";
	if (r < 0)
		return r;
	if (imapd_role(a.uses) < 0)
		return imapd_no(c, "USEATTR",
		                "A mailbox has one use, and none shows what is in others");
	if (a.mailbox.n > 1 && a.mailbox.p[a.mailbox.n - 1] == '/')
		a.mailbox.n--; /* RFC 3501 6.3.3 */
	r = check_path(c, a.mailbox);
	if (r >= 0)
		r = name(s, c, MAILBOX_MAKE, 0, a.mailbox, (uint8_t)imapd_role(a.uses), &made);
	if (r == ERR_LIMIT && a.uses) /* RFC 6154 3 */
		return imapd_no(c, "USEATTR", "Another mailbox has that use");
	if (r >= 0)
		c->code = arena_printf(&c->mem, "MAILBOXID (F%u)", made.mailbox);
	return r;
}

static WAITS int number(struct imapd_session *s, struct imapd_call *c, struct span path,
                        uint32_t *out)
{
	struct mailbox_get_args a = { .ticket = imapd_ticket(s), .path = path };
	struct mailbox_info m;
	int r = mailbox_get(&a, &c->mem, &m); /* WAITS */

	if (r == ERR_NOT_FOUND)
		return imapd_no(c, "NONEXISTENT", "There is no such mailbox");
	if (r >= 0)
		*out = m.mailbox;
	return r;
}

WAITS int imapd_cmd_delete(struct imapd_session *s, struct imapd_call *c)
{
	struct span path;
	struct mailbox_info m;
	uint32_t mailbox = 0;
	int r = imapd_bad(c, imap_one_mailbox_parse(&c->args, &path));

	if (r >= 0 && span_eq(path, SPAN("INBOX")))
		return imapd_no(c, "CANNOT", "INBOX stays");
	if (r >= 0)
		r = number(s, c, path, &mailbox); /* WAITS */
	if (r >= 0 && s->box && s->box->mailbox == mailbox)
		imapd_box_close(s); /* WAITS */
	if (r < 0)
		return r;
	r = name(s, c, MAILBOX_REMOVE, mailbox, SPAN(""), 0, &m); /* WAITS */
	if (r == ERR_REFUSED)                                     /* RFC 9051 6.3.5 */
		return imapd_no(c, "HASCHILDREN", "A level with mailboxes below it stays");
	return r;
}

WAITS int imapd_cmd_rename(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_rename a;
	struct mailbox_info m;
	uint32_t mailbox = 0;
	int r = imapd_bad(c, imap_rename_parse(&c->args, &a));

	if (r >= 0)
		r = check_path(c, a.to);
	if (r >= 0)
		r = number(s, c, a.from, &mailbox);                          /* WAITS */
	return r < 0 ? r : name(s, c, MAILBOX_RENAME, mailbox, a.to, 0, &m); /* WAITS */
}

WAITS int imapd_cmd_subscribe(struct imapd_session *s, struct imapd_call *c)
{
	struct span path;
	struct mailbox_info m;
	int r = imapd_bad(c, imap_one_mailbox_parse(&c->args, &path));

	return r < 0 ? r
	             : name(s, c,
	                    c->cmd.verb == IMAP_VERB_SUBSCRIBE ? MAILBOX_SUBSCRIBE
	                                                       : MAILBOX_UNSUBSCRIBE,
	                    0, path, 0, &m); /* WAITS */
}

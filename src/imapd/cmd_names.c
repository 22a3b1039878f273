/* imapd/cmd_names.c - STATUS CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE, and quota.
 *
 * RFC 3501 6.3.3-6.3.7, 6.3.10; RFC 6154 (USE); RFC 9208.
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
		imapd_box_close(s);                                              /* WAITS */
	return r < 0 ? r : name(s, c, MAILBOX_REMOVE, mailbox, SPAN(""), 0, &m); /* WAITS */
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

static WAITS int put_quota(struct imapd_session *s, struct imapd_call *c)
{
	struct mailbox_list_args a = { imapd_ticket(s) };
	struct mailbox_list_reply all;
	int r = mailbox_list(&a, &c->mem, &all); /* WAITS */

	if (r < 0)
		return r;
	buf_puts(&c->out, "* QUOTA \"\" (");
	if (all.quota_octets) /* RFC 9208 5.1: units of 1,024 octets */
		buf_printf(&c->out, "STORAGE %ju %ju", (uintmax_t)(all.used_octets + 1023) / 1024,
		           (uintmax_t)all.quota_octets / 1024);
	return buf_puts(&c->out, ")\r\n");
}

WAITS int imapd_cmd_quota(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_set_quota set;
	struct mailbox_info m;
	struct span root = { 0 };
	int r;

	if (c->cmd.verb == IMAP_VERB_SETQUOTA) {
		r = imapd_bad(c, imap_set_quota_parse(&c->args, &set));
		return r < 0 ? r : imapd_no(c, "NOPERM", "Quota is the administrator's to set");
	}
	if (c->cmd.verb == IMAP_VERB_GETQUOTA) {
		r = imapd_bad(c, imap_get_quota_parse(&c->args, &root));
		if (r >= 0 && root.n)
			return imapd_no(c, "NONEXISTENT", "The one quota root is \"\"");
	} else {
		r = imapd_bad(c, imap_one_mailbox_parse(&c->args, &root));
		if (r >= 0)
			r = imapd_find(s, c, root, &m); /* WAITS */
		if (r >= 0) {
			buf_puts(&c->out, "* QUOTAROOT ");
			imap_put_mailbox(&c->out, root, imapd_utf8(s));
			buf_puts(&c->out, " \"\"\r\n");
		}
	}
	return r < 0 ? r : put_quota(s, c); /* WAITS */
}

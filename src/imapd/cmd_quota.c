/* imapd/cmd_quota.c - GETQUOTA GETQUOTAROOT SETQUOTA.  RFC 9208.
 *
 * An account that has a limit has one quota root, "", for all of its mailboxes; one without a limit
 * has none.
 */
#include "imapd/name.h"
#include "wire/imap/args/mailbox.h"

enum { UNIT_BYTES = 1024 }; /* RFC 9208 5.1 */

static bool has_root(const struct mailbox_list_reply *all)
{
	return all->quota_octets || all->quota_messages;
}

static int put_quota(struct imapd_call *c, const struct mailbox_list_reply *all)
{
	buf_puts(&c->out, "* QUOTA \"\" (");
	if (all->quota_octets)
		buf_printf(&c->out, "STORAGE %ju %ju",
		           (uintmax_t)(all->used_octets + UNIT_BYTES - 1) / UNIT_BYTES,
		           (uintmax_t)all->quota_octets / UNIT_BYTES);
	if (all->quota_messages)
		buf_printf(&c->out, "%sMESSAGE %ju %ju", all->quota_octets ? " " : "",
		           (uintmax_t)all->used_messages, (uintmax_t)all->quota_messages);
	return buf_puts(&c->out, ")\r\n");
}

static WAITS int get_quota(struct imapd_session *s, struct imapd_call *c)
{
	struct mailbox_list_args a = { .ticket = imapd_ticket(s) };
	struct mailbox_list_reply all;
	struct span root;
	int r = imapd_bad(c, imap_get_quota_parse(&c->args, &root));

	if (r >= 0)
		r = mailbox_list(&a, &c->mem, &all); /* WAITS */
	if (r >= 0 && (root.n || !has_root(&all)))
		return imapd_no(c, "NONEXISTENT", "There is no such quota root");
	return r < 0 ? r : put_quota(c, &all);
}

static WAITS int get_quota_root(struct imapd_session *s, struct imapd_call *c)
{
	struct mailbox_list_args a = { .ticket = imapd_ticket(s) };
	struct mailbox_list_reply all;
	struct mailbox_info m;
	struct span path;
	int r = imapd_bad(c, imap_one_mailbox_parse(&c->args, &path));

	if (r >= 0)
		r = imapd_find(s, c, path, &m); /* WAITS */
	if (r >= 0)
		r = mailbox_list(&a, &c->mem, &all); /* WAITS */
	if (r < 0)
		return r;
	buf_puts(&c->out, "* QUOTAROOT ");
	imap_put_mailbox(&c->out, path, imapd_utf8(s));
	buf_puts(&c->out, has_root(&all) ? " \"\"\r\n" : "\r\n");
	return has_root(&all) ? put_quota(c, &all) : c->out.err;
}

WAITS int imapd_cmd_quota(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_set_quota set;

	if (c->cmd.verb == IMAP_VERB_GETQUOTA)
		return get_quota(s, c); /* WAITS */
	if (c->cmd.verb == IMAP_VERB_GETQUOTAROOT)
		return get_quota_root(s, c); /* WAITS */
	int r = imapd_bad(c, imap_set_quota_parse(&c->args, &set));
	return r < 0 ? r : imapd_no(c, "NOPERM", "Quota is the administrator's to set");
}

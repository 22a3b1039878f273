/* imapd/name.c - see name.h. */
#include "imapd/name.h"

#include "wire/imap/args/mailbox.h"

static const uint8_t role_of[IMAP_USE_COUNT] = {
	[IMAP_USE_AT_ALL] = MAILBOX_ALL,       [IMAP_USE_AT_ARCHIVE] = MAILBOX_ARCHIVE,
	[IMAP_USE_AT_DRAFTS] = MAILBOX_DRAFTS, [IMAP_USE_AT_FLAGGED] = MAILBOX_FLAGGED_ROLE,
	[IMAP_USE_AT_JUNK] = MAILBOX_JUNK,     [IMAP_USE_AT_SENT] = MAILBOX_SENT,
	[IMAP_USE_AT_TRASH] = MAILBOX_TRASH,
};

const char *imapd_use_word(uint8_t role)
{
	for (unsigned use = 0; use < IMAP_USE_COUNT; use++)
		if (role_of[use] == role)
			return imap_use_word(use);
	return NULL;
}

int imapd_role(unsigned uses)
{
	if (!uses)
		return MAILBOX_NO_ROLE;
	if (uses & (IMAP_USE_ALL | IMAP_USE_FLAGGED))
		return ERR_LIMIT;
	for (unsigned use = 0; use < IMAP_USE_COUNT; use++)
		if (uses == 1u << use)
			return role_of[use];
	return ERR_LIMIT;
}

WAITS int imapd_find(struct imapd_session *s, struct imapd_call *c, struct span path,
                     struct mailbox_info *out)
{
	struct mailbox_get_args a = { .ticket = imapd_ticket(s), .path = path };
	int r = mailbox_get(&a, &c->mem, out); /* WAITS */

	if (r == ERR_NOT_FOUND)
		return imapd_no(c, "NONEXISTENT", "There is no such mailbox");
	if (r >= 0 && !out->selectable)
		return imapd_no(c, "NONEXISTENT", "That level holds no messages");
	return r;
}

static void put_item(struct imapd_session *s, struct buf *out, const struct mailbox_info *m,
                     enum imap_status_at item)
{
	uint64_t n = 0;

	switch (item) {
	case IMAP_STATUS_AT_MESSAGES: n = m->messages; break;
	case IMAP_STATUS_AT_UIDNEXT: n = m->uid_next; break;
	case IMAP_STATUS_AT_UIDVALIDITY: n = m->uid_validity; break;
	case IMAP_STATUS_AT_UNSEEN: n = m->unseen; break;
	case IMAP_STATUS_AT_DELETED: n = m->deleted; break;
	case IMAP_STATUS_AT_SIZE: n = m->octets; break;
	case IMAP_STATUS_AT_HIGHESTMODSEQ: n = m->modseq ? m->modseq : 1; break;
	case IMAP_STATUS_AT_APPENDLIMIT: n = (uint64_t)s->set->smtp_size_max; break;
	case IMAP_STATUS_AT_MAILBOXID:
		buf_printf(out, "%s (F%u)", imap_status_word(item), m->mailbox);
		return;
	default: break;
	}
	buf_printf(out, "%s %ju", imap_status_word(item), (uintmax_t)n);
}

/* RFC 9208 5.4: octets that EXPUNGE would give back. */
static WAITS int put_deleted_storage(struct imapd_session *s, struct imapd_call *c,
                                     const struct mailbox_info *m)
{
	struct mailbox_page_reply got = { 0 };
	uint64_t octets = 0;

	for (uint32_t first = 1; m->deleted && !got.done;) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_page_args a = { .ticket = imapd_ticket(s),
			                       .mailbox = m->mailbox,
			                       .first = first,
			                       .last = UINT32_MAX,
			                       .with = MAILBOX_DELETED,
			                       .max = MAILBOX_PAGE_MAX };
		int r = mailbox_page(&a, &mem, &got); /* WAITS */
		if (r < 0)
			return r;
		for (size_t i = 0; i < got.n_entries; i++)
			octets += got.entries[i].size;
		got.done |= !got.n_entries;
		first = got.n_entries ? got.entries[got.n_entries - 1].uid + 1 : first;
	}
	return buf_printf(&c->out, "DELETED-STORAGE %ju", (uintmax_t)octets);
}

WAITS int imapd_put_status(struct imapd_session *s, struct imapd_call *c,
                           const struct mailbox_info *m, unsigned items)
{
	const char *between = "";
	int r = 0;

	buf_puts(&c->out, "* STATUS ");
	imap_put_mailbox(&c->out, m->path, imapd_utf8(s));
	buf_puts(&c->out, " (");
	for (unsigned item = 0; r >= 0 && item < IMAP_STATUS_COUNT; item++) {
		if (!(items >> item & 1))
			continue;
		buf_puts(&c->out, between);
		if (item == IMAP_STATUS_AT_DELETED_STORAGE)
			r = put_deleted_storage(s, c, m); /* WAITS */
		else
			put_item(s, &c->out, m, item);
		between = " ";
	}
	if (r < 0)
		return r;
	return buf_puts(&c->out, ")\r\n");
}

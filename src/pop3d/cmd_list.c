/* pop3d/cmd_list.c - STAT LIST UIDL DELE RSET NOOP: the maildrop, counted, named and marked.
 *
 * RFC 1939 5, 7.  Sizes are the store's, asked when they are wanted; a message that somebody
 * removed meanwhile stays in the lists, with 0 octets, until the session ends.
 */
#include "pop3d/session.h"

enum { LINES_MAX = POP3D_OUT_BYTES + (32 << 10) };

/* The entries of UIDs first .. last. */
static WAITS int page(struct pop3d_session *s, uint32_t first, uint32_t last, struct arena *mem,
                      struct mailbox_page_reply *out)
{
	struct mailbox_page_args a = { .ticket = pop3d_ticket(s),
		                       .mailbox = s->mailbox,
		                       .first = first,
		                       .last = last,
		                       .max = MAILBOX_PAGE_MAX };

	return mailbox_page(&a, mem, out); /* WAITS */
}

WAITS int pop3d_open_maildrop(struct pop3d_session *s)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_get_args a = { .ticket = pop3d_ticket(s), .path = SPAN("INBOX") };
	struct mailbox_info info;
	int r = mailbox_get(&a, &mem, &info); /* WAITS */

	if (r < 0)
		return r;
	s->mailbox = info.mailbox;
	s->uid_validity = info.uid_validity;
	for (bool done = false; r >= 0 && !done;) {
		struct mailbox_page_reply got;
		arena_reset(&mem);
		r = page(s, view_last_uid(&s->drop.view) + 1, UINT32_MAX, &mem, &got); /* WAITS */
		for (size_t i = 0; r >= 0 && i < got.n_entries; i++)
			r = maildrop_add(&s->drop, got.entries[i].uid, got.entries[i].size);
		done = r < 0 || got.done || !got.n_entries;
	}
	if (r < 0)
		maildrop_fini(&s->drop);
	return r;
}

static uint32_t n_left(const struct pop3d_session *s)
{
	return s->drop.view.n - s->drop.n_marked;
}

static uint64_t octets_left(const struct pop3d_session *s)
{
	return s->drop.octets - s->drop.marked_octets;
}

WAITS int pop3d_tell_maildrop(struct pop3d_session *s)
{
	uint32_t n = n_left(s);

	return pop3d_ok(s, "%u message%s (%ju octets)", n, n == 1 ? "" : "s",
	                (uintmax_t)octets_left(s)); /* WAITS */
}

WAITS int pop3d_check_number(struct pop3d_session *s, uint32_t number)
{
	int r;

	if (!number || number > s->drop.view.n)
		r = pop3d_err(s, "", "No such message; the maildrop has %u",
		              s->drop.view.n); /* WAITS */
	else if (maildrop_is_marked(&s->drop, number))
		r = pop3d_err(s, "", "Message %u is deleted already", number); /* WAITS */
	else
		return 0;
	return r < 0 ? r : 1;
}

/* The size of a message that the client named; 1: a refusal was sent. */
static WAITS int find(struct pop3d_session *s, uint32_t number, uint32_t *size)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_page_reply got;
	uint32_t uid = view_uid(&s->drop.view, number);
	int r = pop3d_check_number(s, number); /* WAITS */

	if (r)
		return r;
	r = page(s, uid, uid, &mem, &got); /* WAITS */
	if (r < 0)
		r = pop3d_failed(s, r); /* WAITS */
	else if (!got.n_entries)
		r = pop3d_err(s, "", "Message %u was removed by another session", number);
	else {
		*size = got.entries[0].size;
		return 0;
	}
	return r < 0 ? r : 1;
}

WAITS int pop3d_cmd_stat(struct pop3d_session *s, const struct pop3_command *cmd)
{
	return pop3d_ok(s, "%u %ju", n_left(s), (uintmax_t)octets_left(s)); /* WAITS */
}

/* Lines for the messages from *next up to, and without, `number`, which are not there any more. */
static WAITS int list_gone(struct pop3d_session *s, struct buf *lines, uint32_t *next,
                           uint32_t number)
{
	int r = 0;

	for (; r >= 0 && *next < number; ++*next) {
		if (!maildrop_is_marked(&s->drop, *next))
			buf_printf(lines, "%u 0\r\n", *next);
		r = pop3d_ease(s, lines); /* WAITS */
	}
	return r;
}

static WAITS int list_page(struct pop3d_session *s, const struct mailbox_page_reply *got,
                           struct buf *lines, uint32_t *next)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < got->n_entries; i++) {
		uint32_t number = view_number(&s->drop.view, got->entries[i].uid);
		if (!number)
			continue;
		r = list_gone(s, lines, next, number); /* WAITS */
		if (!maildrop_is_marked(&s->drop, number))
			buf_printf(lines, "%u %u\r\n", number, got->entries[i].size);
		*next = number + 1;
	}
	return r < 0 ? r : pop3d_ease(s, lines); /* WAITS */
}

/* The status line comes with the first page, so that a fault can still be told in it. */
static WAITS int list_all(struct pop3d_session *s)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF lines = BUF(LINES_MAX);
	uint32_t last = view_last_uid(&s->drop.view), uid = 1, next = 1;
	bool begun = false;
	int r = 0;

	for (bool done = !last; r >= 0 && !done;) {
		struct mailbox_page_reply got;
		arena_reset(&mem);
		r = page(s, uid, last, &mem, &got); /* WAITS */
		if (r < 0)
			return begun ? r : pop3d_failed(s, r); /* WAITS */
		if (!begun)
			r = pop3d_tell_maildrop(s); /* WAITS */
		begun = true;
		if (r >= 0)
			r = list_page(s, &got, &lines, &next); /* WAITS */
		done = got.done || !got.n_entries;
		if (!done)
			uid = got.entries[got.n_entries - 1].uid + 1;
	}
	if (r >= 0 && !begun)
		r = pop3d_tell_maildrop(s); /* WAITS */
	if (r >= 0)
		r = list_gone(s, &lines, &next, s->drop.view.n + 1); /* WAITS */
	return r < 0 ? r : pop3d_end_lines(s, &lines);               /* WAITS */
}

WAITS int pop3d_cmd_list(struct pop3d_session *s, const struct pop3_command *cmd)
{
	uint32_t size;

	if (!cmd->numbered)
		return list_all(s);     /* WAITS */
	int r = find(s, cmd->n, &size); /* WAITS */
	return r < 0 ? r : r ? 0 : pop3d_ok(s, "%u %u", cmd->n, size);
}

static void put_name(struct pop3d_session *s, struct buf *out, uint32_t number)
{
	buf_printf(out, "%u %08x%08x", number, s->uid_validity, view_uid(&s->drop.view, number));
}

/* A UID is never given again under the same UIDVALIDITY, so the two are a name for ever. */
WAITS int pop3d_cmd_uidl(struct pop3d_session *s, const struct pop3_command *cmd)
{
	AUTO_BUF lines = BUF(LINES_MAX);
	int r = cmd->numbered ? pop3d_check_number(s, cmd->n) : 0; /* WAITS */

	if (r)
		return r < 0 ? r : 0;
	if (cmd->numbered) {
		put_name(s, &lines, cmd->n);
		return lines.err ? lines.err : pop3d_ok(s, "%s", buf_str(&lines)); /* WAITS */
	}
	r = pop3d_tell_maildrop(s); /* WAITS */
	for (uint32_t n = 1; r >= 0 && n <= s->drop.view.n; n++) {
		if (maildrop_is_marked(&s->drop, n))
			continue;
		put_name(s, &lines, n);
		buf_puts(&lines, "\r\n");
		r = pop3d_ease(s, &lines); /* WAITS */
	}
	return r < 0 ? r : pop3d_end_lines(s, &lines); /* WAITS */
}

WAITS int pop3d_cmd_dele(struct pop3d_session *s, const struct pop3_command *cmd)
{
	uint32_t size;
	int r = find(s, cmd->n, &size); /* WAITS */

	if (r)
		return r < 0 ? r : 0;
	r = maildrop_mark(&s->drop, cmd->n, size);
	if (r < 0)
		return pop3d_failed(s, r);                                /* WAITS */
	return pop3d_ok(s, "Message %u will be removed at QUIT", cmd->n); /* WAITS */
}

WAITS int pop3d_cmd_rset(struct pop3d_session *s, const struct pop3_command *cmd)
{
	maildrop_unmark_all(&s->drop);
	return pop3d_tell_maildrop(s); /* WAITS */
}

WAITS int pop3d_cmd_noop(struct pop3d_session *s, const struct pop3_command *cmd)
{
	return pop3d_ok(s, "Still here"); /* WAITS */
}

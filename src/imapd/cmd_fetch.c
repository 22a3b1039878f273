/* imapd/cmd_fetch.c - FETCH: rows by pages, and what has no section.
 *
 * RFC 3501 and RFC 9051 6.4.5, 7.4.2; RFC 7162 3.1.4 (CHANGEDSINCE); RFC 8474 5; RFC 8514 4.2.
 */
#include "imapd/fetch.h"

#include "base/event.h"
#include "base/base64.h"
#include "imapd/flags.h"
#include "wire/message/structure/structure.h"

enum {
	DAMAGED_NAMED = 20,
	INDEXED = IMAP_FETCH_ENVELOPE | IMAP_FETCH_BODY | IMAP_FETCH_BODYSTRUCTURE,
};

static void sep(struct buf *out, bool *first)
{
	if (!*first)
		buf_putc(out, ' ');
	*first = false;
}

static void put_date(struct buf *out, const char *word, int64_t unix_s)
{
	buf_printf(out, "%s ", word);
	imap_put_date_time(out, (struct imap_time){ .unix_s = unix_s });
}

static WAITS int put_envelope(struct imapd_call *c, struct imapd_message *m)
{
	struct message_envelope e;
	int r = imapd_message_envelope(m, &e); /* WAITS */

	return r < 0 ? r : message_envelope_print(&c->out, &e, imapd_utf8(m->session));
}

static WAITS int put_indexed(struct imapd_call *c, unsigned items, struct imapd_message *m,
                             bool *first)
{
	bool structure = items & (IMAP_FETCH_BODY | IMAP_FETCH_BODYSTRUCTURE);
	int r = structure ? imapd_message_know(m, true) : 0; /* WAITS */

	if (r >= 0 && items & IMAP_FETCH_ENVELOPE) {
		sep(&c->out, first);
		buf_puts(&c->out, "ENVELOPE ");
		r = put_envelope(c, m); /* WAITS */
	}
	for (unsigned i = IMAP_FETCH_BODY; r >= 0 && i <= IMAP_FETCH_BODYSTRUCTURE; i <<= 1) {
		if (!(items & i))
			continue;
		sep(&c->out, first);
		buf_puts(&c->out, i == IMAP_FETCH_BODY ? "BODY " : "BODYSTRUCTURE ");
		r = message_structure_print(&c->out, m->structure, i == IMAP_FETCH_BODYSTRUCTURE,
		                            imapd_utf8(m->session));
	}
	return r;
}

static WAITS int put_items(struct imapd_session *s, struct imapd_call *c, unsigned items,
                           const struct mailbox_entry *e, bool *first)
{
	int r = 0;

	if (items & IMAP_FETCH_UID)
		sep(&c->out, first), buf_printf(&c->out, "UID %u", e->uid);
	if (items & IMAP_FETCH_MODSEQ)
		sep(&c->out, first), buf_printf(&c->out, "MODSEQ (%ju)", (uintmax_t)e->modseq);
	if (items & IMAP_FETCH_FLAGS) {
		sep(&c->out, first);
		buf_puts(&c->out, "FLAGS ");
		r = imapd_put_flags(s, c, e->flags, NULL); /* WAITS */
	}
	if (items & IMAP_FETCH_INTERNALDATE)
		sep(&c->out, first), put_date(&c->out, "INTERNALDATE", e->date_s);
	if (items & IMAP_FETCH_RFC822_SIZE)
		sep(&c->out, first), buf_printf(&c->out, "RFC822.SIZE %u", e->size);
	if (items & IMAP_FETCH_EMAILID)
		sep(&c->out, first), buf_printf(&c->out, "EMAILID (M%jx-%x)", (uintmax_t)e->message,
		                                e->recipient);
	if (items & IMAP_FETCH_THREADID)
		sep(&c->out, first),
		        e->thread ? buf_printf(&c->out, "THREADID (T%jx)", (uintmax_t)e->thread)
		                  : buf_puts(&c->out, "THREADID NIL");
	if (items & IMAP_FETCH_SAVEDATE)
		sep(&c->out, first), put_date(&c->out, "SAVEDATE", e->saved_s);
	return r;
}

/* The others are given all the same; the command is answered when they are. */
static int note_damaged(const struct imapd_session *s, struct imapd_call *c,
                        const struct mailbox_entry *e)
{
	char id[ID_TEXT_LEN + 1];

	id_print(e->message, id);
	event_log(EVENT_message_damaged, "account=%s uid=%u message=%s reason=%s", s->login.account,
	          e->uid, id, err_str(ERR_CORRUPT));
	if (c->n_damaged++ < DAMAGED_NAMED)
		c->damaged = arena_printf(&c->mem, "%s%s%u", c->damaged ? c->damaged : "",
		                          c->damaged ? "," : "", e->uid);
	return c->damaged ? 0 : ERR_NO_MEMORY;
}

/* RFC 5530 3 CORRUPTION. */
static int answer_damaged(struct imapd_call *c)
{
	const char *more = c->n_damaged > DAMAGED_NAMED ? " and others" : "";
	const char *text = arena_printf(
	        &c->mem,
	        "The text of UID %s%s is damaged on the server and cannot be read; all else was "
	        "given. Expunge it, or ask the operator whether a backup has it",
	        c->damaged, more);

	return text ? imapd_no(c, "CORRUPTION", text) : ERR_NO_MEMORY;
}

static WAITS int put_row(struct imapd_session *s, struct imapd_call *c, const struct imap_fetch *f,
                         unsigned items, const struct mailbox_entry *e)
{
	uint32_t number = view_number(&s->box->view, e->uid);
	struct imapd_message m = { .session = s, .entry = e };
	size_t begun = c->out.n;
	bool first = true;

	if (!number)
		return 0;
	buf_printf(&c->out, "* %u FETCH (", number);
	int r = put_items(s, c, items, e, &first); /* WAITS */
	if (r >= 0 && items & INDEXED)
		r = put_indexed(c, items, &m, &first); /* WAITS */
	for (size_t i = 0; r >= 0 && i < f->n_sections; i++) {
		sep(&c->out, &first);
		r = imapd_put_section(s, c, &m, &f->sections[i], &begun); /* WAITS */
	}
	buf_puts(&c->out, ")\r\n");
	imapd_message_fini(&m);
	if (r < 0 && begun == SIZE_MAX)
		return ERR_CLOSED; /* in the middle of a literal nothing can be said */
	if (r < 0)
		c->out.n = begun;
	if (r == ERR_NOT_FOUND) /* it was expunged meanwhile */
		return 0;
	if (r == ERR_CORRUPT)
		r = note_damaged(s, c, e);
	return r < 0 ? r : imapd_ease(s, c); /* WAITS */
}

/* RFC 3501 6.4.5: what is fetched is seen. */
static WAITS int see(struct imapd_session *s, const struct imap_set *picked,
                     struct mailbox_entry *entries, size_t n, struct arena *mem)
{
	struct mailbox_flags_args a = { .ticket = imapd_ticket(s),
		                        .mailbox = s->box->mailbox,
		                        .how = MAILBOX_ADD,
		                        .flags = MAILBOX_SEEN,
		                        .unchanged_since = UINT64_MAX };
	struct mailbox_flags_reply got;

	a.uids = arena_array(mem, struct mailbox_run, n + 1);
	for (size_t i = 0; a.uids && i < n; i++)
		if (!(entries[i].flags & MAILBOX_SEEN) && imap_set_has(picked, entries[i].uid))
			a.uids[a.n_uids++] = (struct mailbox_run){ entries[i].uid, 1 };
	if (!a.uids || !a.n_uids)
		return a.uids ? 0 : ERR_NO_MEMORY;
	int r = mailbox_flags(&a, mem, &got); /* WAITS */
	if (r >= 0 && got.modseq)
		imapd_box_own(s->box, got.modseq);
	for (size_t i = 0, k = 0; r >= 0 && i < got.n_changed; i++) {
		while (k < n && entries[k].uid < got.changed[i].uid)
			k++;
		if (k == n || entries[k].uid != got.changed[i].uid)
			continue;
		entries[k].flags = got.changed[i].flags;
		entries[k].modseq = got.changed[i].modseq;
	}
	return r;
}

/* What is told of the flag that is set (RFC 7162 3.1.4.2, 3.2.4). */
static unsigned seen_items(const struct imapd_session *s)
{
	return IMAP_FETCH_FLAGS | (imapd_enabled(s, IMAP_CAP(CONDSTORE)) ? IMAP_FETCH_MODSEQ : 0) |
	       (imapd_enabled(s, IMAP_CAP(QRESYNC)) ? IMAP_FETCH_UID : 0);
}

static WAITS int fetch_page(struct imapd_session *s, struct imapd_call *c,
                            const struct imap_fetch *f, const struct imap_set *picked,
                            uint32_t *first, uint32_t last)
{
	AUTO_ARENA mem = { 0 };
	bool sees = f->sets_seen && !s->box->read_only;
	unsigned items = f->items | (sees ? seen_items(s) : 0) |
	                 (f->has_changed_since ? IMAP_FETCH_MODSEQ : 0);
	struct mailbox_page_args a = { .ticket = imapd_ticket(s),
		                       .mailbox = s->box->mailbox,
		                       .first = *first,
		                       .last = last,
		                       .since = f->has_changed_since ? f->changed_since : 0,
		                       .max = f->n_sections ? 100 : MAILBOX_PAGE_MAX,
		                       .want_cache = f->n_sections || f->items & INDEXED };
	struct mailbox_page_reply got;
	int r = mailbox_page(&a, &mem, &got); /* WAITS */

	if (r >= 0 && sees)
		r = see(s, picked, got.entries, got.n_entries, &mem); /* WAITS */
	for (size_t i = 0; r >= 0 && i < got.n_entries; i++)
		if (imap_set_has(picked, got.entries[i].uid))
			r = put_row(s, c, f, items, &got.entries[i]); /* WAITS */
	if (r < 0)
		return r;
	*first = got.n_entries ? got.entries[got.n_entries - 1].uid + 1 : 0;
	return got.done || !got.n_entries;
}

/* RFC 7162 3.2.6: before all FETCH.  `*` reaches what went from the end, too. */
static WAITS int vanished(struct imapd_session *s, struct imapd_call *c, const struct imap_fetch *f)
{
	struct imap_set known = { .runs = s->box->saved, .n_runs = s->box->n_saved };
	int r = f->set.saved ? 0 : imap_set_resolve(&f->set, s->box->uid_next - 1, &c->mem, &known);

	return r < 0 ? r : imapd_vanished(s, c, &known, f->changed_since); /* WAITS */
}

WAITS int imapd_cmd_fetch(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_fetch f;
	struct imap_set picked;
	int r = imapd_bad(c, imap_fetch_parse(&c->args, c->cmd.uid, &f));

	if (r >= 0 && f.vanished && !imapd_enabled(s, IMAP_CAP(QRESYNC)))
		return imapd_bad(c, imap_bad(&c->args, "QRESYNC is not enabled"));
	if (r >= 0)
		r = imapd_pick(s, c, &f.set, c->cmd.uid, &picked);
	if (r >= 0 && (f.has_changed_since || f.items & IMAP_FETCH_MODSEQ))
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0 && f.vanished)
		r = vanished(s, c, &f); /* WAITS */
	for (size_t i = 0, k; r >= 0 && i < picked.n_runs; i = k + 1) {
		uint32_t first = picked.runs[i].first;
		k = f.has_changed_since ? picked.n_runs - 1 : imapd_stretch(&picked, i);
		do
			r = fetch_page(s, c, &f, &picked, &first, picked.runs[k].last); /* WAITS */
		while (r == 0);
	}
	if (r >= 0 && c->damaged)
		return answer_damaged(c);
	return r < 0 ? r : 0;
}

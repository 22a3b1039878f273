/* imapd/resync.c - what a client missed: CONDSTORE and QRESYNC.
 *
 * RFC 7162 3.1 (CONDSTORE enabling commands), 3.2.5 (SELECT), 3.2.6 (UID FETCH), 3.2.10 (VANISHED).
 */
#include "imapd/flags.h"
#include "wire/imap/args/mailbox.h"

WAITS int imapd_put_modseq(struct imapd_session *s, struct imapd_call *c, bool always)
{
	struct imapd_box *box = s->box;
	struct mailbox_get_args a = { .ticket = imapd_ticket(s), .mailbox = box->mailbox };
	uint64_t heard = box->told < box->gone ? box->told : box->gone;
	struct mailbox_info m;
	int r = mailbox_get(&a, &c->mem, &m); /* WAITS */

	if (r < 0 || (!always && m.modseq <= heard))
		return r;
	uint64_t at = m.modseq < heard ? m.modseq : heard;
	r = buf_printf(&c->out, "* OK [HIGHESTMODSEQ %ju] All up to it was told\r\n",
	               (uintmax_t)(at ? at : 1));
	return r < 0 ? r : m.modseq > heard;
}

WAITS int imapd_condstore(struct imapd_session *s, struct imapd_call *c)
{
	if (imapd_enabled(s, IMAP_CAP(CONDSTORE)))
		return 0;
	s->enabled |= IMAP_CAP(CONDSTORE);
	int r = s->box ? imapd_put_modseq(s, c, true) : 0; /* WAITS */
	return r < 0 ? r : 0;
}

void imapd_told_expunge(struct imapd_session *s, struct imapd_call *c, uint64_t modseq)
{
	imapd_box_own(s->box, modseq);
	s->box->dirty = true;
	if (imapd_enabled(s, IMAP_CAP(QRESYNC)))
		c->code = arena_printf(&c->mem, "HIGHESTMODSEQ %ju", (uintmax_t)modseq);
}

static WAITS int put_runs(struct imapd_session *s, struct imapd_call *c,
                          const struct mailbox_run *runs, size_t n, struct arena *mem)
{
	struct imap_run *gone = arena_array(mem, struct imap_run, n + 1);

	if (!gone)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		gone[i] = (struct imap_run){ runs[i].first, runs[i].first + runs[i].count - 1 };
	return imapd_put_vanished(s, c, gone, n, true); /* WAITS */
}

/* The part of `known` from the UID on, as the store takes it. */
static size_t known_from(const struct imap_set *known, uint64_t first, struct mailbox_run *out)
{
	size_t n = 0;

	for (size_t i = 0; i < known->n_runs && n < MAILBOX_RUNS_MAX; i++) {
		struct imap_run run = known->runs[i];
		if (run.last < first)
			continue;
		if (run.first < first)
			run.first = (uint32_t)first;
		out[n++] = (struct mailbox_run){ run.first, run.last - run.first + 1 };
	}
	return n;
}

WAITS int imapd_vanished(struct imapd_session *s, struct imapd_call *c,
                         const struct imap_set *known, uint64_t since)
{
	struct mailbox_run *runs = arena_array(&c->mem, struct mailbox_run, MAILBOX_RUNS_MAX);
	uint64_t first = 1;

	if (!runs)
		return ERR_NO_MEMORY;
	for (;;) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_vanished_reply got;
		struct mailbox_vanished_args a = { .ticket = imapd_ticket(s),
			                           .mailbox = s->box->mailbox,
			                           .since = since,
			                           .known = runs,
			                           .n_known = known_from(known, first, runs) };
		if (!a.n_known)
			return 0;
		int r = mailbox_vanished(&a, &mem, &got); /* WAITS */
		if (r >= 0)
			r = put_runs(s, c, got.runs, got.n_runs, &mem); /* WAITS */
		if (r < 0)
			return r;
		const struct mailbox_run *last =
		        got.done ? &runs[a.n_known - 1] : &got.runs[got.n_runs - 1];
		first = (uint64_t)last->first + last->count;
	}
}

/* Below a message that still has the number that it had, nothing went: numbers only fall.  The
 * first UID of which that is not known. */
static uint64_t matched(const struct view *v, const struct imap_set *numbers,
                        const struct imap_set *uids)
{
	uint64_t first = 1;
	uint32_t from_number = 0, from_uid = 0; /* taken of the run */

	for (size_t i = 0, k = 0; i < numbers->n_runs && k < uids->n_runs;) {
		uint32_t number = numbers->runs[i].first + from_number;
		uint32_t uid = uids->runs[k].first + from_uid;
		uint32_t n = numbers->runs[i].last - number, m = uids->runs[k].last - uid;
		uint32_t more = n < m ? n : m;
		if (view_number(v, uid + more) != number + more)
			break;
		first = (uint64_t)uid + more + 1;
		from_number = n == more ? 0 : from_number + more + 1;
		from_uid = m == more ? 0 : from_uid + more + 1;
		i += n == more;
		k += m == more;
	}
	return first;
}

static WAITS int put_changes(struct imapd_session *s, struct imapd_call *c,
                             const struct imap_set *known, uint64_t since)
{
	uint32_t first = known->n_runs ? known->runs[0].first : 0;

	for (bool done = !known->n_runs; !done;) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_page_reply got;
		struct mailbox_page_args a = { .ticket = imapd_ticket(s),
			                       .mailbox = s->box->mailbox,
			                       .first = first,
			                       .last = known->runs[known->n_runs - 1].last,
			                       .since = since,
			                       .max = MAILBOX_PAGE_MAX };
		int r = mailbox_page(&a, &mem, &got); /* WAITS */
		for (size_t i = 0; r >= 0 && i < got.n_entries; i++) {
			const struct mailbox_entry *e = &got.entries[i];
			uint32_t number = view_number(&s->box->view, e->uid);
			if (number && imap_set_has(known, e->uid))
				r = imapd_put_change(s, c, number, e->uid, e->flags,
				                     e->modseq); /* WAITS */
		}
		if (r < 0)
			return r;
		done = got.done || !got.n_entries;
		first = done ? 0 : got.entries[got.n_entries - 1].uid + 1;
	}
	return 0;
}

WAITS int imapd_resync(struct imapd_session *s, struct imapd_call *c, const struct imap_qresync *q)
{
	struct imap_run all = { 1, s->box->uid_next > 1 ? s->box->uid_next - 1 : 1 };
	struct imap_set known = { .runs = &all, .n_runs = 1 };

	if (q->uid_validity != s->box->uid_validity) /* RFC 7162 3.2.5.1 */
		return 0;
	if (q->has_known_uids)
		known = q->known_uids;
	struct imap_set doubtful = known;
	uint64_t first = matched(&s->box->view, &q->match_seqs, &q->match_uids);
	struct imap_run *runs = arena_array(&c->mem, struct imap_run, known.n_runs + 1);
	if (!runs)
		return ERR_NO_MEMORY;
	doubtful.runs = runs;
	doubtful.n_runs = 0;
	for (size_t i = 0; i < known.n_runs; i++)
		if (known.runs[i].last >= first)
			runs[doubtful.n_runs++] = (struct imap_run){ known.runs[i].first < first
				                                             ? (uint32_t)first
				                                             : known.runs[i].first,
				                                     known.runs[i].last };
	int r = imapd_vanished(s, c, &doubtful, q->mod_seq);      /* WAITS */
	return r < 0 ? r : put_changes(s, c, &known, q->mod_seq); /* WAITS */
}

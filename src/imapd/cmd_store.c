/* imapd/cmd_store.c - STORE, COPY, MOVE.
 *
 * RFC 3501 6.4.6, 6.4.7; RFC 7162 3.1.3 (UNCHANGEDSINCE); RFC 4315 3 (COPYUID); RFC 6851 (MOVE).
 */
#include "imapd/flags.h"
#include "imapd/name.h"
#include "imapd/teach.h"
#include "wire/imap/args/store.h"

enum {
	STORE_RUNS_MAX = 2000, /* of a call */
	STORE_MESSAGES_MAX = 5000,
	COPY_RUNS_MAX = 40000, /* that its answer tells */
	COPYUID_BYTES_MAX = 1 << 20,
	FAILED_BYTES_MAX = 16 << 20, /* of MODIFIED: each message of a large mailbox alone */
};

/* Some of the picked messages, from *at and UID *uid on, as a call takes them. */
static size_t some(const struct imap_set *picked, size_t *at, uint32_t *uid,
                   struct mailbox_run *runs)
{
	uint32_t left = STORE_MESSAGES_MAX;
	size_t n = 0;

	while (*at < picked->n_runs && n < STORE_RUNS_MAX && left) {
		struct imap_run run = picked->runs[*at];
		uint32_t first = *uid > run.first ? *uid : run.first;
		uint32_t count = run.last - first + 1;
		bool all = count <= left;
		count = all ? count : left;
		runs[n++] = (struct mailbox_run){ first, count };
		left -= count;
		*uid = all ? 0 : first + count;
		*at += all;
	}
	return n;
}

/* RFC 7162 3.1.3. */
static WAITS int put_modseq(struct imapd_session *s, struct imapd_call *c, uint32_t number,
                            const struct mailbox_change *change)
{
	int r = buf_printf(&c->out, "* %u FETCH (UID %u MODSEQ (%ju))\r\n", number, change->uid,
	                   (uintmax_t)change->modseq);

	return r < 0 ? r : imapd_ease(s, c); /* WAITS */
}

static WAITS int tell(struct imapd_session *s, struct imapd_call *c, const struct imap_store *a,
                      const struct mailbox_flags_reply *got)
{
	int r = 0;

	if (got->modseq)
		imapd_box_own(s->box, got->modseq);
	for (size_t i = 0; r >= 0 && i < got->n_changed; i++) {
		const struct mailbox_change *change = &got->changed[i];
		uint32_t number = view_number(&s->box->view, change->uid);
		if (!number)
			continue;
		if (!a->silent)
			r = imapd_put_change(s, c, number, change->uid, change->flags,
			                     change->modseq); /* WAITS */
		else if (imapd_enabled(s, IMAP_CAP(CONDSTORE)))
			r = put_modseq(s, c, number, change); /* WAITS */
	}
	return r;
}

static void note_failed(struct imapd_session *s, struct imapd_call *c,
                        const struct mailbox_flags_reply *got, struct imap_runs_writer *w,
                        struct buf *failed)
{
	for (size_t i = 0; i < got->n_failed; i++)
		for (uint32_t n = 0; n < got->failed[i].count; n++) {
			uint32_t uid = got->failed[i].first + n;
			imap_runs_add(w, failed,
			              c->cmd.uid ? uid : view_number(&s->box->view, uid));
		}
}

static WAITS int store(struct imapd_session *s, struct imapd_call *c, const struct imap_store *a,
                       const struct imap_set *picked, uint64_t flags)
{
	static const uint8_t hows[] = { [IMAP_STORE_REPLACE] = MAILBOX_SET,
		                        [IMAP_STORE_ADD] = MAILBOX_ADD,
		                        [IMAP_STORE_REMOVE] = MAILBOX_TAKE };
	AUTO_BUF failed = BUF(FAILED_BYTES_MAX);
	struct imap_runs_writer w = { 0 };
	struct mailbox_run *runs = arena_array(&c->mem, struct mailbox_run, STORE_RUNS_MAX);
	uint32_t uid = 0;
	int r = runs ? 0 : ERR_NO_MEMORY;

	for (size_t at = 0; r >= 0 && at < picked->n_runs;) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_flags_args args = { .ticket = imapd_ticket(s),
			                           .mailbox = s->box->mailbox,
			                           .uids = runs,
			                           .n_uids = some(picked, &at, &uid, runs),
			                           .how = hows[a->how],
			                           .flags = flags,
			                           .unchanged_since = a->has_unchanged_since
			                                                      ? a->unchanged_since
			                                                      : UINT64_MAX };
		struct mailbox_flags_reply got;
		r = mailbox_flags(&args, &mem, &got); /* WAITS */
		c->in_part |= r >= 0 && got.n_changed;
		if (r >= 0)
			r = tell(s, c, a, &got); /* WAITS */
		if (r >= 0)
			note_failed(s, c, &got, &w, &failed);
		if (r >= 0)
			imapd_teach_flagged(s, a, got.changed, got.n_changed);
	}
	imap_runs_end(&w, &failed);
	if (r >= 0 && failed.n) {
		c->code = arena_printf(&c->mem, "MODIFIED %.*s", SPAN_ARG(buf_span(&failed)));
		c->text = "Some have changed since and were left";
	}
	return r;
}

WAITS int imapd_cmd_store(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_store a;
	struct imap_set picked;
	uint64_t flags = 0;
	int r = imapd_bad(c, imap_store_parse(&c->args, &a));

	if (r >= 0 && s->box->read_only)
		return imapd_no(c, "CANNOT", "The mailbox is open to be read only");
	if (r >= 0 && a.has_unchanged_since)
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0)
		r = imapd_pick(s, c, &a.set, c->cmd.uid, &picked);
	if (r >= 0)
		r = imapd_flags(s, c, &a.flags, &flags);    /* WAITS */
	return r < 0 ? r : store(s, c, &a, &picked, flags); /* WAITS */
}

static void put_uids(struct buf *out, const struct mailbox_run *runs, size_t n)
{
	struct imap_runs_writer w = { 0 };

	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < runs[i].count; k++)
			imap_runs_add(&w, out, runs[i].first + k);
	imap_runs_end(&w, out);
}

/* All or none, so by one call: of those that are left out it must be told, of those that are gone
 * it need not. */
static int copy_runs(struct imapd_session *s, struct imapd_call *c, const struct imap_set *picked,
                     struct mailbox_copy_args *a)
{
	struct imap_run *runs = arena_array(&c->mem, struct imap_run, picked->n_runs + 1);
	size_t n = picked->n_runs;

	if (!runs)
		return ERR_NO_MEMORY;
	if (n)
		memcpy(runs, picked->runs, n * sizeof *runs);
	n = view_join(&s->box->view, runs, n);
	if (n > MAILBOX_RUNS_MAX || picked->n_runs > COPY_RUNS_MAX)
		return imapd_no(c, "LIMIT", "Too many pieces in one set");
	a->uids = arena_array(&c->mem, struct mailbox_run, n + 1);
	for (; a->uids && a->n_uids < n; a->n_uids++) {
		struct imap_run run = runs[a->n_uids];
		a->uids[a->n_uids] = (struct mailbox_run){ run.first, run.last - run.first + 1 };
	}
	return a->uids ? 0 : ERR_NO_MEMORY;
}

/* NULL: it is too long, and may be left out (RFC 4315 3). */
static const char *copyuid(struct imapd_call *c, const struct mailbox_copy_reply *got)
{
	AUTO_BUF code = BUF(COPYUID_BYTES_MAX);

	buf_printf(&code, "COPYUID %u ", got->uid_validity);
	put_uids(&code, got->from, got->n_from);
	buf_putc(&code, ' ');
	put_uids(&code, got->to, got->n_to);
	return code.err ? NULL : arena_str(&c->mem, buf_span(&code));
}

static WAITS int copy(struct imapd_session *s, struct imapd_call *c, const struct imap_set *picked,
                      const struct mailbox_info *to)
{
	struct mailbox_copy_args a = { .ticket = imapd_ticket(s),
		                       .mailbox = s->box->mailbox,
		                       .to = to->mailbox,
		                       .move = c->cmd.verb == IMAP_VERB_MOVE };
	struct mailbox_copy_reply got;
	int r = copy_runs(s, c, picked, &a);

	if (r >= 0 && a.n_uids)
		r = mailbox_copy(&a, &c->mem, &got); /* WAITS */
	if (r < 0 || !a.n_uids || !got.n_from)
		return r;
	imapd_teach_moved(s, to, got.to, got.n_to);
	c->code = copyuid(c, &got);
	if (!a.move)
		return 0;
	if (c->code) /* RFC 6851 4.3: before the EXPUNGEs */
		buf_printf(&c->out, "* OK [%s] Moved\r\n", c->code);
	c->code = NULL;
	imapd_told_expunge(s, c, got.modseq);
	return imapd_put_gone(s, c, got.from, got.n_from); /* WAITS */
}

WAITS int imapd_cmd_copy(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_copy a;
	struct mailbox_info to;
	struct imap_set picked;
	int r = imapd_bad(c, imap_copy_parse(&c->args, &a));

	if (r >= 0 && s->box->read_only && c->cmd.verb == IMAP_VERB_MOVE)
		return imapd_no(c, "CANNOT", "The mailbox is open to be read only");
	if (r >= 0)
		r = imapd_pick(s, c, &a.set, c->cmd.uid, &picked);
	if (r < 0)
		return r;
	r = imapd_find(s, c, a.mailbox, &to); /* WAITS */
	if (r == ERR_REFUSED)
		c->code = "TRYCREATE";
	return r < 0 ? r : copy(s, c, &picked, &to); /* WAITS */
}

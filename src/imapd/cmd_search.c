/* imapd/cmd_search.c - SEARCH: which messages, and how it is told.
 *
 * RFC 3501 and RFC 9051 6.4.4; RFC 4731 (ESEARCH); RFC 5182 (SEARCHRES); RFC 7162 3.1.5.
 */
#include "imapd/search.h"

#include <stdlib.h>

struct result {
	const struct imap_search *args;
	bool by_uid;
	struct imap_runs_writer w;
	struct buf text; /* of numbers */
	struct imap_run *uids;
	size_t n_uids, room;
	uint32_t n, min, max;
	uint64_t modseq;
};

static int keep_uid(struct result *x, uint32_t uid)
{
	if (x->n_uids && x->uids[x->n_uids - 1].last + 1 == uid) {
		x->uids[x->n_uids - 1].last = uid;
		return 0;
	}
	if (x->n_uids == x->room) {
		size_t room = x->room ? 2 * x->room : 16;
		struct imap_run *uids = realloc(x->uids, room * sizeof *uids);
		if (!uids)
			return ERR_NO_MEMORY;
		x->uids = uids;
		x->room = room;
	}
	x->uids[x->n_uids++] = (struct imap_run){ uid, uid };
	return 0;
}

static int found(void *arg, const struct mailbox_entry *e, uint32_t number)
{
	struct result *x = arg;
	const struct imap_search *a = x->args;
	uint32_t told = x->by_uid ? e->uid : number;

	x->n++;
	x->min = x->min ? x->min : told;
	x->max = told;
	x->modseq = e->modseq > x->modseq ? e->modseq : x->modseq;
	if (!a->has_return)
		buf_printf(&x->text, " %u", told);
	else if (a->returns & IMAP_SEARCH_ALL)
		imap_runs_add(&x->w, &x->text, told);
	return a->returns & IMAP_SEARCH_SAVE ? keep_uid(x, e->uid) : x->text.err;
}

static void put_esearch(struct imapd_call *c, const struct imap_search *a, struct result *x)
{
	buf_puts(&c->out, "* ESEARCH (TAG ");
	imap_put_string(&c->out, c->cmd.tag, false);
	buf_puts(&c->out, c->cmd.uid ? ") UID" : ")");
	if (x->n && a->returns & IMAP_SEARCH_MIN)
		buf_printf(&c->out, " MIN %u", x->min);
	if (x->n && a->returns & IMAP_SEARCH_MAX)
		buf_printf(&c->out, " MAX %u", x->max);
	if (x->n && a->returns & IMAP_SEARCH_ALL) {
		imap_runs_end(&x->w, &x->text);
		buf_puts(&c->out, " ALL ");
		buf_put(&c->out, buf_span(&x->text));
	}
	if (a->returns & IMAP_SEARCH_COUNT)
		buf_printf(&c->out, " COUNT %u", x->n);
	if (x->n && a->has_mod_seq)
		buf_printf(&c->out, " MODSEQ %ju", (uintmax_t)x->modseq);
	buf_puts(&c->out, "\r\n");
}

static void put_result(struct imapd_call *c, const struct imap_search *a, struct result *x)
{
	if (a->has_return && a->returns == IMAP_SEARCH_SAVE)
		return;
	if (a->has_return) {
		put_esearch(c, a, x);
		return;
	}
	buf_puts(&c->out, "* SEARCH");
	buf_put(&c->out, buf_span(&x->text));
	if (x->n && a->has_mod_seq)
		buf_printf(&c->out, " (MODSEQ %ju)", (uintmax_t)x->modseq);
	buf_puts(&c->out, "\r\n");
}

/* RFC 5182 2.1: with MIN or MAX alone those are what is saved. */
static void save(struct imapd_session *s, const struct imap_search *a, struct result *x)
{
	unsigned ends = a->returns & (IMAP_SEARCH_MIN | IMAP_SEARCH_MAX);

	if (ends && !(a->returns & (IMAP_SEARCH_ALL | IMAP_SEARCH_COUNT)) && x->n_uids) {
		uint32_t min = x->uids[0].first, max = x->uids[x->n_uids - 1].last;
		size_t n = 0;
		if (ends & IMAP_SEARCH_MIN)
			x->uids[n++] = (struct imap_run){ min, min };
		if (ends & IMAP_SEARCH_MAX && (!n || max != min)) {
			if (n == x->room)
				n = 0;
			x->uids[n++] = (struct imap_run){ max, max };
		}
		x->n_uids = n;
	}
	free(s->box->saved);
	s->box->saved = TAKE(x->uids);
	s->box->n_saved = x->n_uids;
}

WAITS int imapd_cmd_search(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_search a;
	struct result x = { .args = &a, .by_uid = c->cmd.uid, .text = BUF(16 << 20) };
	int r = imapd_bad(c, imap_search_parse(&c->args, &a));

	if (r == ERR_REFUSED)
		c->code = "BADCHARSET (US-ASCII UTF-8)";
	if (r >= 0 && a.has_mod_seq)
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0 && imapd_enabled(s, IMAP_CAP(IMAP4REV2)) && !a.has_return) {
		a.has_return = true; /* RFC 9051 6.4.4: always ESEARCH */
		a.returns = IMAP_SEARCH_ALL;
	}
	if (r >= 0)
		r = imapd_search_each(s, c, &a, false, found, &x); /* WAITS */
	if (r >= 0)
		put_result(c, &a, &x);
	if (r >= 0 && a.returns & IMAP_SEARCH_SAVE)
		save(s, &a, &x);
	free(x.uids);
	buf_fini(&x.text);
	return r;
}

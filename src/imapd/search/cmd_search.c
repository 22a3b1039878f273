/* imapd/search/cmd_search.c - SEARCH: which messages, and how it is told.
 *
 * RFC 3501 and RFC 9051 6.4.4; RFC 4731 (ESEARCH); RFC 5182 (SEARCHRES); RFC 7162 3.1.5.
 */
#include "imapd/search/search.h"

#include <stdlib.h>

enum { SAVED_RUNS_MAX = 100000, TEXT_MAX = 16 << 20 };

struct result {
	const struct imap_search *args;
	bool by_uid;
	struct imap_runs_writer w;
	struct buf text; /* of numbers */
	struct imap_run *uids;
	size_t n_uids, room;
	uint32_t n, min, max, first_uid, last_uid;
	uint64_t min_modseq, max_modseq, highest;
};

/* MIN, MAX or both, without ALL and COUNT. */
static bool ends_are_enough(const struct imap_search *a)
{
	return a->returns & (IMAP_SEARCH_MIN | IMAP_SEARCH_MAX) &&
	       !(a->returns & (IMAP_SEARCH_ALL | IMAP_SEARCH_COUNT));
}

/* The first is all that is asked for. */
static bool first_is_enough(const struct imap_search *a)
{
	return ends_are_enough(a) && !(a->returns & IMAP_SEARCH_MAX);
}

/* For `$` (RFC 5182 2.1). */
static int keep_uid(struct result *x, uint32_t uid)
{
	if (x->n_uids && x->uids[x->n_uids - 1].last + 1 == uid) {
		x->uids[x->n_uids - 1].last = uid;
		return 0;
	}
	if (x->n_uids == SAVED_RUNS_MAX)
		return err(ERR_REFUSED, "the result has too many pieces to be saved");
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

static int keep_ends(struct result *x)
{
	bool min = x->args->returns & IMAP_SEARCH_MIN, max = x->args->returns & IMAP_SEARCH_MAX;
	int r = x->n && min ? keep_uid(x, x->first_uid) : 0;

	return r >= 0 && x->n && max && !(min && x->n == 1) ? keep_uid(x, x->last_uid) : r;
}

static int found(void *arg, const struct mailbox_entry *e, uint32_t number)
{
	struct result *x = arg;
	const struct imap_search *a = x->args;
	uint32_t told = x->by_uid ? e->uid : number;

	if (!x->n++) {
		x->min = told;
		x->first_uid = e->uid;
		x->min_modseq = e->modseq;
	}
	x->max = told;
	x->last_uid = e->uid;
	x->max_modseq = e->modseq;
	x->highest = e->modseq > x->highest ? e->modseq : x->highest;
	if (!a->has_return)
		buf_printf(&x->text, " %u", told);
	else if (a->returns & IMAP_SEARCH_ALL)
		imap_runs_add(&x->w, &x->text, told);
	int r = a->returns & IMAP_SEARCH_SAVE && !ends_are_enough(a) ? keep_uid(x, e->uid) : 0;
	return r < 0 ? r : x->text.err ? x->text.err : first_is_enough(a);
}

/* RFC 4731 3.2. */
static uint64_t modseq_of(const struct imap_search *a, const struct result *x)
{
	bool min = a->returns & IMAP_SEARCH_MIN, max = a->returns & IMAP_SEARCH_MAX;

	if (!ends_are_enough(a))
		return x->highest;
	return !max || (min && x->min_modseq > x->max_modseq) ? x->min_modseq : x->max_modseq;
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
		buf_printf(&c->out, " MODSEQ %ju", (uintmax_t)modseq_of(a, x));
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
		buf_printf(&c->out, " (MODSEQ %ju)", (uintmax_t)x->highest);
	buf_puts(&c->out, "\r\n");
}

/* `$` is the result; nothing when the search was refused, and what it was when it was none (RFC
 * 5182 2.1). */
static void save(struct imapd_session *s, struct result *x)
{
	free(s->box->saved);
	s->box->saved = TAKE(x->uids);
	s->box->n_saved = x->n_uids;
}

static WAITS int search(struct imapd_session *s, struct imapd_call *c, const struct imap_search *a)
{
	struct result x = { .args = a, .by_uid = c->cmd.uid, .text = BUF(TEXT_MAX) };
	int r = imapd_search_each(s, c, a, false, found, &x); /* WAITS */

	if (r == ERR_REFUSED && !c->code)
		c->code = "NOTSAVED";
	if (r >= 0 && a->returns & IMAP_SEARCH_SAVE && ends_are_enough(a))
		r = keep_ends(&x);
	if (r < 0)
		x.n_uids = 0;
	else
		put_result(c, a, &x);
	if (a->returns & IMAP_SEARCH_SAVE && !c->bad)
		save(s, &x);
	free(x.uids);
	buf_fini(&x.text);
	return r;
}

WAITS int imapd_cmd_search(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_search a = { 0 };
	int r = imapd_bad(c, imap_search_parse(&c->args, &a));

	if (r == ERR_REFUSED) {
		c->code = "BADCHARSET (US-ASCII UTF-8)";
		if (a.returns & IMAP_SEARCH_SAVE)
			save(s, &(struct result){ 0 });
	}
	if (r >= 0 && a.has_charset && imapd_enabled(s, IMAP_CAP(UTF8_ACCEPT))) /* RFC 6855 3 */
		return imapd_bad(c, imap_bad(&c->args, "with UTF8=ACCEPT there is no CHARSET"));
	if (r >= 0 && a.has_mod_seq)
		r = imapd_condstore(s, c); /* WAITS */
	if (r >= 0 && imapd_enabled(s, IMAP_CAP(IMAP4REV2)) && !a.has_return) {
		a.has_return = true; /* RFC 9051 6.4.4: always ESEARCH */
		a.returns = IMAP_SEARCH_ALL;
	}
	return r < 0 ? r : search(s, c, &a); /* WAITS */
}

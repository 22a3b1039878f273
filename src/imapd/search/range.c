/* imapd/search/range.c - where a search has to look, and the look through its pages. */
#include "imapd/flags.h"
#include "imapd/fronts.h"
#include "imapd/search/search.h"

/* The i-th key must be fitted by all that is found. */
static int narrow(const struct imapd_search *x, size_t i, struct arena *mem,
                  struct imapd_search_range *out)
{
	const struct imap_search_node *n = &x->args->nodes[i];

	switch (n->key) {
	case IMAP_KEY_SET:
	case IMAP_KEY_UID: return imap_set_meet(&out->uids, &x->sets[i], mem, &out->uids);
	case IMAP_KEY_FLAG:
		*(n->no ? &out->without : &out->with) |= imapd_stored_flags(n->flag);
		break;
	case IMAP_KEY_UNKEYWORD: out->without |= x->keywords[i]; break;
	case IMAP_KEY_KEYWORD:
		out->with |= x->keywords[i];
		if (!x->keywords[i]) /* no message of the account has it */
			out->uids.n_runs = 0;
		break;
	case IMAP_KEY_MODSEQ:
		if (n->number > out->since + 1)
			out->since = n->number - 1;
		break;
	default: break;
	}
	return 0;
}

int imapd_search_narrow(const struct imapd_search *x, struct arena *mem,
                        struct imapd_search_range *out)
{
	struct imap_run *all = arena_new(mem, struct imap_run);
	uint32_t last = view_last_uid(&x->session->box->view);
	int r = 0;

	if (!all)
		return ERR_NO_MEMORY;
	*all = (struct imap_run){ 1, last };
	*out = (struct imapd_search_range){ .uids = { .runs = all, .n_runs = last > 0 } };
	for (size_t i = 1; r >= 0 && i < x->args->n_nodes;) {
		const struct imap_search_node *n = &x->args->nodes[i];
		r = narrow(x, i, mem, out);
		i = n->key == IMAP_KEY_AND ? i + 1 : n->end; /* those within ( ) too */
	}
	return r;
}

enum { FRONT_BYTES = 64 << 10 }; /* of a message, before it is read by itself */

struct page {
	struct mailbox_page_reply got;
	uint8_t *fits;  /* of each entry: enum imapd_search_fit */
	uint32_t *open; /* the UIDs of those that are unknown */
	size_t n_open;
};

struct look {
	struct imapd_search search;
	struct imapd_search_range range;
	bool caches;
	imapd_found *fn;
	void *arg;
};

/* What the rows decide; those left open are listed. */
static WAITS int decide_page(struct look *l, struct page *p)
{
	for (size_t i = 0; i < p->got.n_entries; i++) {
		const struct mailbox_entry *e = &p->got.entries[i];
		int r = IMAPD_SEARCH_NO;
		if (view_number(&l->search.session->box->view, e->uid))
			r = imapd_search_decide(&l->search, e); /* WAITS */
		if (r < 0)
			return r;
		p->fits[i] = (uint8_t)r;
		if (r == IMAPD_SEARCH_UNKNOWN)
			p->open[p->n_open++] = e->uid;
	}
	return 0;
}

/* The index of texts leaves fewer of them open. */
static WAITS int sift_page(struct look *l, struct page *p)
{
	p->n_open = 0;
	for (size_t i = 0; i < p->got.n_entries; i++) {
		const struct mailbox_entry *e = &p->got.entries[i];
		if (p->fits[i] != IMAPD_SEARCH_UNKNOWN)
			continue;
		int r = imapd_search_sift(&l->search, e); /* WAITS */
		if (r < 0)
			return r;
		p->fits[i] = (uint8_t)r;
		if (r == IMAPD_SEARCH_UNKNOWN)
			p->open[p->n_open++] = e->uid;
	}
	return 0;
}

static WAITS int look_at_page(struct look *l, struct page *p)
{
	AUTO(imapd_fronts_fini)
	struct imapd_fronts fronts = { .session = l->search.session,
		                       .max = FRONT_BYTES,
		                       .header = !l->search.bodies };
	const struct mailbox_front *front;
	size_t n_read = 0;
	int r = decide_page(l, p); /* WAITS */

	if (r == 0 && p->n_open && !l->search.sift.off)
		r = sift_page(l, p); /* WAITS */
	for (size_t i = 0; r == 0 && i < p->got.n_entries; i++) {
		const struct mailbox_entry *e = &p->got.entries[i];
		int fits = p->fits[i];
		if (stream_shutdown())
			return ERR_CANCELLED; /* it changes nothing, and may take minutes */
		if (fits == IMAPD_SEARCH_UNKNOWN) {
			r = imapd_fronts_get(&fronts, p->open + n_read, p->n_open - n_read,
			                     &front); /* WAITS */
			n_read++;
			fits = r < 0 ? r : imapd_search_read(&l->search, e, front); /* WAITS */
		}
		uint32_t number = view_number(&l->search.session->box->view, e->uid);
		r = fits == IMAPD_SEARCH_YES ? l->fn(l->arg, e, number) : fits; /* WAITS */
	}
	return r;
}

static WAITS int get_page(struct look *l, uint32_t first, uint32_t last, struct arena *mem,
                          struct page *out)
{
	struct imapd_session *s = l->search.session;
	struct mailbox_page_args a = { .ticket = imapd_ticket(s),
		                       .mailbox = s->box->mailbox,
		                       .first = first,
		                       .last = last,
		                       .since = l->range.since,
		                       .with = l->range.with,
		                       .without = l->range.without,
		                       .max = MAILBOX_PAGE_MAX,
		                       .want_cache = l->caches };
	int r = mailbox_page(&a, mem, &out->got); /* WAITS */

	if (r < 0)
		return r;
	out->fits = arena_array(mem, uint8_t, out->got.n_entries);
	out->open = arena_array(mem, uint32_t, out->got.n_entries);
	return out->got.n_entries && (!out->fits || !out->open) ? ERR_NO_MEMORY : 0;
}

static WAITS int look_through(struct look *l, uint32_t first, uint32_t last)
{
	int r = 0;

	for (bool done = false; r == 0 && !done;) {
		AUTO_ARENA mem = { 0 };
		struct page p = { 0 };
		r = get_page(l, first, last, &mem, &p); /* WAITS */
		if (r >= 0)
			r = look_at_page(l, &p); /* WAITS */
		if (r)
			break;
		done = p.got.done || !p.got.n_entries;
		first = done ? 0 : p.got.entries[p.got.n_entries - 1].uid + 1;
		r = fibre_yield() == ERR_CANCELLED ? ERR_CANCELLED : 0; /* others first */
	}
	return r;
}

WAITS int imapd_search_each(struct imapd_session *s, struct imapd_call *c,
                            const struct imap_search *args, bool caches, imapd_found *fn, void *arg)
{
	struct look l = { .fn = fn, .arg = arg };
	int r = imapd_search_begin(&l.search, s, c, args); /* WAITS */

	if (r >= 0)
		r = imapd_search_narrow(&l.search, &c->mem, &l.range);
	if (r < 0) {
		imapd_sift_fini(&l.search);
		return r;
	}
	l.caches = caches || l.search.bodies || l.search.envelope;
	bool few = l.range.since || l.range.with || l.range.without;
	const struct imap_set *uids = &l.range.uids;
	for (size_t i = 0, k; r == 0 && i < uids->n_runs; i = k + 1) {
		k = few ? uids->n_runs - 1 : imapd_stretch(uids, i);
		r = look_through(&l, uids->runs[i].first, uids->runs[k].last); /* WAITS */
	}
	imapd_sift_fini(&l.search);
	return r < 0 ? r : 0;
}

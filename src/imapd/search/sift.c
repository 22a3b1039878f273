/* imapd/search/sift.c - what the index of texts says; see search.h. */
#include "imapd/search/search.h"

enum { LEAST_BYTES = 3 }; /* shorter strings are in no index */

/* Those of the envelope's fields are decided by the envelope. */
static bool is_sifted(const struct imapd_search *x, size_t node)
{
	uint8_t key = x->args->nodes[node].key;

	return (key == IMAP_KEY_BODY || key == IMAP_KEY_TEXT || key == IMAP_KEY_HEADER) &&
	       x->keys[x->texts[node]].needle.folded.n >= LEAST_BYTES;
}

int imapd_sift_begin(struct imapd_search *x, struct arena *mem)
{
	struct imapd_sift *s = &x->sift;

	s->needles = arena_array(mem, struct mailbox_needle, IMAPD_SEARCH_TEXTS_MAX);
	if (!s->needles)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < x->args->n_nodes; i++)
		if (is_sifted(x, i)) {
			s->needles[s->n_needles++].folded = x->keys[x->texts[i]].needle.folded;
			s->needle_of[x->texts[i]] = (uint8_t)s->n_needles;
		}
	s->off = !s->n_needles;
	return 0;
}

void imapd_sift_fini(struct imapd_search *x)
{
	arena_fini(&x->sift.mem);
}

/* Whatever fails, the messages are read. */
static WAITS void ask(struct imapd_search *x, uint32_t first)
{
	struct imapd_sift *s = &x->sift;
	struct mailbox_sift_args a = { .ticket = imapd_ticket(x->session),
		                       .mailbox = x->session->box->mailbox,
		                       .first = first,
		                       .last = UINT32_MAX,
		                       .needles = s->needles,
		                       .n_needles = s->n_needles };

	arena_fini(&s->mem);
	s->got = (struct mailbox_sift_reply){ 0 };
	s->run = s->before = s->n = 0;
	if (mailbox_sift(&a, &s->mem, &s->got) < 0 || !s->got.on) { /* WAITS */
		err_clear();
		s->off = true;
		return;
	}
	for (size_t i = 0; i < s->got.n_uids; i++)
		s->n += s->got.uids[i].count;
	s->upto = s->got.next ? s->got.next - 1 : UINT32_MAX;
	s->off = s->got.bits.n < s->n_needles * ((s->n + 7) / 8);
}

WAITS void imapd_sift_look(struct imapd_search *x, uint32_t uid)
{
	struct imapd_sift *s = &x->sift;

	s->known = false;
	if (!s->off && uid > s->upto)
		ask(x, uid); /* WAITS */
	if (s->off)
		return;
	for (; s->run < s->got.n_uids; s->run++) {
		const struct mailbox_run *run = &s->got.uids[s->run];
		if (uid < run->first)
			return;
		if (uid - run->first < run->count) {
			s->known = true;
			s->at = s->before + (uid - run->first);
			return;
		}
		s->before += run->count;
	}
}

bool imapd_sift_denies(const struct imapd_search *x, size_t text)
{
	const struct imapd_sift *s = &x->sift;
	size_t needle = s->needle_of[text];

	if (!s->known || !needle)
		return false;
	size_t octet = (needle - 1) * ((s->n + 7) / 8) + s->at / 8;
	return !((unsigned char)s->got.bits.p[octet] & 1U << s->at % 8);
}

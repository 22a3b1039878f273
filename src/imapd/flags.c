/* imapd/flags.c - see flags.h. */
#include "imapd/flags.h"

static const struct {
	unsigned wire;
	uint64_t stored;
} system_flags[] = { { IMAP_FLAG_SEEN, MAILBOX_SEEN },
	             { IMAP_FLAG_ANSWERED, MAILBOX_ANSWERED },
	             { IMAP_FLAG_FLAGGED, MAILBOX_FLAGGED },
	             { IMAP_FLAG_DELETED, MAILBOX_DELETED },
	             { IMAP_FLAG_DRAFT, MAILBOX_DRAFT } };

uint64_t imapd_stored_flags(unsigned system)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < N_ELEMS(system_flags); i++)
		if (system & system_flags[i].wire)
			bits |= system_flags[i].stored;
	return bits;
}

static WAITS int ask(struct imapd_session *s, struct imapd_call *c, struct span name)
{
	struct mailbox_keywords_args a = { imapd_ticket(s), name };
	int r = mailbox_keywords(&a, &c->mem, &c->keywords); /* WAITS */

	c->has_keywords = r >= 0;
	return r;
}

static int find(const struct imapd_call *c, struct span name, uint64_t *out)
{
	for (size_t i = 0; i < c->keywords.n_keywords; i++)
		if (span_eq_nocase(c->keywords.keywords[i].name, name)) {
			*out = UINT64_C(1) << (MAILBOX_KEYWORD_FIRST + i);
			return 1;
		}
	return 0;
}

WAITS int imapd_keyword(struct imapd_session *s, struct imapd_call *c, struct span name,
                        uint64_t *out)
{
	int r = c->has_keywords ? 0 : ask(s, c, SPAN("")); /* WAITS */

	*out = 0;
	if (r >= 0)
		(void)find(c, name, out);
	return r;
}

static bool came_before(const struct imap_flags *flags, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (span_eq_nocase(flags->keywords[i], flags->keywords[at]))
			return true;
	return false;
}

/* Numbers are not given back: unless all of them can be had, none is taken. */
static bool has_room(const struct imapd_call *c, const struct imap_flags *flags)
{
	size_t n = c->keywords.n_keywords;
	uint64_t known;

	for (size_t i = 0; i < flags->n_keywords; i++) {
		if (flags->keywords[i].n > MAILBOX_KEYWORD_BYTES_MAX)
			return false;
		n += !find(c, flags->keywords[i], &known) && !came_before(flags, i);
	}
	return n <= MAILBOX_KEYWORDS_MAX;
}

WAITS int imapd_flags(struct imapd_session *s, struct imapd_call *c, const struct imap_flags *flags,
                      uint64_t *out)
{
	uint64_t bits = imapd_stored_flags(flags->system), one;

	if (flags->n_keywords) {
		int r = c->has_keywords ? 0 : ask(s, c, SPAN("")); /* WAITS */
		if (r < 0)
			return r;
		if (!has_room(c, flags))
			return imapd_no(c, "LIMIT", "No more keywords, or one that is too long");
	}
	for (size_t i = 0; i < flags->n_keywords; i++) {
		int r = imapd_keyword(s, c, flags->keywords[i], &one); /* WAITS */
		if (r >= 0 && !one) {
			r = ask(s, c, flags->keywords[i]); /* WAITS */
			one = UINT64_C(1) << (MAILBOX_KEYWORD_FIRST + c->keywords.number);
		}
		if (r == ERR_QUOTA || r == ERR_TOO_LONG)
			return imapd_no(c, "LIMIT", "No more keywords, or one that is too long");
		if (r < 0)
			return r;
		bits |= one;
	}
	*out = bits;
	return 0;
}

WAITS int imapd_put_flags(struct imapd_session *s, struct imapd_call *c, uint64_t flags,
                          const char *extra)
{
	struct imap_flags list = { 0 };
	struct span keywords[64];

	for (size_t i = 0; i < N_ELEMS(system_flags); i++)
		if (flags & system_flags[i].stored)
			list.system |= system_flags[i].wire;
	flags &= ~MAILBOX_GONE;
	if (flags >> MAILBOX_KEYWORD_FIRST) {
		bool known = c->has_keywords &&
		             flags >> MAILBOX_KEYWORD_FIRST >> c->keywords.n_keywords == 0;
		int r = known ? 0 : ask(s, c, SPAN("")); /* WAITS */
		if (r < 0)
			return r;
	}
	list.keywords = keywords;
	for (size_t i = 0; i < c->keywords.n_keywords && i < MAILBOX_KEYWORDS_MAX; i++)
		if (flags >> (MAILBOX_KEYWORD_FIRST + i) & 1)
			keywords[list.n_keywords++] = c->keywords.keywords[i].name;
	return imap_put_flags(&c->out, &list, extra);
}

WAITS int imapd_flags_all(struct imapd_session *s, struct imapd_call *c, uint64_t *out)
{
	int r = ask(s, c, SPAN("")); /* WAITS */

	*out = MAILBOX_SEEN | MAILBOX_ANSWERED | MAILBOX_FLAGGED | MAILBOX_DELETED | MAILBOX_DRAFT;
	for (size_t i = 0; r >= 0 && i < c->keywords.n_keywords && i < MAILBOX_KEYWORDS_MAX; i++)
		*out |= UINT64_C(1) << (MAILBOX_KEYWORD_FIRST + i);
	return r;
}

WAITS int imapd_put_change(struct imapd_session *s, struct imapd_call *c, uint32_t number,
                           uint32_t uid, uint64_t flags, uint64_t modseq)
{
	buf_printf(&c->out, "* %u FETCH (", number);
	if (c->cmd.uid || imapd_enabled(s, IMAP_CAP(QRESYNC) | IMAP_CAP(IMAP4REV2)))
		buf_printf(&c->out, "UID %u ", uid);
	if (imapd_enabled(s, IMAP_CAP(CONDSTORE)))
		buf_printf(&c->out, "MODSEQ (%ju) ", (uintmax_t)modseq);
	buf_puts(&c->out, "FLAGS ");
	int r = imapd_put_flags(s, c, flags, NULL); /* WAITS */
	buf_puts(&c->out, ")\r\n");
	return r < 0 ? r : imapd_ease(s, c); /* WAITS */
}

/* wire/message/search/match.c - see match.h.  Knuth, Morris, Pratt: Fast pattern matching in
 * strings, 1977. */
#include "wire/message/search/match.h"
#include "base/utf8.h"
#include "wire/message/search/fold.h"

/* fail[i]: the longest end of the first i octets that the needle begins with, itself apart. */
static void fill(struct span s, uint16_t *fail)
{
	unsigned at = 0;

	fail[0] = 0;
	for (size_t i = 1; i < s.n; i++) {
		fail[i] = (uint16_t)at;
		while (at && s.p[i] != s.p[at])
			at = fail[at];
		at += s.p[i] == s.p[at];
	}
}

int message_needle_make(struct span text, struct arena *mem, struct message_needle *out)
{
	AUTO_BUF folded = BUF(3 * MESSAGE_NEEDLE_BYTES_MAX + 1);
	struct span copy;
	uint16_t *fail;

	if (text.n > MESSAGE_NEEDLE_BYTES_MAX)
		return err(ERR_TOO_LONG, "a text of more than %d octets cannot be looked for",
		           MESSAGE_NEEDLE_BYTES_MAX);
	if (!utf8_valid(text))
		return err(ERR_SYNTAX, "what is looked for is not UTF-8");
	if (message_fold_put(&folded, text) < 0)
		return folded.err;
	fail = arena_array(mem, uint16_t, folded.n + 1);
	if (!fail || arena_copy(mem, buf_span(&folded), &copy) < 0)
		return ERR_NO_MEMORY;
	fill(copy, fail);
	*out = (struct message_needle){ copy, fail };
	return 0;
}

void message_match_begin(struct message_match *m, const struct message_needle *needle)
{
	*m = (struct message_match){ .needle = needle, .found = !needle->folded.n };
}

bool message_match_put(struct message_match *m, struct span folded)
{
	struct span want = m->needle->folded;
	const uint16_t *fail = m->needle->fail;

	for (size_t i = 0; i < folded.n && !m->found; i++) {
		if (!m->at) {
			const char *first = memchr(folded.p + i, want.p[0], folded.n - i);

			if (!first)
				return false;
			i = (size_t)(first - folded.p);
		}
		while (m->at && folded.p[i] != want.p[m->at])
			m->at = fail[m->at];
		m->at += folded.p[i] == want.p[m->at];
		m->found = m->at == want.n;
	}
	return m->found;
}

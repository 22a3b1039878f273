/* classify/words.c - the words of a text.
 *
 * Letters and digits of any script, and within a word ' - and .; what takes no room is left out of
 * it, so that it does not break one.  Scripts that put no spaces between words give each character
 * for one.
 */
#include "base/utf8.h"
#include "classify/feature_impl.h"
#include "wire/message/search/fold.h"

enum { WORD_LEAST = 2, WORD_BYTES = 32 };

enum kind { OTHER, NOTHING, WORD, WITHIN, ALONE };

/* ASCII and Latin-1 by hand; of the rest punctuation, signs and symbols are the fewest. */
static enum kind kind_of(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '$' ? WORD
		       : c == '\'' || c == '-' || c == '.'                          ? WITHIN
		                                                                    : OTHER;
	if (c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2064) ||
	    c == 0xfeff)
		return NOTHING;
	if (c < 0xc0 || (c >= 0x2000 && c <= 0x2bff) || (c >= 0x3000 && c <= 0x303f) ||
	    (c >= 0xe000 && c <= 0xf8ff) || c == 0xfffd)
		return OTHER;
	return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x2e80 && c <= 0xa4cf) ||
	                       (c >= 0xf900 && c <= 0xfaff) || c >= 0x1f000
	               ? ALONE
	               : WORD;
}

/* A word, and the one before it: of another length than WORD_BYTES takes it is no word. */
struct words {
	struct gathering *g;
	const char *before, *pair;
	size_t n, last_n;
	bool is_long;
	char word[WORD_BYTES], last[WORD_BYTES];
};

static void end_word(struct words *w)
{
	struct span word, last = span_make(w->last, w->last_n);

	while (w->n &&
	       (w->word[w->n - 1] == '.' || w->word[w->n - 1] == '\'' || w->word[w->n - 1] == '-'))
		w->n--;
	word = span_make(w->word, w->n);
	if (w->n >= WORD_LEAST && !w->is_long) {
		gathering_add(w->g, w->before, word, "\"", SPAN(""), "");
		if (last.n)
			gathering_add(w->g, w->before, last, " ", word, "\"");
		memcpy(w->last, w->word, w->n);
		w->last_n = w->n;
	} else if (w->n) {
		w->last_n = 0;
	}
	w->n = 0;
	w->is_long = false;
}

static void add(struct words *w, uint32_t c)
{
	char octets[4];
	size_t n = utf8_encode(c, octets);

	if (n > WORD_BYTES - w->n) {
		w->is_long = true;
		return;
	}
	memcpy(w->word + w->n, octets, n);
	w->n += n;
}

void gather_words(struct gathering *g, const char *before, struct span utf8)
{
	struct words w = { .g = g, .before = before };
	uint32_t c;

	while (utf8.n && g->out->n < CLASSIFY_FEATURES_MAX) {
		enum kind kind = utf8_next(&utf8, &c) < 0 ? OTHER : kind_of(c = message_fold(c));
		if (kind == ALONE || kind == OTHER || (kind == WITHIN && !w.n))
			end_word(&w);
		if (kind == WORD || kind == ALONE || (kind == WITHIN && w.n))
			add(&w, c);
		if (kind == ALONE)
			end_word(&w);
	}
	end_word(&w);
}

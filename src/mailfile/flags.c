/* mailfile/flags.c - flags as words. */
#include "mailfile/flags.h"

static const struct {
	struct span word;
	unsigned flag;
} words_of[] = { { SPAN("\\Seen"), MAILFILE_SEEN },
	         { SPAN("\\Answered"), MAILFILE_ANSWERED },
	         { SPAN("\\Flagged"), MAILFILE_FLAGGED },
	         { SPAN("\\Deleted"), MAILFILE_DELETED },
	         { SPAN("\\Draft"), MAILFILE_DRAFT } };

int mailfile_flags_put(const struct mailfile_flags *flags, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < N_ELEMS(words_of); i++)
		if (flags->system & words_of[i].flag) {
			if (any)
				buf_putc(out, ' ');
			buf_put(out, words_of[i].word);
			any = true;
		}
	if (any && flags->keywords.n)
		buf_putc(out, ' ');
	return buf_put(out, flags->keywords);
}

static unsigned flag_of(struct span word)
{
	for (size_t i = 0; i < N_ELEMS(words_of); i++)
		if (span_eq_nocase(word, words_of[i].word))
			return words_of[i].flag;
	return 0;
}

int mailfile_flags_parse(struct span words, struct arena *mem, struct mailfile_flags *out)
{
	struct mailfile_flags got = { 0 };
	char *kept = arena_alloc(mem, words.n + 1);
	struct span word;
	size_t n = 0;

	if (!kept)
		return err(ERR_NO_MEMORY, "no memory for flags");
	while (span_split(&words, ' ', &word)) {
		word = span_trim(word);
		if (word.n && word.p[0] == '\\') {
			got.system |= flag_of(word);
		} else if (word.n) {
			if (n)
				kept[n++] = ' ';
			memcpy(kept + n, word.p, word.n);
			n += word.n;
		}
	}
	got.keywords = span_make(kept, n);
	*out = got;
	return 0;
}

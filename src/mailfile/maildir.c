/* mailfile/maildir.c - flags and keywords of messages: see maildir.h. */
#include "mailfile/maildir.h"

static const struct {
	char letter;
	unsigned flag; /* 0: a keyword */
} letters[] = { { 'D', MAILFILE_DRAFT },    { 'F', MAILFILE_FLAGGED }, { 'P', 0 },
	        { 'R', MAILFILE_ANSWERED }, { 'S', MAILFILE_SEEN },    { 'T', MAILFILE_DELETED } };

static const struct span forwarded = SPAN("$Forwarded"); /* 'P', passed on */

/* ---- dovecot-keywords ---- */

void maildir_keywords_parse(struct span file, struct maildir_keywords *out)
{
	struct span line, number;
	uint64_t n;

	*out = (struct maildir_keywords){ 0 };
	file = span_sub(file, 0, MAILDIR_KEYWORDS_BYTES_MAX);
	while (span_split(&file, '\n', &line)) {
		if (!span_split(&line, ' ', &number) || !line.n ||
		    span_to_u64(number, MAILDIR_LETTERS - 1, &n) < 0)
			continue;
		bool one = span_find(line, ' ') < 0 && span_find(line, '\0') < 0;
		if (one)
			out->words[n] = line;
	}
}

int maildir_keywords_put(const struct maildir_keywords *k, struct buf *out)
{
	for (unsigned i = 0; i < MAILDIR_LETTERS; i++)
		if (k->words[i].n)
			buf_printf(out, "%u %.*s\n", i, SPAN_ARG(k->words[i]));
	return out->err;
}

char maildir_letter(struct maildir_keywords *k, struct span word)
{
	for (int i = 0; i < MAILDIR_LETTERS; i++) {
		if (!k->words[i].n)
			k->words[i] = word;
		if (span_eq_nocase(k->words[i], word))
			return (char)('a' + i);
	}
	return 0;
}

/* ---- flags in names ---- */

static void put_word(struct buf *out, struct span word)
{
	if (out->n && word.n)
		buf_putc(out, ' ');
	buf_put(out, word);
}

/* 'P' and the small letter of $Forwarded are one. */
static int keyword_of(char c, const struct maildir_keywords *k)
{
	if (c == 'P')
		return MAILDIR_LETTERS;
	if (c < 'a' || c > 'z' || !k->words[c - 'a'].n)
		return -1;
	return span_eq_nocase(k->words[c - 'a'], forwarded) ? MAILDIR_LETTERS : c - 'a';
}

int maildir_flags_parse(struct span name, const struct maildir_keywords *k, struct arena *mem,
                        struct mailfile_flags *out)
{
	AUTO_BUF words = BUF(MAILDIR_KEYWORDS_BYTES_MAX * 2);
	struct mailfile_flags got = { 0 };
	uint32_t seen = 0; /* each counts once */
	ptrdiff_t at = span_find_span(name, SPAN(":2,"));
	struct span info = at < 0 ? SPAN("") : span_sub(name, (size_t)at + 3, name.n);

	for (size_t i = 0; i < info.n && info.p[i] != ','; i++) {
		for (size_t j = 0; j < N_ELEMS(letters); j++)
			if (info.p[i] == letters[j].letter)
				got.system |= letters[j].flag;
		int n = keyword_of(info.p[i], k);
		if (n < 0 || seen >> n & 1)
			continue;
		seen |= UINT32_C(1) << n;
		put_word(&words, n == MAILDIR_LETTERS ? forwarded : k->words[n]);
	}
	if (words.err)
		return words.err;
	int r = arena_copy(mem, buf_span(&words), &got.keywords);
	if (r >= 0)
		*out = got;
	return r;
}

int maildir_flags_put(const struct mailfile_flags *flags, struct maildir_keywords *k,
                      struct buf *out, uint64_t *n_lost)
{
	struct span rest = flags->keywords, word;
	uint32_t small = 0;
	bool passed = false;

	while (span_split(&rest, ' ', &word)) {
		bool is_passed = span_eq_nocase(word, forwarded);
		char letter = k && word.n ? maildir_letter(k, word) : 0;
		passed |= is_passed;
		if (letter)
			small |= UINT32_C(1) << (letter - 'a');
		else
			*n_lost += word.n && !is_passed;
	}
	buf_puts(out, ":2,");
	for (size_t i = 0; i < N_ELEMS(letters); i++)
		if (letters[i].flag ? flags->system & letters[i].flag : passed)
			buf_putc(out, letters[i].letter);
	for (int i = 0; i < MAILDIR_LETTERS; i++)
		if (small >> i & 1)
			buf_putc(out, (char)('a' + i));
	return out->err;
}

/* ---- order ---- */

static struct span digits_of(struct span name)
{
	size_t n = 0;

	while (n < name.n && name.p[n] == '0')
		n++;
	name = span_sub(name, n, name.n);
	for (n = 0; n < name.n && name.p[n] >= '0' && name.p[n] <= '9';)
		n++;
	return span_sub(name, 0, n);
}

int maildir_name_cmp(struct span a, struct span b)
{
	struct span x = digits_of(a), y = digits_of(b);

	if (x.n != y.n)
		return x.n < y.n ? -1 : 1;
	int r = span_cmp(x, y);
	return r ? r : span_cmp(a, b);
}

/* fulltext/query.h: any string becomes strings of FTS5's, and nothing of its syntax. */
#include "fulltext/query.h"

#include "test.h"

TEST(a_string_becomes_its_three_letter_pieces)
{
	static const struct {
		struct span text;
		int n;
		struct span query;
	} t[] = {
		{ SPAN(""), 0, SPAN("") },
		{ SPAN("ab"), 0, SPAN("") },
		{ SPAN("\xc3\xa4\xc3\xb6"), 0, SPAN("") },
		{ SPAN("abc"), 1, SPAN("\"abc\"") },
		{ SPAN("abcd"), 2, SPAN("\"abc\" \"bcd\"") },
		{ SPAN("\xe8\xb3\x87\xe6\x96\x99\xc3\xa4"), 1,
		  SPAN("\"\xe8\xb3\x87\xe6\x96\x99\xc3\xa4\"") },
		{ SPAN("a\"b"), 1, SPAN("\"a\"\"b\"") },
		{ SPAN("\"\"\""), 1, SPAN("\"\"\"\"\"\"\"\"") },
		{ SPAN("ar(*"), 2, SPAN("\"ar(\" \"r(*\"") },
		{ SPAN("a\0bc"), 0, SPAN("") },
		{ SPAN("abc\xff"), 0, SPAN("") },
	};

	for (size_t row = 0; row < N_ELEMS(t); row++) {
		AUTO_BUF out = BUF(1024);
		CHECK_INT(fulltext_query(t[row].text, &out), t[row].n);
		CHECK(span_eq(buf_span(&out), t[row].query));
	}
}

TEST(a_long_string_has_so_many)
{
	AUTO_BUF out = BUF(1024);
	char text[1000];

	memset(text, 'x', sizeof text);
	CHECK_INT(fulltext_query(span_make(text, sizeof text), &out), FULLTEXT_TERMS_MAX);
}

TEST(a_nul_becomes_a_space)
{
	char text[] = { 'a', 0, 'b', 0, 0 };

	fulltext_clean(text, sizeof text);
	CHECK(span_eq(span_make(text, sizeof text), SPAN("a b  ")));
}

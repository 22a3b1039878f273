/* base/span.h, a row a rule. */
#include "test.h"

#include "base/err.h"

TEST(span_compares)
{
	static const struct {
		struct span a, b;
		bool eq, eq_nocase;
		int cmp;
	} t[] = {
		{ SPAN(""), { NULL, 0 }, true, true, 0 },
		{ SPAN("a"), SPAN("a"), true, true, 0 },
		{ SPAN("a"), SPAN("A"), false, true, 1 },
		{ SPAN("a"), SPAN("b"), false, false, -1 },
		{ SPAN("ab"), SPAN("a"), false, false, 1 },
		{ SPAN("a\0b"), SPAN("a\0c"), false, false, -1 },
		{ SPAN("\xff"), SPAN("a"), false, false, 1 },     /* octets are unsigned */
		{ SPAN("\xc4"), SPAN("\xe4"), false, false, -1 }, /* ASCII only, not Latin-1 */
		{ SPAN("@["), SPAN("`{"), false, false, -1 },     /* beside A-Z */
	};
	EACH_ROW(t) {
		struct span a = exact(t[row].a), b = exact(t[row].b);
		int cmp = span_cmp(a, b);

		CHECK_INT(span_eq(a, b), t[row].eq);
		CHECK_INT(span_eq_nocase(a, b), t[row].eq_nocase);
		CHECK_INT((cmp > 0) - (cmp < 0), t[row].cmp);
	}
}

TEST(span_knows_its_ends)
{
	static const struct {
		struct span s, part;
		bool starts, starts_nocase, ends_nocase;
	} t[] = {
		{ SPAN("TO:<a>"), SPAN("TO:"), true, true, false },
		{ SPAN("to:<a>"), SPAN("TO:"), false, true, false },
		{ SPAN("a.Example"), SPAN(".example"), false, false, true },
		{ SPAN("xyx"), SPAN("x"), true, true, true },
		{ SPAN("a"), SPAN("aa"), false, false, false },
		{ SPAN("a"), SPAN(""), true, true, true },
		{ { NULL, 0 }, SPAN(""), true, true, true },
	};
	EACH_ROW(t) {
		struct span s = exact(t[row].s), part = exact(t[row].part), rest = s;

		CHECK_INT(span_starts(s, part), t[row].starts);
		CHECK_INT(span_starts_nocase(s, part), t[row].starts_nocase);
		CHECK_INT(span_ends_nocase(s, part), t[row].ends_nocase);
		CHECK_INT(span_eat(&rest, part), t[row].starts);
		CHECK_INT(rest.n, t[row].starts ? s.n - part.n : s.n);
		rest = s;
		CHECK_INT(span_eat_nocase(&rest, part), t[row].starts_nocase);
		CHECK_INT(rest.n, t[row].starts_nocase ? s.n - part.n : s.n);
	}
}

TEST(span_trims)
{
	static const struct {
		struct span in, left, both;
	} t[] = {
		{ SPAN(" \t a b \t"), SPAN("a b \t"), SPAN("a b") },
		{ SPAN("\r a\n"), SPAN("\r a\n"), SPAN("\r a\n") }, /* SP and HTAB only */
		{ SPAN("  "), SPAN(""), SPAN("") },
		{ { NULL, 0 }, SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		CHECK_SPAN(span_trim_left(exact(t[row].in)), t[row].left);
		CHECK_SPAN(span_trim(exact(t[row].in)), t[row].both);
	}
}

TEST(span_finds)
{
	static const struct {
		struct span s, needle;
		ptrdiff_t first, last_char, found, nocase;
	} t[] = {
		{ SPAN("abcabc"), SPAN("bc"), 1, 4, 1, 1 },
		{ SPAN("aBCabc"), SPAN("bc"), 4, 4, 4, 1 },
		{ SPAN("ab"), SPAN("abc"), 0, 0, -1, -1 },
		{ SPAN("a\0b"), SPAN("\0b"), 1, 1, 1, 1 },
		{ SPAN("xyz"), SPAN("q"), -1, -1, -1, -1 },
		{ { NULL, 0 }, SPAN("q"), -1, -1, -1, -1 },
	};
	EACH_ROW(t) {
		struct span s = exact(t[row].s), needle = exact(t[row].needle);

		CHECK_INT(span_find(s, needle.p[0]), t[row].first);
		CHECK_INT(span_find_last(s, needle.p[0]), t[row].last_char);
		CHECK_INT(span_find_span(s, needle), t[row].found);
		CHECK_INT(span_find_nocase(s, needle), t[row].nocase);
	}
	CHECK_INT(span_find_span(SPAN("a"), SPAN("")), 0);
	CHECK_INT(span_find_nocase(SPAN(""), SPAN("")), 0);
}

TEST(span_splits)
{
	static const struct {
		struct span in, head, rest;
		bool more;
	} t[] = {
		{ SPAN("a,b,c"), SPAN("a"), SPAN("b,c"), true },
		{ SPAN("a"), SPAN("a"), SPAN(""), true },
		{ SPAN(",a"), SPAN(""), SPAN("a"), true },
		{ SPAN(","), SPAN(""), SPAN(""), true },
		{ SPAN(""), SPAN("untouched"), SPAN(""), false },
	};
	EACH_ROW(t) {
		struct span s = exact(t[row].in), head = SPAN("untouched");

		CHECK_INT(span_split(&s, ',', &head), t[row].more);
		CHECK_SPAN(head, t[row].head);
		CHECK_SPAN(s, t[row].rest);
	}
}

TEST(span_cuts_within_bounds)
{
	static const struct {
		struct span in;
		size_t from, n;
		struct span want;
	} t[] = {
		{ SPAN("abc"), 1, 1, SPAN("b") },         { SPAN("abc"), 1, 99, SPAN("bc") },
		{ SPAN("abc"), 99, 1, SPAN("") },         { SPAN("abc"), 3, 0, SPAN("") },
		{ SPAN("abc"), 1, SIZE_MAX, SPAN("bc") }, { { NULL, 0 }, 1, 1, SPAN("") },
	};
	EACH_ROW(t)
		CHECK_SPAN(span_sub(exact(t[row].in), t[row].from, t[row].n), t[row].want);
}

TEST(span_reads_numbers)
{
	static const struct {
		struct span in;
		uint64_t max;
		int r;
		uint64_t want;
	} t[] = {
		{ SPAN("0"), 0, 0, 0 },
		{ SPAN("007"), 9, 0, 7 },
		{ SPAN("65535"), 65535, 0, 65535 },
		{ SPAN("65536"), 65535, ERR_SYNTAX, 0 },
		{ SPAN("18446744073709551615"), UINT64_MAX, 0, UINT64_MAX },
		{ SPAN("18446744073709551616"), UINT64_MAX, ERR_SYNTAX, 0 },
		{ SPAN("99999999999999999999999"), UINT64_MAX, ERR_SYNTAX, 0 },
		{ SPAN(""), 9, ERR_SYNTAX, 0 },
		{ SPAN("-1"), 9, ERR_SYNTAX, 0 },
		{ SPAN("+1"), 9, ERR_SYNTAX, 0 },
		{ SPAN(" 1"), 9, ERR_SYNTAX, 0 },
		{ SPAN("1 "), 9, ERR_SYNTAX, 0 },
		{ SPAN("1\0"), 9, ERR_SYNTAX, 0 },
		{ SPAN("0x1"), 9, ERR_SYNTAX, 0 },
		{ SPAN("\xb2"), 9, ERR_SYNTAX, 0 },
	};
	EACH_ROW(t) {
		uint64_t v = 12345;

		CHECK_INT(span_to_u64(exact(t[row].in), t[row].max, &v), t[row].r);
		CHECK(v == (t[row].r < 0 ? 12345 : t[row].want));
	}
}

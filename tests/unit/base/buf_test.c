/* base/buf.h: growth, the cap, errors that stick, and escapes. */
#include "test.h"

#include <limits.h>
#include <stdio.h>
#include <wchar.h>

#include "base/buf.h"

static struct span repeated(char c, size_t n)
{
	static char p[5000];

	memset(p, c, sizeof p);
	return span_make(p, n);
}

TEST(buf_grows_to_its_cap_and_no_further)
{
	static const struct {
		size_t cap, first, second;
		int r;
	} t[] = {
		{ 0, 0, 0, 0 },       { 0, 0, 1, ERR_TOO_LONG },       { 1, 0, 1, 0 },
		{ 100, 60, 40, 0 },   { 100, 60, 41, ERR_TOO_LONG },   { 100, 100, 0, 0 },
		{ 4000, 1, 3999, 0 }, { 4000, 1, 4000, ERR_TOO_LONG },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(t[row].cap);

		CHECK_INT(buf_put(&b, repeated('a', t[row].first)), 0);
		CHECK_INT(buf_put(&b, repeated('b', t[row].second)), t[row].r);
		CHECK_INT(b.n, t[row].first + (t[row].r ? 0 : t[row].second));
		CHECK(b.room <= t[row].cap);
	}
}

TEST(buf_errors_stick_until_reset)
{
	AUTO_BUF b = BUF(4);

	CHECK_INT(buf_puts(&b, "12345"), ERR_TOO_LONG);
	CHECK_STR(err_str(ERR_TOO_LONG), "more than 4 octets");
	CHECK_INT(buf_putc(&b, 'x'), ERR_TOO_LONG);
	CHECK_INT(buf_printf(&b, "x"), ERR_TOO_LONG);
	CHECK_INT(buf_reserve(&b, 0), ERR_TOO_LONG);
	CHECK_INT(b.n, 0);
	buf_reset(&b);
	CHECK_INT(buf_puts(&b, "1234"), 0);
	CHECK_SPAN(buf_span(&b), SPAN("1234"));
}

TEST(buf_prints)
{
	static const struct {
		size_t cap, n;
		int r;
		const char *want;
	} t[] = {
		{ 10, 5, 0, "ab:xxxxx" },
		{ 10, 7, 0, "ab:xxxxxxx" }, /* fills the cap exactly */
		{ 10, 8, ERR_TOO_LONG, "ab" },
		{ 10, 0, 0, "ab:" },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(t[row].cap);

		buf_puts(&b, "ab");
		CHECK_INT(buf_printf(&b, ":%.*s", SPAN_ARG(repeated('x', t[row].n))), t[row].r);
		CHECK_SPAN(buf_span(&b), span_str(t[row].want));
	}
}

TEST(buf_prints_past_what_it_has)
{
	AUTO_BUF b = BUF(5000);

	CHECK_INT(buf_printf(&b, "%.*s", SPAN_ARG(repeated('x', 4321))), 0);
	CHECK_SPAN(buf_span(&b), repeated('x', 4321));
}

TEST(buf_prints_nothing_without_memory)
{
	AUTO_BUF b = BUF(0);

	CHECK_INT(buf_printf(&b, "%s", ""), 0);
	CHECK_INT(buf_printf(&b, "%s", "x"), ERR_TOO_LONG);
	CHECK(buf_str(&b) == NULL);
}

TEST(buf_is_a_string)
{
	AUTO_BUF b = BUF(3);

	CHECK_STR(buf_str(&b), "");
	buf_puts(&b, "abc");
	CHECK_STR(buf_str(&b), "abc");
	CHECK_INT(b.n, 3);
	CHECK_INT(b.err, 0);
}

TEST(buf_printf_tells_what_cannot_be_printed)
{
	AUTO_BUF b = BUF(100);

	CHECK_INT(buf_printf(&b, "%lc", (wint_t)0x7fffffff), ERR_BUG);
	CHECK_INT(b.n, 0);
}

TEST(buf_consumes_from_the_front)
{
	static const struct {
		size_t n;
		const char *want;
	} t[] = { { 0, "abc" }, { 1, "bc" }, { 3, "" }, { 4, "" }, { SIZE_MAX, "" } };

	EACH_ROW(t) {
		AUTO_BUF b = BUF(10);

		buf_puts(&b, "abc");
		buf_consume(&b, t[row].n);
		CHECK_SPAN(buf_span(&b), span_str(t[row].want));
	}
}

TEST(buf_is_released_and_used_again)
{
	AUTO_BUF b;

	buf_init(&b, 3);
	CHECK_INT(buf_puts(&b, "abcd"), ERR_TOO_LONG);
	buf_release(&b);
	CHECK(b.p == NULL && b.n == 0 && b.room == 0);
	CHECK_INT(buf_puts(&b, "abc"), 0);
	buf_fini(&b);
	CHECK_INT(buf_puts(&b, "a"), ERR_TOO_LONG);
}

TEST(buf_reserves_for_the_caller)
{
	AUTO_BUF b = BUF(1000);

	CHECK_INT(buf_reserve(&b, 1000), 0);
	memset(b.p + b.n, 'z', 1000);
	b.n += 1000;
	CHECK_SPAN(buf_span(&b), repeated('z', 1000));
	CHECK_INT(buf_reserve(&b, 1), ERR_TOO_LONG);
}

TEST(buf_escapes_what_a_terminal_obeys)
{
	static const struct {
		struct span in;
		const char *want;
	} t[] = {
		{ SPAN("plain \"text\" \\"), "plain \"text\" \\" },
		{ SPAN("a\r\nb\0c\t"), "a\\x0d\\x0ab\\x00c\\x09" },
		{ SPAN("\x1b[31m\x7f"), "\\x1b[31m\\x7f" },
		{ SPAN("\xc3\xa9"), "\xc3\xa9" },
		{ SPAN("\xc2\x9b"), "\\xc2\\x9b" },          /* C1: CSI of 8 bits */
		{ SPAN("\xe2\x80\xa8"), "\\xe2\\x80\\xa8" }, /* U+2028 starts a line */
		{ SPAN("\xe2\x80\xae"), "\\xe2\\x80\\xae" }, /* U+202E turns the text around */
		{ SPAN("\xe2\x81\xa6"), "\\xe2\\x81\\xa6" }, /* U+2066 likewise */
		{ SPAN("\xff\xc3"), "\\xff\\xc3" },          /* no UTF-8 */
		{ SPAN("\xed\xa0\x80"), "\\xed\\xa0\\x80" }, /* a surrogate */
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(100);

		CHECK_INT(buf_put_escaped(&b, exact(t[row].in)), 0);
		CHECK_SPAN(buf_span(&b), span_str(t[row].want));
	}
}

/* What snprintf gives for the same: the verbs that are printed here, and one that libc prints. */
#define CHECK_PRINTS(...)                                                                          \
	do {                                                                                       \
		AUTO_BUF b_ = BUF(200);                                                            \
		char want_[200];                                                                   \
		snprintf(want_, sizeof want_, __VA_ARGS__);                                        \
		CHECK_INT(buf_printf(&b_, __VA_ARGS__), 0);                                        \
		CHECK_SPAN(buf_span(&b_), span_str(want_));                                        \
	} while (0)

TEST(buf_prints_as_libc_does)
{
	CHECK_PRINTS("plain");
	CHECK_PRINTS("%s|%.*s|%.*s|", "text", 2, "text", 9, "text");
	CHECK_PRINTS("%d %d %d", INT_MIN, 0, INT_MAX);
	CHECK_PRINTS("%u %x %zu", UINT_MAX, UINT_MAX, SIZE_MAX);
	CHECK_PRINTS("%jd %jd %ju %jx", INTMAX_MIN, INTMAX_MAX, UINTMAX_MAX, UINTMAX_MAX);
	CHECK_PRINTS("%02d:%02d:%02d.%03d %04jd %02x", 7, 12, 123, 5, (intmax_t)-3, 0xaU);
	CHECK_PRINTS("100 %% of %02X and %-5s|%d", 10, "ab", 1);
}

TEST(buf_prints_all_or_nothing)
{
	AUTO_BUF b = BUF(10);

	CHECK_INT(buf_puts(&b, "12345"), 0);
	CHECK_INT(buf_printf(&b, "%s%d", "678", 999), ERR_TOO_LONG);
	CHECK_SPAN(buf_span(&b), SPAN("12345"));
}

TEST(secrets_are_wiped_where_they_were)
{
	struct buf b = BUF(100000);

	CHECK_INT(buf_reserve_secret(&b, 6), 0);
	CHECK_INT(buf_puts(&b, "secret"), 0);
	CHECK_INT(buf_reserve_secret(&b, 1000), 0);
	CHECK(b.room >= 1006);
	CHECK_SPAN(buf_span(&b), SPAN("secret"));
	CHECK_INT(buf_reserve_secret(&b, 100000), ERR_TOO_LONG);
	CHECK_INT(buf_reserve_secret(&b, 1), ERR_TOO_LONG); /* sticks */
	buf_wipe(&b);
	CHECK_INT(b.n, 0);
	CHECK_INT(b.err, 0);
	for (size_t i = 0; i < b.room; i++)
		CHECK_INT(b.p[i], 0);
	buf_fini(&b);
	buf_wipe(&b); /* nothing */
}

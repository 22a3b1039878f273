/* base/utf8.h: RFC 3629 3 (ranges) and 10 (what a decoder must refuse). */
#include "test.h"

#include "base/err.h"
#include "base/utf8.h"

TEST(utf8_reads_and_writes)
{
	static const struct {
		struct span octets;
		uint32_t code_point;
	} t[] = {
		{ SPAN("\0"), 0 },
		{ SPAN("\x7f"), 0x7f },
		{ SPAN("\xc2\x80"), 0x80 },
		{ SPAN("\xdf\xbf"), 0x7ff },
		{ SPAN("\xe0\xa0\x80"), 0x800 },
		{ SPAN("\xed\x9f\xbf"), 0xd7ff },
		{ SPAN("\xee\x80\x80"), 0xe000 },
		{ SPAN("\xef\xbf\xbf"), 0xffff },
		{ SPAN("\xf0\x90\x80\x80"), 0x10000 },
		{ SPAN("\xf4\x8f\xbf\xbf"), 0x10ffff },
	};
	EACH_ROW(t) {
		struct span s = exact(t[row].octets);
		uint32_t c = 1;
		char out[4];

		CHECK(utf8_valid(s));
		CHECK_INT(utf8_is_ascii(s), t[row].code_point < 0x80);
		CHECK_INT(utf8_next(&s, &c), 0);
		CHECK_INT(c, t[row].code_point);
		CHECK_INT(s.n, 0);
		CHECK_SPAN(span_make(out, utf8_encode(t[row].code_point, out)), t[row].octets);
	}
}

TEST(utf8_refuses)
{
	static const struct span t[] = {
		SPAN("\x80"), /* continuation first */
		SPAN("\xbf"),
		SPAN("\xc0\x80"), /* overlong NUL */
		SPAN("\xc1\xbf"),
		SPAN("\xe0\x80\x80"), /* overlong */
		SPAN("\xe0\x9f\xbf"),
		SPAN("\xf0\x8f\xbf\xbf"), /* overlong */
		SPAN("\xed\xa0\x80"),     /* surrogates */
		SPAN("\xed\xbf\xbf"),
		SPAN("\xf4\x90\x80\x80"), /* past U+10FFFF */
		SPAN("\xf5\x80\x80\x80"),
		SPAN("\xff"),
		SPAN("\xc3"), /* cut short */
		SPAN("\xe2\x80"),
		SPAN("\xf0\x9f\x98"),
		SPAN("\xc3\x28"), /* no continuation */
		SPAN("\xe2\x28\xa1"),
		SPAN("\xf0\x9f\x98\x28"),
	};
	EACH_ROW(t) {
		struct span s = exact(t[row]);
		uint32_t c = 12345;

		CHECK(!utf8_valid(s));
		CHECK(!utf8_is_ascii(s));
		CHECK_INT(utf8_next(&s, &c), ERR_SYNTAX);
		CHECK_INT(c, 12345);
		CHECK_INT(s.n, t[row].n - 1);
	}
}

TEST(utf8_valid_looks_at_all)
{
	static const struct {
		struct span s;
		bool valid, ascii;
	} t[] = {
		{ SPAN(""), true, true },
		{ SPAN("plain"), true, true },
		{ SPAN("gr\xc3\xbc\xc3\x9f"), true, false },
		{ SPAN("ab\xff"), false, false },
		{ SPAN("ab\xff"
		       "cd"),
		  false, false },
	};
	EACH_ROW(t) {
		CHECK_INT(utf8_valid(exact(t[row].s)), t[row].valid);
		CHECK_INT(utf8_is_ascii(exact(t[row].s)), t[row].ascii);
	}
}

TEST(utf8_next_of_nothing)
{
	struct span s = { NULL, 0 };
	uint32_t c;

	CHECK_INT(utf8_next(&s, &c), ERR_SYNTAX);
	CHECK_INT(s.n, 0);
}

TEST(utf8_writes_no_surrogates)
{
	static const uint32_t t[] = { 0xd800, 0xdfff, 0x110000, UINT32_MAX };

	EACH_ROW(t) {
		char out[4];

		CHECK_SPAN(span_make(out, utf8_encode(t[row], out)), SPAN("\xef\xbf\xbd"));
	}
}

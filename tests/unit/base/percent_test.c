/* base/percent.h: RFC 3986 2.1. */
#include "test.h"

#include "base/err.h"
#include "base/percent.h"

TEST(percent_decodes)
{
	static const struct {
		struct span in, want;
	} t[] = {
		{ SPAN(""), SPAN("") },
		{ SPAN("alice*master"), SPAN("alice*master") },
		{ SPAN("alice%40example.org"), SPAN("alice@example.org") },
		{ SPAN("%c3%BC%25"), SPAN("\xc3\xbc%") },
		{ SPAN("a+b"), SPAN("a+b") }, /* no space: this is no form */
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct span got;

		CHECK_INT(percent_decode(exact(t[row].in), &mem, &got), 0);
		CHECK_SPAN(got, t[row].want);
		CHECK_INT(got.p[got.n], 0);
	}
}

TEST(percent_refuses)
{
	static const struct span t[] = { SPAN("%"),   SPAN("a%4"),  SPAN("%4g"),
		                         SPAN("%g4"), SPAN("%%40"), SPAN("a%00b") };
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct span got = SPAN("as it was");

		CHECK_INT(percent_decode(exact(t[row]), &mem, &got), ERR_SYNTAX);
		CHECK_SPAN(got, SPAN("as it was"));
	}
}

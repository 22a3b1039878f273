/* Records and their terms: RFC 7208 4.5, 4.6, 5, 6. */
#include "wire/spf/record.h"

#include "test.h"

TEST(spf_records_are_found)
{
	static const struct {
		struct span text, terms;
		bool is;
	} t[] = {
		{ SPAN("v=spf1"), SPAN(""), true },
		{ SPAN("V=SPF1 -all"), SPAN(" -all"), true },
		{ SPAN("v=spf1  "), SPAN("  "), true },
		{ SPAN("v=spf10 -all"), SPAN(""), false },
		{ SPAN("v=spf1\t-all"), SPAN(""), false },
		{ SPAN(" v=spf1 -all"), SPAN(""), false },
		{ SPAN("v=spf"), SPAN(""), false },
		{ SPAN(""), SPAN(""), false },
	};
	EACH_ROW(t) {
		struct span terms = { 0 };

		CHECK_INT(spf_record_is(exact(t[row].text), &terms), t[row].is);
		CHECK_SPAN(terms, t[row].terms);
	}
}

TEST(spf_terms)
{
	static const struct {
		struct span text;
		enum spf_kind kind;
		char qualifier;
		uint8_t bits4, bits6;
		struct span domain;
	} t[] = {
		{ SPAN("all"), SPF_ALL, '+', 32, 128, SPAN("") },
		{ SPAN("-ALL"), SPF_ALL, '-', 32, 128, SPAN("") },
		{ SPAN("~include:a.b"), SPF_INCLUDE, '~', 32, 128, SPAN("a.b") },
		{ SPAN("a"), SPF_A, '+', 32, 128, SPAN("") },
		{ SPAN("?a/0"), SPF_A, '?', 0, 128, SPAN("") },
		{ SPAN("a//0"), SPF_A, '+', 32, 0, SPAN("") },
		{ SPAN("A:a.b/24//64"), SPF_A, '+', 24, 64, SPAN("a.b") },
		{ SPAN("mx:a/24.b"), SPF_MX, '+', 32, 128, SPAN("a/24.b") },
		{ SPAN("mx:%{d}/8"), SPF_MX, '+', 8, 128, SPAN("%{d}") },
		{ SPAN("ptr:a.b"), SPF_PTR, '+', 32, 128, SPAN("a.b") },
		{ SPAN("ip4:192.0.2.1/32"), SPF_IP4, '+', 32, 128, SPAN("") },
		{ SPAN("ip6:2001:db8::/32"), SPF_IP6, '+', 32, 32, SPAN("") },
		{ SPAN("ip6:::1"), SPF_IP6, '+', 32, 128, SPAN("") },
		{ SPAN("exists:%{ir}.a.b"), SPF_EXISTS, '+', 32, 128, SPAN("%{ir}.a.b") },
		{ SPAN("redirect=a.b"), SPF_REDIRECT, '+', 32, 128, SPAN("a.b") },
		{ SPAN("EXP=a.b"), SPF_EXP, '+', 32, 128, SPAN("a.b") },
		{ SPAN("a="), SPF_UNKNOWN_MODIFIER, '+', 32, 128, SPAN("") },
		{ SPAN("all.x-1_=%{s}:/"), SPF_UNKNOWN_MODIFIER, '+', 32, 128, SPAN("%{s}:/") },
	};
	EACH_ROW(t) {
		struct span rest = exact(t[row].text);
		struct spf_term term;

		CHECK_INT(spf_term_next(&rest, &term), 1);
		CHECK_INT(term.kind, t[row].kind);
		CHECK_INT(term.qualifier, t[row].qualifier);
		CHECK_INT(term.bits4, t[row].bits4);
		CHECK_INT(term.bits6, t[row].bits6);
		CHECK_SPAN(term.domain, t[row].domain);
		CHECK_SPAN(term.text, t[row].text);
		CHECK_INT(spf_term_next(&rest, &term), 0);
	}
}

TEST(spf_terms_refused)
{
	static const struct span t[] = {
		SPAN("-"),           SPAN("al"),
		SPAN("all:a.b"),     SPAN("all/8"),
		SPAN("--all"),       SPAN("include"),
		SPAN("include:"),    SPAN("include:a.b/24"),
		SPAN("a:"),          SPAN("a/33"),
		SPAN("a//129"),      SPAN("a/24/64"),
		SPAN("a/024"),       SPAN("a/"),
		SPAN("a//"),         SPAN("a:192.0.2.1"),
		SPAN("mx:a.b:25"),   SPAN("ip4"),
		SPAN("ip4:1.2.3"),   SPAN("ip4:1.2.3.4//32"),
		SPAN("ip4:::1"),     SPAN("ip4:1.2.3.4/33"),
		SPAN("ip6:1.2.3.4"), SPAN("ip6:::1/129"),
		SPAN("exists"),      SPAN("redirect:a.b"),
		SPAN("redirect="),   SPAN("-redirect=a.b"),
		SPAN("exp="),        SPAN("1x=y"),
		SPAN("x=%a"),        SPAN("=x"),
		SPAN("all\t"),       SPAN("ip4:1.2.3.4/99999999999999999999999"),
	};
	EACH_ROW(t) {
		struct span rest = exact(t[row]);
		struct spf_term term;

		CHECK_INT(spf_term_next(&rest, &term), ERR_SYNTAX);
		CHECK_SPAN(term.text, t[row]);
	}
}

/* RFC 7208 4.6, 6: an error anywhere counts, and redirect and exp may stand once. */
TEST(spf_records_are_checked_whole)
{
	struct span redirect, exp, bad;

	CHECK_INT(spf_record_check(SPAN("  a  redirect=x.y exp=e.f x=y"), &redirect, &exp, &bad),
	          0);
	CHECK_SPAN(redirect, SPAN("x.y"));
	CHECK_SPAN(exp, SPAN("e.f"));
	CHECK_INT(spf_record_check(SPAN(" -all foo exp=e.f"), &redirect, &exp, &bad), ERR_SYNTAX);
	CHECK_SPAN(bad, SPAN("foo"));
	CHECK_INT(spf_record_check(SPAN(" exp=e.f -all exp=e.f"), &redirect, &exp, &bad),
	          ERR_SYNTAX);
	CHECK_SPAN(bad, SPAN(""));
}

/* Macros: the examples of RFC 7208 7.4, what is refused, and what a hostile record makes of them.
 */
#include "wire/spf/macro.h"

#include "test.h"
#include "wire/spf/spf_impl.h"

static struct spf_values example(const char *ip)
{
	struct spf_values v = { .local = SPAN("strong-bad"),
		                .sender_domain = SPAN("email.example.com"),
		                .domain = SPAN("email.example.com"),
		                .helo = SPAN("mx.example.org") };

	CHECK_INT(ip_parse(span_str(ip), &v.ip), 0);
	return v;
}

TEST(spf_macros_of_the_rfc)
{
	static const struct {
		const char *ip;
		struct span text, want;
	} t[] = {
		{ "192.0.2.3", SPAN("%{s}"), SPAN("strong-bad@email.example.com") },
		{ "192.0.2.3", SPAN("%{o}"), SPAN("email.example.com") },
		{ "192.0.2.3", SPAN("%{d}"), SPAN("email.example.com") },
		{ "192.0.2.3", SPAN("%{d4}"), SPAN("email.example.com") },
		{ "192.0.2.3", SPAN("%{d3}"), SPAN("email.example.com") },
		{ "192.0.2.3", SPAN("%{d2}"), SPAN("example.com") },
		{ "192.0.2.3", SPAN("%{d1}"), SPAN("com") },
		{ "192.0.2.3", SPAN("%{dr}"), SPAN("com.example.email") },
		{ "192.0.2.3", SPAN("%{d2r}"), SPAN("example.email") },
		{ "192.0.2.3", SPAN("%{l}"), SPAN("strong-bad") },
		{ "192.0.2.3", SPAN("%{l-}"), SPAN("strong.bad") },
		{ "192.0.2.3", SPAN("%{lr}"), SPAN("strong-bad") },
		{ "192.0.2.3", SPAN("%{lr-}"), SPAN("bad.strong") },
		{ "192.0.2.3", SPAN("%{l1r-}"), SPAN("strong") },
		{ "192.0.2.3", SPAN("%{ir}.%{v}._spf.%{d2}"),
		  SPAN("3.2.0.192.in-addr._spf.example.com") },
		{ "192.0.2.3", SPAN("%{lr-}.lp._spf.%{d2}"),
		  SPAN("bad.strong.lp._spf.example.com") },
		{ "192.0.2.3", SPAN("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}"),
		  SPAN("bad.strong.lp.3.2.0.192.in-addr._spf.example.com") },
		{ "192.0.2.3", SPAN("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}"),
		  SPAN("3.2.0.192.in-addr.strong.lp._spf.example.com") },
		{ "192.0.2.3", SPAN("%{d2}.trusted-domains.example.net"),
		  SPAN("example.com.trusted-domains.example.net") },
		{ "2001:db8::cb01", SPAN("%{ir}.%{v}._spf.%{d2}"),
		  SPAN("1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
		       "ip6._spf.example.com") },
	};
	EACH_ROW(t) {
		struct spf_values v = example(t[row].ip);
		AUTO_BUF out = BUF(500);

		CHECK_INT(spf_macro_check(exact(t[row].text), SPF_MACRO_TEXT), 0);
		CHECK_INT(spf_macro_expand(exact(t[row].text), &v, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].want);
	}
}

/* RFC 7208 7.1, 7.3: transformers, delimiters, escapes, and the letters of explanations. */
TEST(spf_macros_transformed)
{
	static const struct {
		struct span text, want;
	} t[] = {
		{ SPAN("%{d0001}"), SPAN("com") },
		{ SPAN("%{d255}"), SPAN("email.example.com") },
		{ SPAN("%{d99999999999999999999}"), SPAN("email.example.com") },
		{ SPAN("%{d255r}"), SPAN("com.example.email") },
		{ SPAN("%{D1R}"), SPAN("email") },
		{ SPAN("%{s.@}"), SPAN("") },
		{ SPAN("%{s-.}"), SPAN("strong.bad@email.example.com") },
		{ SPAN("%{S}"), SPAN("strong-bad%40email.example.com") },
		{ SPAN("%{p}"), SPAN("unknown") },
		{ SPAN("%{r}|%{t}|%{c}"), SPAN("unknown|1500000000|192.0.2.3") },
		{ SPAN("a%%b%_c%-d"), SPAN("a%b c%20d") },
	};
	EACH_ROW(t) {
		struct spf_values v = example("192.0.2.3");
		AUTO_BUF out = BUF(500);

		v.now_s = 1500000000;
		if (t[row].want.n == 0) {
			CHECK_INT(spf_macro_check(exact(t[row].text), SPF_EXPLANATION), ERR_SYNTAX);
			continue;
		}
		CHECK_INT(spf_macro_check(exact(t[row].text), SPF_EXPLANATION), 0);
		CHECK_INT(spf_macro_expand(exact(t[row].text), &v, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].want);
	}
}

TEST(spf_macros_empty_parts)
{
	struct spf_values v = example("192.0.2.3");
	AUTO_BUF out = BUF(100);

	v.local = SPAN("-a--b-");
	CHECK_INT(spf_macro_expand(SPAN("%{l-}|%{lr-}|%{l2-}|%{l2r-}"), &v, &out), 0);
	CHECK_SPAN(buf_span(&out), SPAN(".a..b.|.b..a.|b.|a."));
}

TEST(spf_domain_specs)
{
	static const struct {
		struct span text;
		int r;
	} t[] = {
		{ SPAN("example.com"), 0 },
		{ SPAN("example.com."), 0 },
		{ SPAN(".com"), 0 },
		{ SPAN("%{d}"), 0 },
		{ SPAN("x%%"), 0 },
		{ SPAN("%{d}.com"), 0 },
		{ SPAN("a:b/c.com"), 0 },
		{ SPAN("example.xn--zckzah"), 0 },
		{ SPAN("example.1a"), 0 },
		{ SPAN(""), ERR_SYNTAX },
		{ SPAN("com"), ERR_SYNTAX },
		{ SPAN("com."), ERR_SYNTAX },
		{ SPAN("%{d}com"), ERR_SYNTAX },
		{ SPAN("example.1"), ERR_SYNTAX },
		{ SPAN("example.-a"), ERR_SYNTAX },
		{ SPAN("example.a-"), ERR_SYNTAX },
		{ SPAN("example.com.."), ERR_SYNTAX },
		{ SPAN("example.c\xc3\xa9"), ERR_SYNTAX },
		{ SPAN("ex\0mple.com"), ERR_SYNTAX },
		{ SPAN("%{c}"), ERR_SYNTAX },
		{ SPAN("%{d0}"), ERR_SYNTAX },
		{ SPAN("%{d"), ERR_SYNTAX },
		{ SPAN("%{}"), ERR_SYNTAX },
		{ SPAN("%{dr2}"), ERR_SYNTAX },
		{ SPAN("%{d*}"), ERR_SYNTAX },
		{ SPAN("%"), ERR_SYNTAX },
		{ SPAN("%d.com"), ERR_SYNTAX },
	};
	EACH_ROW(t)
		CHECK_INT(spf_macro_check(exact(t[row].text), SPF_DOMAIN_SPEC), t[row].r);
}

/* A record of 64 KiB that is all macros: the end of the name is kept, and no more memory than that.
 */
TEST(spf_macros_do_not_grow)
{
	AUTO_BUF record = BUF(1 << 16), out = BUF(4096), all = BUF(4096);
	struct spf_values v = example("2001:db8::cb01");

	while (record.n + 16 < record.cap)
		CHECK_INT(buf_puts(&record, "%{S255r}%{ir}"), 0);
	CHECK_INT(buf_puts(&record, ".end.test"), 0);
	CHECK_INT(spf_macro_expand_tail(buf_span(&record), &v, 500, &out), 0);
	CHECK(out.n >= 500 && out.n <= 1100);
	CHECK(span_ends_nocase(buf_span(&out), SPAN("2.end.test")));
	CHECK_INT(spf_macro_expand(buf_span(&record), &v, &all), ERR_TOO_LONG);
}

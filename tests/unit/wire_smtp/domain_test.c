/* RFC 5321 4.1.2-3: domains and address literals. */
#include "wire/smtp/domain.h"

#include "test.h"

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
/* 30 letters of two octets: an U-label whose A-label is within 63. */
#define U60 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"

TEST(smtp_domain_checks)
{
	static const struct {
		struct span in;
		int r;
		bool utf8;
	} t[] = {
		{ SPAN("b"), 0, false },
		{ SPAN("example.org"), 0, false },
		{ SPAN("3com.co.uk"), 0, false },
		{ SPAN("xn--bcher-kva.example"), 0, false },
		{ SPAN("a-b.c"), 0, false },
		{ SPAN("b\xc3\xbc"
		       "cher.example"),
		  0, true },
		{ SPAN(U60 U60 U60 U60 ".example"), 0, true },
		{ SPAN(X63 ".c"), 0, false },
		{ SPAN(X63 "x.c"), ERR_SYNTAX, false }, /* RFC 1035 2.3.4 */
		{ SPAN(""), ERR_SYNTAX, false },
		{ SPAN("."), ERR_SYNTAX, false },
		{ SPAN("a."), ERR_SYNTAX, false },
		{ SPAN(".a"), ERR_SYNTAX, false },
		{ SPAN("a..b"), ERR_SYNTAX, false },
		{ SPAN("-a.b"), ERR_SYNTAX, false },
		{ SPAN("a-.b"), ERR_SYNTAX, false },
		{ SPAN("a_b.c"), ERR_SYNTAX, false },
		{ SPAN("a b"), ERR_SYNTAX, false },
		{ SPAN("a\0b"), ERR_SYNTAX, false },
		{ SPAN("a\nb"), ERR_SYNTAX, false },
		{ SPAN("a%b"), ERR_SYNTAX, false },
		{ SPAN("a\xff"), ERR_SYNTAX, false },
		{ SPAN("[192.0.2.1]"), ERR_SYNTAX, false }, /* a literal is no name */
		{ SPAN(X63 "." X63 "." X63 "." X63), 0, false },
		{ SPAN(X63 "." X63 "." X63 "." X63 ".b"), ERR_TOO_LONG, false },
	};
	EACH_ROW(t) {
		bool utf8 = false;

		CHECK_INT(smtp_domain_check(exact(t[row].in), &utf8), t[row].r);
		CHECK_INT(utf8, t[row].utf8);
		CHECK_INT(smtp_domain_check(t[row].in, NULL), t[row].r);
	}
}

TEST(smtp_literal_parses)
{
	static const struct {
		struct span in;
		int family; /* 0: refused */
		struct span octets;
	} t[] = {
		{ SPAN("[192.0.2.1]"), 4, SPAN("\xc0\x00\x02\x01") },
		{ SPAN("[0.0.0.0]"), 4, SPAN("\0\0\0\0") },
		{ SPAN("[IPv6:2001:db8::1]"), 6,
		  SPAN("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01") },
		{ SPAN("[ipv6:::]"), 6, SPAN("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
		{ SPAN("[IPv6:::ffff:192.0.2.1]"), 6,
		  SPAN("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01") },
		{ SPAN(""), 0, SPAN("") },
		{ SPAN("["), 0, SPAN("") },
		{ SPAN("[]"), 0, SPAN("") },
		{ SPAN("192.0.2.1"), 0, SPAN("") },
		{ SPAN("[192.0.2.1"), 0, SPAN("") },
		{ SPAN("[192.0.2]"), 0, SPAN("") },
		{ SPAN("[192.0.2.256]"), 0, SPAN("") },
		{ SPAN("[2130706433]"), 0, SPAN("") },
		{ SPAN("[0x7f.0.0.1]"), 0, SPAN("") },
		{ SPAN("[192.0.2.1 ]"), 0, SPAN("") },
		{ SPAN("[192.0.2.1\0]"), 0, SPAN("") },
		{ SPAN("[2001:db8::1]"), 0, SPAN("") }, /* the tag is missing */
		{ SPAN("[IPv6:]"), 0, SPAN("") },
		{ SPAN("[IPv6:1::2::3]"), 0, SPAN("") },
		{ SPAN("[IPv6:192.0.2.1]"), 0, SPAN("") },
		{ SPAN("[IPv6:fe80::1%eth0]"), 0, SPAN("") },
		{ SPAN("[x400:c=us]"), 0, SPAN("") },
		{ SPAN("[IPv6:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"), 0, SPAN("") },
	};
	EACH_ROW(t) {
		struct smtp_literal got = { 0 };
		int r = smtp_literal_parse(exact(t[row].in), &got);

		CHECK_INT(r, t[row].family ? 0 : ERR_SYNTAX);
		CHECK_INT(got.family, t[row].family);
		CHECK_SPAN(span_make(got.octets, t[row].octets.n), t[row].octets);
	}
}

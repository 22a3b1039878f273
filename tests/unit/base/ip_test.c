/* Addresses as text (RFC 5952), and compared; which are special: tests/unit/rt/address_test.c. */
#include "base/coding/ip.h"
#include "test.h"

TEST(ip_text_is_canonical)
{
	static const struct {
		struct ip ip;
		const char *text;
	} t[] = {
		{ { 0 }, "" },
		{ { 4, { 192, 0, 2, 1 } }, "192.0.2.1" },
		{ { 4, { 255, 255, 255, 255 } }, "255.255.255.255" },
		{ { 16, { 0 } }, "::" },
		{ { 16, { [15] = 1 } }, "::1" },
		{ { 16, { 0xfe, 0x80 } }, "fe80::" },
		{ { 16, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } }, "2001:db8::1" },
		/* RFC 5952 4.2.2: a single zero group stays; 4.2.3: the longest run, the first. */
		{ { 16, { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 } },
		  "2001:db8:0:1:1:1:1:1" },
		{ { 16, { 0x20, 0x01, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1 } },
		  "2001:0:0:1::1" },
		{ { 16, { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1 } },
		  "2001:db8::1:0:0:1" },
		{ { 16,
		    { 0xab, 0xcd, 0xef, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf1, 0x23, 0x45,
		      0x67, 0x89, 0xab } },
		  "abcd:ef12:3456:789a:bcde:f123:4567:89ab" },
		{ { 16, { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 1 } }, "192.0.2.1" },
	};
	EACH_ROW(t) {
		char text[IP_TEXT_BYTES];

		CHECK_STR(ip_text(&t[row].ip, text), t[row].text);
	}
}

TEST(ip_addresses_of_two_families_differ)
{
	struct ip four = { 4, { 0 } }, six = { 16, { 0 } }, other = { 4, { [3] = 1 } };

	CHECK(ip_eq(&four, &four) && ip_eq(&six, &six));
	CHECK(!ip_eq(&four, &six) && !ip_eq(&four, &other));
	CHECK(ip_is_unspecified(&four) && ip_is_unspecified(&six) && !ip_is_unspecified(&other));
}

/* RFC 4291 2.2, RFC 5321 4.1.3.  tests/fuzz/base/fuzz_ip.c compares with the C library. */
TEST(ip_parse_takes_addresses_only)
{
	static const struct {
		struct span text;
		const char *want; /* as printed; NULL: refused */
	} t[] = {
		{ SPAN("192.0.2.1"), "192.0.2.1" },
		{ SPAN("255.255.255.255"), "255.255.255.255" },
		{ SPAN("0.0.0.0"), "0.0.0.0" },
		{ SPAN("::"), "::" },
		{ SPAN("::1"), "::1" },
		{ SPAN("fe80::"), "fe80::" },
		{ SPAN("2001:DB8:0:0:1::1"), "2001:db8::1:0:0:1" },
		{ SPAN("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8" },
		{ SPAN("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0" },
		{ SPAN("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8" },
		{ SPAN("1:2:3:4:5:6:192.0.2.1"), "1:2:3:4:5:6:c000:201" },
		{ SPAN("::ffff:192.0.2.1"), "192.0.2.1" },
		{ SPAN(""), NULL },
		{ SPAN("1.2.3"), NULL },
		{ SPAN("1.2.3.4.5"), NULL },
		{ SPAN("1.2.3.4."), NULL },
		{ SPAN("1.2.3.04"), NULL },
		{ SPAN("1.2.3.256"), NULL },
		{ SPAN("1.2.3.4 "), NULL },
		{ SPAN("1.2.3.4\0"), NULL },
		{ SPAN("1..3.4"), NULL },
		{ SPAN(":"), NULL },
		{ SPAN(":::"), NULL },
		{ SPAN("1::2::3"), NULL },
		{ SPAN("1:2:3:4:5:6:7"), NULL },
		{ SPAN("1:2:3:4:5:6:7:8:9"), NULL },
		{ SPAN("1:2:3:4::5:6:7:8"), NULL },
		{ SPAN("1:2:3:4:5:6:7:8::"), NULL },
		{ SPAN("1:2:3:4:5:6:7:192.0.2.1"), NULL },
		{ SPAN("::192.0.2.1:1"), NULL },
		{ SPAN("12345::"), NULL },
		{ SPAN("g::"), NULL },
		{ SPAN("1:"), NULL },
		{ SPAN(":1"), NULL },
		{ SPAN("fe80::1%eth0"), NULL },
	};
	EACH_ROW(t) {
		struct ip ip = { .n = 99 };
		char text[IP_TEXT_BYTES];
		int r = ip_parse(exact(t[row].text), &ip);

		CHECK_INT(r, t[row].want ? 0 : ERR_SYNTAX);
		if (r == 0)
			CHECK_STR(ip_text(&ip, text), t[row].want);
		else
			CHECK_INT(ip.n, 99); /* written on success only */
	}
}

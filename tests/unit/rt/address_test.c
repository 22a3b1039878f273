/* Addresses as text (RFC 5952), and which are not for mail (RFC 6890). */
#include "test.h"

#include "rt/stream/stream.h"

TEST(address_parses_and_prints)
{
	static const struct {
		struct span in;
		const char *host, *with_port;
	} t[] = {
		{ SPAN("192.0.2.1"), "192.0.2.1", "192.0.2.1:25" },
		{ SPAN("192.0.2.1:587"), "192.0.2.1", "192.0.2.1:587" },
		{ SPAN("0.0.0.0:0"), "0.0.0.0", "0.0.0.0:0" },
		{ SPAN("[2001:db8::1]"), "2001:db8::1", "[2001:db8::1]:25" },
		{ SPAN("[2001:DB8:0::1]:65535"), "2001:db8::1", "[2001:db8::1]:65535" },
		{ SPAN("[::]:25"), "::", "[::]:25" },
		{ SPAN("[::ffff:192.0.2.7]:26"), "192.0.2.7", "192.0.2.7:26" },
		{ SPAN("[2001:db8:1111:2222:3333:4444:5555:6666]:65535"),
		  "2001:db8:1111:2222:3333:4444:5555:6666",
		  "[2001:db8:1111:2222:3333:4444:5555:6666]:65535" },
	};
	EACH_ROW(t) {
		struct address a;
		char text[ADDRESS_TEXT_BYTES];
		CHECK_INT(address_parse(exact(t[row].in), 25, &a), 0);
		CHECK_STR(address_text(&a, false, text), t[row].host);
		CHECK_STR(address_text(&a, true, text), t[row].with_port);
	}
}

TEST(address_refuses)
{
	static const struct span t[] = {
		SPAN(""),
		SPAN(":25"),
		SPAN("localhost"),
		SPAN("192.0.2"),
		SPAN("192.0.2.256"),
		SPAN("192.0.2.1:"),
		SPAN("192.0.2.1:65536"),
		SPAN("192.0.2.1:+25"),
		SPAN("192.0.2.1 "),
		SPAN("192.0.2.1\0"),
		SPAN("2001:db8::1"),
		SPAN("[2001:db8::1"),
		SPAN("[]"),
		SPAN("[2001:db8::1]25"),
		SPAN("[2001:db8::1]:"),
		SPAN("[192.0.2.1]"),
		SPAN("[fe80::1%eth0]"),
		SPAN("[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"),
	};
	EACH_ROW(t) {
		struct address a;
		CHECK_INT(address_parse(exact(t[row]), 25, &a), ERR_SYNTAX);
	}
}

TEST(address_that_is_not_for_mail)
{
	static const struct {
		struct span in;
		bool special, loopback;
	} t[] = {
		{ SPAN("127.0.0.1"), true, true },
		{ SPAN("127.255.255.255"), true, true },
		{ SPAN("[::1]"), true, true },
		{ SPAN("[::ffff:127.0.0.1]"), true, true },
		{ SPAN("0.0.0.0"), true, false },
		{ SPAN("0.1.2.3"), true, false },
		{ SPAN("[::]"), true, false },
		{ SPAN("10.255.0.1"), true, false },
		{ SPAN("100.64.0.1"), true, false },
		{ SPAN("100.128.0.1"), false, false },
		{ SPAN("169.254.169.254"), true, false },
		{ SPAN("172.16.0.1"), true, false },
		{ SPAN("172.31.255.255"), true, false },
		{ SPAN("172.32.0.1"), false, false },
		{ SPAN("192.0.0.8"), true, false },
		{ SPAN("192.0.2.1"), true, false },
		{ SPAN("192.168.1.1"), true, false },
		{ SPAN("192.169.1.1"), false, false },
		{ SPAN("198.19.255.255"), true, false },
		{ SPAN("198.51.100.1"), true, false },
		{ SPAN("203.0.113.1"), true, false },
		{ SPAN("224.0.0.1"), true, false },
		{ SPAN("239.255.255.255"), true, false },
		{ SPAN("255.255.255.255"), true, false },
		{ SPAN("8.8.8.8"), false, false },
		{ SPAN("1.1.1.1"), false, false },
		{ SPAN("[2606:4700::1111]"), false, false },
		{ SPAN("[2a00:1450::1]"), false, false },
		{ SPAN("[2001:db8::1]"), true, false },
		{ SPAN("[3fff::1]"), true, false },
		{ SPAN("[2001::1]"), true, false }, /* Teredo */
		{ SPAN("[2001:200::1]"), false, false },
		{ SPAN("[2002:a00:1::1]"), true, false },    /* 6to4 of 10.0.0.1 */
		{ SPAN("[2002:808:808::1]"), false, false }, /* of 8.8.8.8 */
		{ SPAN("[64:ff9b::7f00:1]"), true, false },  /* NAT64 of 127.0.0.1 */
		{ SPAN("[64:ff9b::808:808]"), false, false },
		{ SPAN("[::ffff:10.0.0.1]"), true, false },
		{ SPAN("[::ffff:8.8.8.8]"), false, false },
		{ SPAN("[::8.8.8.8]"), true, false },
		{ SPAN("[fc00::1]"), true, false },
		{ SPAN("[fe80::1]"), true, false },
		{ SPAN("[fec0::1]"), true, false },
		{ SPAN("[ff02::1]"), true, false },
		{ SPAN("[100::1]"), true, false },
	};
	EACH_ROW(t) {
		struct address a;
		CHECK_INT(address_parse(t[row].in, 25, &a), 0);
		CHECK_INT(address_is_special(&a), t[row].special);
		CHECK_INT(address_is_loopback(&a), t[row].loopback);
	}
}

/* wire/proxy/: The PROXY protocol, versions 1 & 2 (haproxy, doc/proxy-protocol.txt) 2.1, 2.2. */
#include "test.h"

#include "wire/proxy/header.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"

TEST(proxy_says_who_it_is)
{
	static const struct {
		struct span in;
		const char *client; /* NULL: malformed; "": not told */
		uint16_t port;
	} t[] = {
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"), "192.0.2.1", 56324 },
		{ SPAN("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"), "2001:db8::1", 0 },
		{ SPAN("PROXY UNKNOWN\r\n"), "", 0 },
		{ SPAN("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), "", 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 1\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4  192.0.2.1 198.51.100.2 56324 443\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2 056 443\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.01 198.51.100.2 56 443\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 mail.example.org 56 443\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 2001:db8::1 2001:db8::2 56 443\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP6 192.0.2.1 198.51.100.2 56 443\r\n"), NULL, 0 },
		{ SPAN("PROXY UDP4 192.0.2.1 198.51.100.2 56 443\r\n"), NULL, 0 },
		{ SPAN("PROXY \r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4\r\n"), NULL, 0 },
		{ SPAN("PROXY TCP4 192.0.2.1 198.51.100.2\r56324 443\r\n"), NULL, 0 },
		{ SPAN("proxy TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"), NULL, 0 },
		{ SPAN("EHLO example.org\r\n"), NULL, 0 },
		/* LOCAL, whatever stands behind it */
		{ SPAN(V2 "\x20\0\0\0"), "", 0 },
		{ SPAN(V2 "\x20\x11\0\1x"), "", 0 },
		{ SPAN(V2 "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1\xbb"), "192.0.2.1",
		  56324 },
		{ SPAN(V2 "\x21\x21\0\x24 \1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1 \1\r\xb8\0\0\0\0\0\0\0"
		          "\0\0\0\0\2\1\2\1\xbb"),
		  "2001:db8::1", 258 },
		/* no stream; of unknown kind: told, and of no use here */
		{ SPAN(V2 "\x21\x12\0\x0c\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1\xbb"), "", 0 },
		{ SPAN(V2 "\x21\0\0\0"), "", 0 },
		/* values behind the addresses: an ALPN; one of no length; half of one */
		{ SPAN(V2 "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1\xbb\1\0\2h2"),
		  "192.0.2.1", 56324 },
		{ SPAN(V2 "\x21\0\0\3\4\0\0"), "", 0 },
		{ SPAN(V2 "\x21\0\0\2\4\0"), NULL, 0 },
		{ SPAN(V2 "\x21\0\0\3\4\0\1"), NULL, 0 },
		/* its checksum, right and wrong; of another length */
		{ SPAN(V2
		       "\x21\x11\0\x13\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1\xbb\3\0\4\x20\xec\x95\x49"),
		  "192.0.2.1", 56324 },
		{ SPAN(V2
		       "\x21\x11\0\x13\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1\xbc\3\0\4\x20\xec\x95\x49"),
		  NULL, 0 },
		{ SPAN(V2 "\x21\0\0\5\3\0\2ab"), NULL, 0 },
		{ SPAN(V2 "\x21\x11\0\x0b\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1"), NULL, 0 },
		{ SPAN(V2 "\x21\x31\0\0"), NULL, 0 },
		{ SPAN(V2 "\x11\0\0\0"), NULL, 0 },
		{ SPAN(V2 "\x22\0\0\0"), NULL, 0 },
		{ SPAN(V2 "\x21\x41\0\0"), NULL, 0 },
		{ SPAN(V2 "\x21\x13\0\x0c\xc0\0\2\1\xc6\x33\x64\2\xdc\4\1\xbb"), NULL, 0 },
		{ SPAN(V2 "\x21\0\0\1"), NULL, 0 },
		{ SPAN("\r\n\r\n\0\r\nQUIT\n\x21\0\0"), NULL, 0 },
		{ SPAN(""), NULL, 0 },
	};

	EACH_ROW(t) {
		struct proxy_header h = { .port = 7 };
		char text[IP_TEXT_BYTES];
		int r = proxy_header_parse(exact(t[row].in), &h);

		CHECK_INT(r, t[row].client ? 0 : ERR_SYNTAX);
		if (r < 0)
			continue;
		CHECK_SPAN(span_str(ip_text(&h.client, text)), span_str(t[row].client));
		CHECK_INT(h.port, t[row].port);
	}
}

/* Nothing of what is behind is taken, however it comes. */
TEST(proxy_header_ends)
{
	static const struct {
		struct span in;
		size_t n; /* 0: none; SIZE_MAX: more must come */
	} t[] = {
		{ SPAN("PROXY UNKNOWN\r\n"), 15 },
		{ SPAN("PROXY UNKNOWN\r\nEHLO\r\n"), 15 },
		{ SPAN("PROXY UNKNOWN\r"), SIZE_MAX },
		{ SPAN("P"), SIZE_MAX },
		{ SPAN("\r\n"), SIZE_MAX },
		{ SPAN(V2 "\x21\0\0\3\4\0\0\x16\3\1"), 19 },
		{ SPAN(V2 "\x21\0\0\3\4\0"), SIZE_MAX },
		{ SPAN(V2 "\x21\0\0"), SIZE_MAX },
		{ SPAN("\r\n\r\nQUIT\r\n"), 0 },
		{ SPAN("\x16\3\1"), 0 },
		{ SPAN("PROXX"), 0 },
		{ SPAN("PROXY 3456789012345678901234567890123456789012345678901234567890123456"
		       "78901234567890123456789012345678901\r\n"),
		  PROXY_V1_MAX },
		{ SPAN("PROXY 3456789012345678901234567890123456789012345678901234567890123456"
		       "789012345678901234567890123456789012\r\n"),
		  0 },
	};

	EACH_ROW(t)
		for (size_t piece = 1; piece <= t[row].in.n; piece++) {
			AUTO_BUF octets = BUF(PROXY_HEADER_MAX);
			struct span in = t[row].in, seen;
			size_t n, taken = 0;
			int r = 0;

			while (r == 0 && taken < in.n) {
				seen = span_sub(in, taken, piece);
				r = proxy_header_feed(&octets, exact(seen), &n);
				CHECK(n <= seen.n && (r != 0 || n == seen.n));
				taken += n;
			}
			CHECK_INT(r, t[row].n == 0 ? ERR_SYNTAX : t[row].n == SIZE_MAX ? 0 : 1);
			if (r == 1)
				CHECK_INT(taken, t[row].n);
		}
}

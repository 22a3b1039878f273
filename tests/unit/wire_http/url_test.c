/* URLs of endpoints (wire/http/url.h). */
#include "wire/http/url.h"

#include "test.h"

TEST(urls)
{
	static const struct {
		const char *text, *host, *target;
		uint16_t port;
		bool clear, is_address;
	} rows[] = {
		{ "https://a.example", "a.example", "", 443, false, false },
		{ "HTTPS://A.example:8443/x/y?z=1&w", "A.example", "/x/y?z=1&w", 8443, false,
		  false },
		{ "https://a.example?x", "a.example", "?x", 443, false, false },
		{ "http://localhost/", "localhost", "/", 80, true, false },
		{ "https://192.0.2.1/h", "192.0.2.1", "/h", 443, false, true },
		{ "https://[2001:db8::1]:44/h", "2001:db8::1", "/h", 44, false, true },
		{ "https://a_b.inner/%20", "a_b.inner", "/%20", 443, false, false },
		{ "https://3com.example/", "3com.example", "/", 443, false, false },
	};

	EACH_ROW(rows) {
		struct http_url got;

		CHECK_INT(http_url_parse(span_str(rows[row].text), &got), 0);
		CHECK(span_eq(got.host, span_str(rows[row].host)));
		CHECK(span_eq(got.target, span_str(rows[row].target)));
		CHECK_INT(got.port, rows[row].port);
		CHECK_INT(got.clear, rows[row].clear);
		CHECK_INT(got.ip.n != 0, rows[row].is_address);
	}
}

/* What another reader could take for another host (RFC 3986 7.4, 7.6). */
TEST(urls_that_are_none)
{
	static const char *const rows[] = {
		"",
		"a.example",
		"ftp://a.example/",
		"file:///etc/passwd",
		"https:/a.example",
		"https://",
		"https:///x",
		"https://user@a.example/",
		"https://a.example@127.0.0.1/",
		"https://a.example\\@127.0.0.1/",
		"https://a.example#@b.example/",
		"https://2130706433/",
		"https://0x7f000001/",
		"https://0x7f.1/",
		"https://127.1/",
		"https://0177.0.0.1/",
		"https://a.1/",
		"https://a.example./",
		"https://a..example/",
		"https://-a.example/",
		"https://[::1/",
		"https://[127.0.0.1]/",
		"https://[::1%25eth0]/",
		"https://::1/",
		"https://a.example:0/",
		"https://a.example:65536/",
		"https://a.example:443x/",
		"https://a.example:/x",
		"https://a example/",
		"https://a.example/a b",
		"https://a.example/\r\nHost: b",
		"https://\xc3\xbc.example/",
		"https://a%2eexample/",
		"https://a.example/x#y",
	};

	EACH_ROW(rows) {
		struct http_url got;

		CHECK_INT(http_url_parse(span_str(rows[row]), &got), ERR_SYNTAX);
	}
}

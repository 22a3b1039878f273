/* Authentication-Results: RFC 8601 2.2, app. B, and forged ones (5). */
#include "wire/authres/authres.h"

#include "test.h"

TEST(authres_written)
{
	struct authres_result r[] = {
		{ .method = "spf",
		  .result = "pass",
		  .properties = { { "smtp", "mailfrom", SPAN("a@example.net") } } },
		{ .method = "dkim",
		  .result = "fail",
		  .reason = SPAN("bad \"sig\"\r\nX: y"),
		  .properties = { { "header", "d", SPAN("example.net") },
		                  { "header", "b", SPAN("a/b=") } } },
		{ .method = "dmarc",
		  .result = "none",
		  .properties = { { "header", "from", SPAN("") } } },
	};
	AUTO_BUF out = BUF(1000), none = BUF(100), small = BUF(40);

	CHECK_INT(authres_put(&out, SPAN("mx.example.com"), r, N_ELEMS(r)), 0);
	CHECK_SPAN(buf_span(&out),
	           SPAN("Authentication-Results: mx.example.com;\r\n"
	                "\tspf=pass smtp.mailfrom=a@example.net;\r\n"
	                "\tdkim=fail reason=\"bad \\\"sig\\\"??X: y\" header.d=example.net "
	                "header.b=\"a/b=\";\r\n"
	                "\tdmarc=none header.from=\"\"\r\n"));
	CHECK_INT(authres_put(&none, SPAN("mx.example.com"), NULL, 0), 0);
	CHECK_SPAN(buf_span(&none), SPAN("Authentication-Results: mx.example.com; none\r\n"));
	CHECK_INT(authres_put(&small, SPAN("mx.example.com"), r, 1), ERR_TOO_LONG);
}

TEST(authres_forged)
{
	static const struct {
		struct span value;
		bool bears;
	} t[] = {
		{ SPAN(" mx.example.com; spf=pass"), true },
		{ SPAN("MX.Example.COM ; spf=pass"), true },
		{ SPAN("mx.example.com"), true },
		{ SPAN("mx.example.com 1; none"), true },
		{ SPAN("\r\n\tmx.example.com\r\n 1\r\n\t; none"), true },
		{ SPAN("(a (nested; one) comment) mx.example.com (x); none"), true },
		{ SPAN("\"mx.example.com\"; none"), true },
		{ SPAN("\"mx\\.exa\\mple.com\"; none"), true },
		{ SPAN("mx.example.com.; none"), true },
		{ SPAN("(open mx.example.com; none"), true },
		{ SPAN("x y mx.example.com; none"), true },
		{ SPAN("\"mx.example.com; none"), true },
		/* Readers that know no comments in comments, and those that decode words first. */
		{ SPAN("(a (b;) mx.example.com; dkim=pass"), true },
		{ SPAN("other.example.com 1 (;) mx.example.com; dkim=pass"), true },
		{ SPAN("\";\" mx.example.com; dkim=pass"), true },
		{ SPAN("=?utf-8?q?mx=2Eexample.com?=; dkim=pass"), true },
		{ SPAN("=?utf-8?b?bXguZXhhbXBsZS5jb20=?=; dkim=pass"), true },
		{ SPAN("\"=?utf-8?b?bXguZXhhbXBsZS5jb20=?=\"; dkim=pass"), true },
		{ SPAN("mx.=?utf-8?q?example?=.com; dkim=pass"), true },
		/* Readers that take no-break spaces, what is not seen, and folds for nothing. */
		{ SPAN("\xa0mx.example.com; none"), true },
		{ SPAN(" mx.example.com\xc2\xa0 1; none"), true },
		{ SPAN("mx.ex\xe2\x80\x8b"
		       "ample.com; none"),
		  true },
		{ SPAN("mx.exa\xc2\xadmple.com\xe3\x80\x80; none"), true },
		{ SPAN("mx.example\r\n .com; none"), true },
		{ SPAN("\"mx.example\r\n .com\"; none"), true },
		{ SPAN("mx.example(c).com; none"), true },
		{ SPAN("mx.ex\xc3\xa4mple.com; none"), false },
		{ SPAN("mx.example(.com; other).com; none"), true },
		{ SPAN("(=?utf-8?q?a?=) other.example.com; none"), false },
		{ SPAN("other.example.com; none (=?utf-8?q?a?=)"), false },
		{ SPAN("other.example.com; spf=pass (mx.example.com)"), false },
		{ SPAN("other.example.com; spf=pass smtp.helo=mx.example.com"), false },
		{ SPAN("(mx.example.com) other.example.com; none"), false },
		{ SPAN("xmx.example.com; none"), false },
		{ SPAN(""), false },
		{ SPAN(";"), false },
	};
	EACH_ROW(t)
		CHECK_INT(authres_bears(exact(t[row].value), SPAN("mx.example.com")), t[row].bears);
}

TEST(authres_stripped)
{
	AUTO_BUF out = BUF(1000);
	size_t n = 9;

	CHECK_INT(
	        authres_strip(SPAN("From: a@b\r\nAuthentication-Results: mx.test;\r\n\tspf=pass\r\n"
	                           "authentication-results : x.test; none\r\n"
	                           "AUTHENTICATION-RESULTS :mx.test; none\r\nTo: c@d\r\n"
	                           "x-ours: good\r\nX-Ours-Too: kept\r\n\r\nbody"),
	                      SPAN("mx.test"), SPAN("X-Ours"), &out, &n),
	        0);
	CHECK_INT(n, 3);
	CHECK_SPAN(buf_span(&out), SPAN("From: a@b\r\nauthentication-results : x.test; none\r\nTo: "
	                                "c@d\r\nX-Ours-Too: kept\r\n\r\nbody"));
}

TEST(authres_hidden)
{
	static const struct {
		struct span body;
		bool hidden;
	} t[] = {
		{ SPAN("broken\r\nAuthentication-Results: mx.test; none\r\n\r\n"), true },
		{ SPAN("broken\r\n\tx\r\nA: b\r\n:\r\nX-Ours: good"), true },
		{ SPAN("broken\r\nAuthentication-Results: x.test; none\r\n\r\n"), false },
		{ SPAN("Authentication-Results\xa0: mx.test; none\r\n\r\n"), true },
		{ SPAN("\xc2\xa0"
		       "Authentication-Results: mx.test; none\r\n\r\n"),
		  true },
		{ SPAN("A: b\r\nAuthentication-Results\r\n : mx.test;\r\n none\r\n\r\n"), true },
		{ SPAN("Authentication-\r\n Results:\r\n\tmx.test; none"), true },
		{ SPAN("X-Ours\0: good\r\n"), true },
		{ SPAN("X-Ours\r\n"), false },
		{ SPAN("Authentication-Results\xa0: x.test; none\r\n mx.test: y\r\n"), false },
		{ SPAN("broken\r\n\r\nAuthentication-Results: mx.test; none\r\n"), false },
		{ SPAN("broken"), false },
		{ SPAN(""), false },
	};
	EACH_ROW(t)
		CHECK_INT(authres_hidden(exact(t[row].body), SPAN("mx.test"), SPAN("X-Ours")),
		          t[row].hidden);
}

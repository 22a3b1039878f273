/* Keys as Bearer tokens (wire/http/bearer.h). */
#include "wire/http/bearer.h"

#include "base/err.h"
#include "test.h"

/* RFC 6750 2.1: b64token. */
TEST(a_key_comes_back)
{
	static const char *const accounts[] = { "a@b", "alice@home.test", "x\xfb\xff\xbf@b.c",
		                                "ab@c" };

	EACH_ROW(accounts) {
		AUTO_BUF text = BUF(600), account = BUF(600);
		struct span secret;

		buf_puts(&text, row % 2 ? "Bearer " : "bEARER  ");
		CHECK_INT(http_bearer_put(&text, span_str(accounts[row]), SPAN("s3cr.et")), 0);
		for (size_t i = 7; i < text.n; i++)
			CHECK(text.p[i] == ' ' || memchr("-._~+/", text.p[i], 6) ||
			      (text.p[i] >= '0' && text.p[i] <= '9') ||
			      (text.p[i] >= 'A' && text.p[i] <= 'Z') ||
			      (text.p[i] >= 'a' && text.p[i] <= 'z'));
		CHECK_INT(http_bearer_take(buf_span(&text), &account, &secret), 0);
		CHECK(span_eq(buf_span(&account), span_str(accounts[row])));
		CHECK(span_eq(secret, SPAN("s3cr.et")));
	}
}

TEST(what_is_no_key)
{
	static const char *const values[] = { "",
		                              "Bearer",
		                              "Bearer ",
		                              "Basic YTpi",
		                              "Bearer pr",
		                              "Bearer pr.",
		                              "Bearer pr.YUBi",
		                              "Bearer pr.YUBi.",
		                              "Bearer pr..x",
		                              "Bearer pr.YU=i.x",
		                              "Bearer pr.Y.x",
		                              "Bearer PR.YUBi.x" };

	EACH_ROW(values) {
		AUTO_BUF account = BUF(600);
		struct span secret;
		CHECK_INT(http_bearer_take(span_str(values[row]), &account, &secret), ERR_SYNTAX);
	}
}

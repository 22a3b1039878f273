/* Asking an rspamd: the request, HTTP's reply (RFC 9112), the object in it. */
#include "wire/rspamd/rspamd.h"

#include "test.h"

TEST(rspamd_request)
{
	const struct rspamd_envelope e = { .host = SPAN("127.0.0.1:11333"),
		                           .ip = SPAN("192.0.2.1"),
		                           .helo = SPAN("a\r\nRcpt: evil"),
		                           .sender = SPAN("a\n@b") };
	AUTO_BUF b = BUF(1000);

	CHECK_INT(rspamd_begin(&b, &e, 7), 0);
	CHECK_INT(rspamd_rcpt_put(&b, SPAN("u@home.test")), 0);
	CHECK_INT(rspamd_end(&b), 0);
	CHECK_SPAN(buf_span(&b),
	           SPAN("POST /checkv2 HTTP/1.1\r\nHost: 127.0.0.1:11333\r\nContent-Length: 7\r\n"
	                "Connection: close\r\nIP: 192.0.2.1\r\nHelo: a??Rcpt: evil\r\n"
	                "From: <a?@b>\r\nRcpt: u@home.test\r\n\r\n"));
}

TEST(rspamd_ping)
{
	static const char *const answer =
	        "HTTP/1.1 200 OK\r\nServer: rspamd/3.4\r\nContent-Length: 4\r\n\r\npong";
	AUTO_BUF b = BUF(1000), room = BUF(1000);
	struct rspamd_http reply;

	CHECK_INT(rspamd_ping_put(&b, SPAN("localhost")), 0);
	CHECK_SPAN(buf_span(&b),
	           SPAN("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
	CHECK_INT(rspamd_http_read(span_str(answer), false, &room, &reply), 1);
	CHECK_SPAN(reply.server, SPAN("rspamd/3.4"));
	CHECK_SPAN(reply.body, SPAN("pong"));
}

#define OK "HTTP/1.1 200 OK\r\n"

TEST(rspamd_http)
{
	static const struct {
		const char *in;
		bool ended;
		int r;
		const char *body;
	} t[] = {
		{ "", false, 0, "" },
		{ "", true, ERR_CLOSED, "" },
		{ "HTTP/1.1 200 O", false, 0, "" },
		{ OK "Content-Length: 2\r\n\r\n{", false, 0, "" },
		{ OK "Content-Length: 2\r\n\r\n{", true, ERR_CLOSED, "" },
		{ OK "Content-Length: 2\r\n\r\n{}", false, 1, "{}" },
		{ OK "content-length:2\r\ncontent-length: 2\r\n\r\n{}x", false, 1, "{}" },
		{ "HTTP/1.0 200\r\n\r\n{}", false, 0, "" },
		{ "HTTP/1.0 200\r\n\r\n{}", true, 1, "{}" },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 0\r\n\r\n", false, 1, "" },
		{ OK "Transfer-Encoding: Chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", false,
		  1, "{}" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n", false, 1,
		  "{}" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", false, 0, "" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}", true, ERR_CLOSED, "" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", false, ERR_SYNTAX,
		  "" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", false, ERR_SYNTAX, "" },
		{ OK "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", false, ERR_SYNTAX, "" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n\r\n", false, ERR_SYNTAX, "" },
		/* RFC 9112 6.3: what may be read in two ways is not read */
		{ OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", false, ERR_SYNTAX,
		  "" },
		{ OK "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", false, ERR_SYNTAX,
		  "" },
		{ OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\n", false, ERR_SYNTAX, "" },
		{ OK "Content-Length: +2\r\n\r\n", false, ERR_SYNTAX, "" },
		{ OK "Content-Length: 99999999999999999999\r\n\r\n", false, ERR_SYNTAX, "" },
		{ OK "Content-Encoding: zstd\r\n\r\n", false, ERR_SYNTAX, "" },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n", false, ERR_SYNTAX, "" },
		{ OK " fold\r\n\r\n", false, ERR_SYNTAX, "" },
		{ OK "A : b\r\n\r\n", false, ERR_SYNTAX, "" },
		{ "220 mx ESMTP\r\n", false, ERR_SYNTAX, "" },
		{ "HTTP/2 200\r\n", false, ERR_SYNTAX, "" },
		{ "HTTP/1.1 099 x\r\n", false, ERR_SYNTAX, "" },
		{ "HTTP/1.1 2000\r\n", false, ERR_SYNTAX, "" },
	};
	EACH_ROW(t) {
		AUTO_BUF room = BUF(1000);
		struct rspamd_http got = { 0 };
		CHECK_INT(rspamd_http_read(exact(span_str(t[row].in)), t[row].ended, &room, &got),
		          t[row].r);
		CHECK_SPAN(got.body, span_str(t[row].body));
		CHECK_INT(got.code, t[row].r == 1 ? 200 : 0);
	}
}

TEST(rspamd_verdicts)
{
	static const struct {
		const char *json;
		int r, action;
		const char *first, *message;
	} t[] = {
		{ "{\"action\":\"no action\",\"score\":1.5,\"required_score\":15}", 0,
		  RSPAMD_NO_ACTION, NULL, "" },
		{ "{\"action\":\"reject\",\"symbols\":{\"A\":{\"score\":1},\"B\":{\"score\":7.5},"
		  "\"C\":{\"score\":-9},\"D\":{}},\"messages\":{\"smtp_message\":\"Gtube\\r\\nx\"}"
		  "}",
		  0, RSPAMD_REJECT, "B", "Gtube??x" },
		{ "{\"action\":\"add header\"}", 0, RSPAMD_ADD_HEADER, NULL, "" },
		{ "{\"action\":\"rewrite subject\"}", 0, RSPAMD_REWRITE_SUBJECT, NULL, "" },
		{ "{\"action\":\"soft reject\"}", 0, RSPAMD_SOFT_REJECT, NULL, "" },
		{ "{\"action\":\"greylist\",\"score\":\"x\"}", 0, RSPAMD_GREYLIST, NULL, "" },
		{ "{\"action\":\"explode\"}", ERR_UNKNOWN, 0, NULL, "" },
		{ "{\"action\":1}", ERR_SYNTAX, 0, NULL, "" },
		{ "{}", ERR_SYNTAX, 0, NULL, "" },
		/* a rule that decides by itself: the rest was skipped */
		{ "{\"is_skipped\":true,\"action\":\"reject\",\"symbols\":{\"GTUBE\":{\"score\":0}}"
		  "}",
		  0, RSPAMD_REJECT, "GTUBE", "" },
		{ "[]", ERR_SYNTAX, 0, NULL, "" },
		{ "", ERR_SYNTAX, 0, NULL, "" },
		{ "{\"action\":\"no action\"", ERR_SYNTAX, 0, NULL, "" },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", ERR_SYNTAX, 0, NULL, "" },
	};
	EACH_ROW(t) {
		struct rspamd_verdict v = { 0 };
		CHECK_INT(rspamd_verdict_parse(exact(span_str(t[row].json)), &v), t[row].r);
		if (t[row].r)
			continue;
		CHECK_INT(v.action, t[row].action);
		CHECK_INT(v.n_symbols > 0, t[row].first != NULL);
		if (t[row].first)
			CHECK_STR(v.symbols[0].name, t[row].first);
		CHECK_STR(v.message, t[row].message);
	}
}

/* Of many symbols the heaviest are kept, in their order. */
TEST(rspamd_symbols)
{
	AUTO_BUF json = BUF(10000);
	struct rspamd_verdict v;

	CHECK_INT(buf_puts(&json, "{\"action\":\"reject\",\"symbols\":{"), 0);
	for (int i = 0; i < 30; i++)
		CHECK_INT(
		        buf_printf(&json, "%s\"S%d\":{\"score\":%d}", i ? "," : "", i, i * 7 % 30),
		        0);
	CHECK_INT(buf_puts(&json, "}}"), 0);
	CHECK_INT(rspamd_verdict_parse(buf_span(&json), &v), 0);
	CHECK_INT(v.n_symbols, RSPAMD_SYMBOLS_MAX);
	for (size_t i = 0; i < v.n_symbols; i++)
		CHECK_INT((int)v.symbols[i].score, 29 - (int)i);
}

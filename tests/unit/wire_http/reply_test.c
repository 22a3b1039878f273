/* Heads of responses (wire/http/reply.h). */
#include "wire/http/reply.h"

#include "test.h"

/* RFC 9110 5.6.7's example; a value cannot begin another field (CWE-113). */
TEST(a_head)
{
	AUTO_BUF out = BUF(4096);

	http_reply_begin(&out, 404, INT64_C(784111777000));
	http_reply_field(&out, "X", "%s", "a\r\nSet-Cookie: b\x7f");
	http_reply_end(&out);
	CHECK(span_eq(buf_span(&out),
	              SPAN("HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	                   "Server: Postrider\r\nX: a  Set-Cookie: b \r\n\r\n")));
	CHECK(*http_status_text(200) && !*http_status_text(299));
}

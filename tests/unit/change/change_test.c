/* change: the record as JSON and as a line. */
#include "change/change.h"

#include "test.h"
#include "wire/smtp/verdict/verdict.h"

static const struct record_change delivered = {
	.seq = 7,
	.time_ms = 1795460707123,
	.message = 1,
	.address = SPAN("bob@example.net"),
	.return_path = SPAN("alice@example.test"),
	.state = RECIPIENT_DELIVERED,
	.attempt = 1,
	.remote_host = SPAN("mx.example.net"),
	.remote_address = SPAN("192.0.2.1:25"),
	.tls_version = SPAN("TLSv1.3"),
	.tls_policy = SPAN("opportunistic"),
	.code = 250,
	.enhanced = SPAN("2.0.0"),
	.text = SPAN("ok"),
	.class = SMTP_CLASS_DELIVERED,
	.meaning = SPAN("It is there."),
	.elapsed_ms = 41,
};
static const struct record_change queued = {
	.seq = 6,
	.time_ms = 1795460707000,
	.message = 1,
	.recipient = 2,
	.address = SPAN("bob@example.net"),
	.state = RECIPIENT_QUEUED,
};
static const struct record_change hostile = {
	.seq = 9,
	.time_ms = 1795460707000,
	.message = 1,
	.address = SPAN("\"a\\\"b\"@example.net"),
	.state = RECIPIENT_DEFERRED,
	.attempt = 3,
	.remote_address = SPAN("192.0.2.1:25"),
	.code = 450,
	.text = SPAN("wait\r\n\x1b[31mstate=delivered \xff"),
	.class = SMTP_CLASS_GREYLISTED,
	.next_try_ms = 1795460767000,
	.who = SPAN("alice (uid 1000)"),
	.why = SPAN("a test"),
	.route = SPAN("relay x.test:25"),
};

TEST(change_is_one_json_object)
{
	static const struct {
		const struct record_change *f;
		struct span json;
	} t[] = {
		{ &delivered,
		  SPAN("{\"seq\":7,\"time\":\"2026-11-23T19:05:07.123Z\",\"message\":"
		       "\"0000000000001\",\"recipient\":0,\"address\":\"bob@example.net\","
		       "\"return_path\":\"alice@example.test\",\"state\":\"delivered\",\"attempt\":"
		       "1,"
		       "\"remote_host\":\"mx.example.net\",\"remote_address\":\"192.0.2.1:25\","
		       "\"tls_version\":\"TLSv1.3\",\"tls_policy\":\"opportunistic\",\"code\":250,"
		       "\"enhanced\":\"2.0.0\",\"text\":\"ok\",\"class\":\"delivered\",\"meaning\":"
		       "\"It is "
		       "there.\",\"elapsed_ms\":41,\"next_try\":null,\"who\":null,\"why\":null,"
		       "\"route\":null,\"report\":null}") },
		{ &queued,
		  SPAN("{\"seq\":6,\"time\":\"2026-11-23T19:05:07.000Z\",\"message\":"
		       "\"0000000000001\",\"recipient\":2,\"address\":\"bob@example.net\","
		       "\"return_path\":null,\"state\":\"queued\",\"attempt\":0,\"remote_host\":"
		       "null,"
		       "\"remote_address\":null,\"tls_version\":null,\"tls_policy\":null,\"code\":"
		       "null,\"enhanced\":null,\"text\":null,\"class\":null,\"meaning\":null,"
		       "\"elapsed_ms\":0,\"next_try\":null,\"who\":null,\"why\":null,\"route\":"
		       "null,\"report\":null}") },
		{ &hostile,
		  SPAN("{\"seq\":9,\"time\":\"2026-11-23T19:05:07.000Z\",\"message\":"
		       "\"0000000000001\",\"recipient\":0,\"address\":"
		       "\"\\\"a\\\\\\\"b\\\"@example.net\",\"return_path\":null,\"state\":"
		       "\"deferred\","
		       "\"attempt\":3,\"remote_host\":null,\"remote_address\":\"192.0.2.1:25\","
		       "\"tls_version\":null,\"tls_policy\":null,\"code\":450,\"enhanced\":null,"
		       "\"text\":\"wait\\u000d\\u000a\\u001b[31mstate=delivered "
		       "\xef\xbf\xbd\",\"class\":\"greylisted\",\"meaning\":null,\"elapsed_ms\":0,"
		       "\"next_try\":\"2026-11-23T19:06:07.000Z\",\"who\":\"alice (uid "
		       "1000)\",\"why\":\"a test\",\"route\":\"relay "
		       "x.test:25\",\"report\":null}") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(4096);

		CHECK_INT(change_json(t[row].f, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].json);
	}
}

TEST(change_does_not_fit)
{
	AUTO_BUF json = BUF(100);

	CHECK_INT(change_json(&delivered, &json), ERR_TOO_LONG);
}

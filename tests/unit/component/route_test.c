/* component/route: which way a text names.  RFC 3986 2.1, RFC 8314 3.3, RFC 6409 3.1, RFC 2033. */
#include "component/route.h"

#include "test.h"

#define OPEN     DELIVER_TLS_OPPORTUNISTIC
#define MUST_TLS DELIVER_TLS_REQUIRED
#define FIRST    DELIVER_TLS_IMPLICIT

static const struct {
	const char *text, *relay; /* relay NULL: refused; "": direct */
	uint16_t port;
	enum deliver_tls tls;
	const char *user, *password;
	bool lmtp, unverified, control, web;
} t[] = {
	{ "", "" },
	{ "mx.test", "mx.test", 25, OPEN },
	{ "mx.test:587", "mx.test", 587, OPEN },
	{ "192.0.2.1", "192.0.2.1", 25, OPEN },
	{ "192.0.2.1:2525", "192.0.2.1", 2525, OPEN },
	{ "2001:db8::1", "2001:db8::1", 25, OPEN },
	{ "[2001:db8::1]", "2001:db8::1", 25, OPEN },
	{ "[2001:db8::1]:587", "2001:db8::1", 587, OPEN },
	{ "smtp://mx.test", "mx.test", 25, OPEN },
	{ "SMTP://mx.test/", "mx.test", 25, OPEN },
	{ "smtp://u:p@mx.test", "mx.test", 587, MUST_TLS, "u", "p" },
	{ "smtp://a%40b:p%3a%25@mx.test:25", "mx.test", 25, MUST_TLS, "a@b", "p:%" },
	{ "smtp://a@b:p:q@r@mx.test", "mx.test", 587, MUST_TLS, "a@b", "p:q@r" },
	{ "smtps://u:p@mx.test", "mx.test", 465, FIRST, "u", "p" },
	{ "smtps://mx.test", "mx.test", 465, FIRST },
	{ "smtp://u:p@127.0.0.1", "127.0.0.1", 587, OPEN, "u", "p", .unverified = true },
	{ "smtp://u:p@LocalHost:2587", "LocalHost", 2587, OPEN, "u", "p", .unverified = true },
	{ "smtps://u:p@[::1]", "::1", 465, FIRST, "u", "p", .unverified = true },
	{ "smtp://u:p@localhost.evil.test", "localhost.evil.test", 587, MUST_TLS, "u", "p" },
	{ "https://pr.a.b@mx.test", "mx.test", 443, FIRST, "pr.a.b", .web = true },
	{ "HTTPS://k@mx.test:8443/", "mx.test", 8443, FIRST, "k", .web = true },
	{ "https://k@[::1]:443", "::1", 443, FIRST, "k", .unverified = true, .web = true },
	{ "https://mx.test" },
	{ "https://k:p@mx.test" },
	{ "https://k@mx.test/v1/messages" },
	{ "lmtp:/run/lmtp", "/run/lmtp", 0, DELIVER_TLS_NONE, .lmtp = true },
	{ "lmtp://mx.test", "mx.test", 24, OPEN, .lmtp = true },
	{ "lmtp://mx.test:2400", "mx.test", 2400, OPEN, .lmtp = true },
	{ "http://mx.test" },
	{ "mx.test:" },
	{ "mx.test:0" },
	{ "mx.test:65536" },
	{ "mx.test:25x" },
	{ "[2001:db8::1" },
	{ "[2001:db8::1]25" },
	{ "[x]" },
	{ "[]" },
	{ "smtp://" },
	{ "smtp://@mx.test" },
	{ "smtp://:p@mx.test" },
	{ "smtp://u%4:p@mx.test" },
	{ "smtp://u:%zz@mx.test" },
	{ "smtp://u:p%@mx.test" },
	{ "u:p@mx.test" },
	{ "mx test" },
	{ "mx.test\r\nRCPT" },
	{ "lmtp:run/lmtp" },
	{ "lmtp:" },
	{ "postrider:/run/control", "/run/control", 0, 0, .control = true },
	{ "postrider:control" },
};

TEST(routes)
{
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct route got;

		CHECK_INT(route_parse(exact(span_str(t[row].text)), &mem, &got),
		          t[row].relay ? 0 : ERR_SYNTAX);
		if (!t[row].relay)
			continue;
		CHECK_INT(got.direct, !*t[row].relay);
		CHECK(got.told.n > 0);
		if (got.direct)
			continue;
		CHECK_SPAN(got.to.relay, span_str(t[row].relay));
		CHECK_INT(got.to.port, t[row].port);
		CHECK_INT(got.to.tls, t[row].tls);
		CHECK_INT(got.to.lmtp, t[row].lmtp);
		CHECK_INT(got.unverified, t[row].unverified);
		CHECK_INT(got.control, t[row].control);
		CHECK_INT(got.web, t[row].web);
		CHECK_SPAN(got.to.user, span_str(t[row].user));
		CHECK_SPAN(got.to.password, span_str(t[row].password));
	}
}

TEST(secrets_are_not_told)
{
	static const char *const texts[] = { "smtp://u:secret@mx.test", "smtp://u:secret%@mx.test",
		                             "smtp://u:secret@",        "u:secret@mx.test",
		                             "https://secret@mx.test",  "https://secret@" };

	EACH_ROW(texts) {
		AUTO_ARENA mem = { 0 };
		struct route got = { 0 };
		int r = route_parse(span_str(texts[row]), &mem, &got);

		CHECK(span_find_span(r < 0 ? span_str(err_str(r)) : got.told, SPAN("secret")) < 0);
	}
}

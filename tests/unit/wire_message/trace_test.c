/* wire/message/trace.h: RFC 5321 4.4, RFC 3848, RFC 6531 4.3. */
#include "test.h"

#include "base/clock.h"
#include "wire/message/header.h"
#include "wire/message/write/trace.h"

#define WHEN ";\r\n\tMon, 23 Nov 2026 19:05:07 +0000\r\n"
enum { TIME_S = 1795460707 };

TEST(received_prints)
{
	static const struct {
		struct message_received r;
		struct span out;
	} t[] = {
		{ { .helo = SPAN("c.example"),
		    .rdns = SPAN("r.example"),
		    .ip = SPAN("192.0.2.1"),
		    .hostname = SPAN("mx.example"),
		    .ehlo = true,
		    .tls = true,
		    .auth = true,
		    .tls_version = SPAN("TLSv1.3"),
		    .tls_cipher = SPAN("TLS_AES_256_GCM_SHA384"),
		    .id = SPAN("0abc"),
		    .rcpt = SPAN("u@example") },
		  SPAN("Received: from c.example (r.example [192.0.2.1])\r\n"
		       "\tby mx.example with ESMTPSA\r\n"
		       "\t(TLSv1.3 cipher TLS_AES_256_GCM_SHA384) id 0abc\r\n"
		       "\tfor <u@example>" WHEN) },
		{ { .helo = SPAN("[192.0.2.1]"), .ip = SPAN("2001:db8::1"), .hostname = SPAN("h") },
		  SPAN("Received: from [192.0.2.1] (unknown [IPv6:2001:db8::1])\r\n"
		       "\tby h with SMTP" WHEN) },
		{ { .hostname = SPAN("h"), .lmtp = true },
		  SPAN("Received: from unknown\r\n\tby h with LMTP" WHEN) },
		/* nothing that a peer says ends a line, a comment or a clause */
		{ { .helo = SPAN("a\r\nBcc: x"),
		    .rdns = SPAN("r) by evil"),
		    .ip = SPAN("1\r\n2"),
		    .hostname = SPAN("h"),
		    .id = SPAN("i\n"),
		    .rcpt = SPAN("a>\r\nX: y\0@b"),
		    .ehlo = true },
		  SPAN("Received: from a??Bcc:?x (r??by?evil [1??2])\r\n"
		       "\tby h with ESMTP id i?\r\n\tfor <a???X: y?@b>" WHEN) },
		{ { .helo = SPAN("\xc3\xa9.example"),
		    .hostname = SPAN("h"),
		    .ehlo = true,
		    .rcpt = SPAN("\xc3\xa9@b") },
		  SPAN("Received: from ?.example\r\n\tby h with ESMTP\r\n\tfor <?@b>" WHEN) },
		{ { .helo = SPAN("\xc3\xa9\xff.example"),
		    .hostname = SPAN("h"),
		    .ehlo = true,
		    .utf8 = true,
		    .rcpt = SPAN("\xc3\xa9@b") },
		  SPAN("Received: from \xc3\xa9?.example\r\n\tby h with UTF8SMTP\r\n"
		       "\tfor <\xc3\xa9@b>" WHEN) },
		{ { .helo = SPAN("c"), .hostname = SPAN("h"), .rcpt = SPAN("\"a b>\"@c") },
		  SPAN("Received: from c\r\n\tby h with SMTP\r\n\tfor <\"a b?\"@c>" WHEN) },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(4000);
		struct message_received r = t[row].r;

		r.time_ms = (int64_t)TIME_S * 1000;
		CHECK_INT(message_received_put(&out, &r), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

/* A value of any octets and length gives one field of lines within 998 octets. */
TEST(received_is_one_field)
{
	for (int c = 0; c < 256; c++) {
		AUTO_BUF junk = BUF(4000);
		AUTO_BUF out = BUF(8000);
		struct message_header h;
		struct message_field field;
		struct span rest, line, text;
		struct message_received r;

		for (int i = 0; i < 3000; i++)
			buf_putc(&junk, (char)c);
		r = (struct message_received){ .helo = buf_span(&junk),
			                       .rdns = buf_span(&junk),
			                       .ip = buf_span(&junk),
			                       .hostname = SPAN("h"),
			                       .tls = true,
			                       .tls_version = buf_span(&junk),
			                       .tls_cipher = buf_span(&junk),
			                       .id = buf_span(&junk),
			                       .rcpt = buf_span(&junk),
			                       .utf8 = c & 1 };
		CHECK_INT(message_received_put(&out, &r), 0);
		CHECK_INT(message_return_path_put(&out, buf_span(&junk)), 0);
		for (rest = buf_span(&out); message_line_next(&rest, &line, &text);)
			CHECK(text.n <= MESSAGE_LINE_MAX);
		message_header_begin(&h, buf_span(&out));
		CHECK(message_header_next(&h, &field));
		CHECK_SPAN(field.name, SPAN("Received"));
		CHECK(message_header_next(&h, &field));
		CHECK_SPAN(field.name, SPAN("Return-Path"));
		CHECK(!message_header_next(&h, &field));
		CHECK_INT(h.end, MESSAGE_HEADER_ALL);
	}
}

TEST(received_names_the_protocol)
{
	static const struct {
		bool lmtp, ehlo, utf8, tls, auth;
		const char *with;
	} t[] = {
		{ 0, 0, 0, 0, 0, "SMTP" },       { 0, 1, 0, 0, 0, "ESMTP" },
		{ 0, 1, 0, 0, 1, "ESMTPA" },     { 0, 1, 0, 1, 0, "ESMTPS" },
		{ 0, 1, 0, 1, 1, "ESMTPSA" },    { 0, 1, 1, 0, 0, "UTF8SMTP" },
		{ 0, 1, 1, 0, 1, "UTF8SMTPA" },  { 0, 1, 1, 1, 0, "UTF8SMTPS" },
		{ 0, 1, 1, 1, 1, "UTF8SMTPSA" }, { 1, 0, 0, 0, 0, "LMTP" },
		{ 1, 0, 0, 1, 1, "LMTPSA" },     { 1, 0, 1, 1, 1, "UTF8LMTPSA" },
	};
	EACH_ROW(t) {
		struct message_received r = { .lmtp = t[row].lmtp,
			                      .ehlo = t[row].ehlo,
			                      .utf8 = t[row].utf8,
			                      .tls = t[row].tls,
			                      .auth = t[row].auth };
		CHECK_STR(message_received_with(&r), t[row].with);
	}
}

TEST(return_path_prints)
{
	static const struct {
		struct span sender, out;
	} t[] = {
		{ SPAN(""), SPAN("Return-Path: <>\r\n") },
		{ SPAN("a@b"), SPAN("Return-Path: <a@b>\r\n") },
		{ SPAN("a@b>\r\nBcc: c"), SPAN("Return-Path: <a@b???Bcc: c>\r\n") },
		{ SPAN("\xc3\xa9@b"), SPAN("Return-Path: <\xc3\xa9@b>\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(400);

		CHECK_INT(message_return_path_put(&out, exact(t[row].sender)), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

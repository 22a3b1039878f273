/* wire/message/field.h: RFC 5322 2.1.1, 2.2.3; RFC 2047; RFC 2231. */
#include "test.h"

#include "wire/message/write/field.h"
#include "wire/message/header.h"
#include "wire/message/param.h"
#include "wire/message/words.h"

#define X10  "xxxxxxxxxx"
#define X70  X10 X10 X10 X10 X10 X10 X10
#define X990 X70 X70 X70 X70 X70 X70 X70 X70 X70 X70 X70 X70 X70 X70 X10

static int text_field(struct span text, struct buf *out)
{
	struct message_field_writer w;

	message_field_begin(&w, out, SPAN("Subject"));
	message_field_text(&w, text);
	return message_field_end(&w);
}

TEST(field_writes_text)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN("Hello"), SPAN("Subject: Hello\r\n") },
		{ SPAN(""), SPAN("Subject:\r\n") },
		{ SPAN("two  spaces"), SPAN("Subject: two  spaces\r\n") },
		{ SPAN(X70 " aaa bbb"), SPAN("Subject: " X70 "\r\n aaa bbb\r\n") },
		{ SPAN("x " X70 "  aaa"), SPAN("Subject: x\r\n " X70 "  aaa\r\n") },
		{ SPAN("x " X70 X10), SPAN("Subject: x\r\n " X70 X10 "\r\n") },
		{ SPAN("Gr\xc3\xbc\xc3\x9f"
		       "e"),
		  SPAN("Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n") },
		{ SPAN("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"),
		  SPAN("Subject: =?UTF-8?B?4oKs4oKs4oKs?=\r\n") },
		{ SPAN(" a"), SPAN("Subject: =?UTF-8?Q?_a?=\r\n") },
		{ SPAN("=?utf-8?q?x?="),
		  SPAN("Subject: =?UTF-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(2000);

		CHECK_INT(text_field(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

/* 2.1.1: every line within 78 where words permit, within 998 always; and it reads back. */
TEST(field_folds_what_is_long)
{
	static const struct {
		struct span in;
		size_t line;
	} t[] = {
		{ SPAN(X70 " " X70 " " X70 " " X70), 79 },
		{ SPAN(X990 " " X990), 78 }, /* over 900: encoded */
		{ SPAN("a " X70 X70 X70 " b"), 211 },
		{ SPAN("\xc3\xa9 " X990), 78 },
		{ SPAN("a                                                                          "
		       "   b"),
		  79 },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(9000);
		AUTO_BUF back = BUF(9000);
		struct message_field field = { 0 };
		struct span rest, line, text;
		size_t n_lines = 0;

		CHECK_INT(text_field(exact(t[row].in), &out), 0);
		for (rest = buf_span(&out); message_line_next(&rest, &line, &text); n_lines++) {
			CHECK(text.n <= t[row].line);
			CHECK(span_trim(text).n > 0);
		}
		CHECK(n_lines > 0);
		CHECK(message_header_find(buf_span(&out), SPAN("Subject"), &field));
		CHECK_INT(field.whole.n, out.n);
		CHECK_INT(message_words_get(field.value, &back), 0);
		CHECK_SPAN(buf_span(&back), t[row].in);
	}
}

/* threats: header injection by libraries. */
TEST(field_refuses_controls)
{
	static const struct span t[] = {
		SPAN("a\r\nBcc: x@y"),
		SPAN("a\nb"),
		SPAN("a\rb"),
		SPAN("a\0b"),
		SPAN("a\tb"),
		SPAN("a\x1b[0m"),
		SPAN("a\x7f"),
		SPAN("a\xc2\x85"
		     "b"),
		SPAN("a\xe2\x80\xa8"
		     "b"),
		SPAN("a\xe2\x80\xa9"
		     "b"),
		SPAN("\xff"),
		SPAN("\xc3"),
		SPAN("\xed\xa0\x80"),
	};
	EACH_ROW(t) {
		struct span bad = exact(t[row]);
		struct message_field_writer w[5];
		AUTO_BUF out = BUF(2000);

		CHECK_INT(message_field_check(bad, "it"), ERR_SYNTAX);
		for (size_t i = 0; i < N_ELEMS(w); i++)
			message_field_begin(&w[i], &out, SPAN("X"));
		message_field_text(&w[0], bad);
		message_field_token(&w[1], bad);
		message_field_mailbox(&w[2], bad, SPAN("a@b"));
		message_field_mailbox(&w[3], SPAN("x"), bad);
		message_field_param(&w[4], SPAN("x"), bad);
		for (size_t i = 0; i < N_ELEMS(w); i++)
			CHECK_INT(message_field_end(&w[i]), ERR_SYNTAX);
		CHECK_SPAN(buf_span(&out), SPAN("X:X:X:X:X:\r\n\r\n\r\n\r\n\r\n"));
	}
}

TEST(field_writes_mailboxes)
{
	static const struct {
		struct span name, out;
	} t[] = {
		{ SPAN(""), SPAN("To: a@b, a@b\r\n") },
		{ SPAN("Bob B"), SPAN("To: Bob B <a@b>, Bob B <a@b>\r\n") },
		{ SPAN("Bob B."), SPAN("To: \"Bob B.\" <a@b>, \"Bob B.\" <a@b>\r\n") },
		{ SPAN("B, \"x\\"),
		  SPAN("To: \"B, \\\"x\\\\\" <a@b>, \"B, \\\"x\\\\\" <a@b>\r\n") },
		{ SPAN("a  b"), SPAN("To: \"a  b\" <a@b>, \"a  b\" <a@b>\r\n") },
		{ SPAN("J\xc3\xb6"),
		  SPAN("To: =?UTF-8?Q?J=C3=B6?= <a@b>, =?UTF-8?Q?J=C3=B6?= <a@b>\r\n") },
		{ SPAN("x <e@f>, y"), SPAN("To: \"x <e@f>, y\" <a@b>, \"x <e@f>, y\" <a@b>\r\n") },
		{ SPAN(X10 X10 X10 X10 X10 X10),
		  SPAN("To: " X10 X10 X10 X10 X10 X10 " <a@b>,\r\n " X10 X10 X10 X10 X10 X10
		       " <a@b>\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(2000);
		struct message_field_writer w;

		message_field_begin(&w, &out, SPAN("To"));
		message_field_mailbox(&w, exact(t[row].name), SPAN("a@b"));
		message_field_mailbox(&w, exact(t[row].name), SPAN("a@b"));
		CHECK_INT(message_field_end(&w), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

TEST(field_writes_params)
{
	static const struct {
		struct span value, out;
	} t[] = {
		{ SPAN("a.txt"), SPAN("X: y; filename=a.txt\r\n") },
		{ SPAN(""), SPAN("X: y; filename=\"\"\r\n") },
		{ SPAN("a b;\"\\"), SPAN("X: y; filename=\"a b;\\\"\\\\\"\r\n") },
		{ SPAN("\xe2\x82\xac 1.txt"),
		  SPAN("X: y;\r\n filename*=UTF-8''%E2%82%AC%201.txt\r\n") },
		{ SPAN("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		       "\xe2\x82\xac.txt"),
		  SPAN("X: y;\r\n "
		       "filename*0*=UTF-8''%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC;"
		       "\r\n"
		       " filename*1*=%E2%82%AC.txt\r\n") },
		{ SPAN("=?utf-8?q?x?="),
		  SPAN("X: y;\r\n filename*=UTF-8''%3D%3Futf-8%3Fq%3Fx%3F%3D\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(2000);
		AUTO_BUF back = BUF(2000);
		struct message_field_writer w;
		struct message_params params;
		struct message_field field = { 0 };

		message_field_begin(&w, &out, SPAN("X"));
		message_field_raw(&w, SPAN("y"));
		message_field_param(&w, SPAN("filename"), exact(t[row].value));
		CHECK_INT(message_field_end(&w), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
		CHECK(message_header_find(buf_span(&out), SPAN("X"), &field));
		message_params_begin(&params, field.value);
		CHECK(message_param_get(&params, SPAN("filename"), &back) > 0);
		CHECK_SPAN(buf_span(&back), t[row].value);
	}
}

TEST(field_keeps_998)
{
	AUTO_BUF out = BUF(4000);
	struct message_field_writer w;

	message_field_begin(&w, &out, SPAN("References"));
	message_field_token(&w, SPAN(X70));
	message_field_token(&w, SPAN(X990 "1234567"));
	CHECK_INT(message_field_end(&w), 0);
	message_field_begin(&w, &out, SPAN("References"));
	message_field_token(&w, SPAN(X990 "12345678"));
	CHECK_INT(message_field_end(&w), ERR_TOO_LONG);
}

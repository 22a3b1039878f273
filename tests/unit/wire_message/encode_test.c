/* wire/message/encode.h and decode.h: RFC 2045 6. */
#include "test.h"

#include "wire/message/decode.h"
#include "wire/message/encode.h"
#include "wire/message/header.h"

#define X76 "0123456789012345678901234567890123456789012345678901234567890123456789012345"
#define X57 "012345678901234567890123456789012345678901234567890123456"

TEST(encoding_chooses)
{
	static const struct {
		struct span in;
		enum message_encoding e;
	} t[] = {
		{ SPAN(""), MESSAGE_ENCODING_7BIT },
		{ SPAN("plain = text\t\r\n\r\n"), MESSAGE_ENCODING_7BIT },
		{ SPAN("space at the end \r\n"), MESSAGE_ENCODING_7BIT },
		{ SPAN("a From b\r\n"), MESSAGE_ENCODING_7BIT },
		{ SPAN("a\r\nFrom b\r\n"), MESSAGE_ENCODING_QP },
		{ SPAN("bare\nline"), MESSAGE_ENCODING_QP },
		{ SPAN("bare\rline"), MESSAGE_ENCODING_QP },
		{ SPAN("a nul\0 in it"), MESSAGE_ENCODING_QP },
		{ SPAN("an escape \x1b[0m"), MESSAGE_ENCODING_QP },
		{ SPAN("Gr\xc3\xbc\xc3\x9f"
		       "e\r\n"),
		  MESSAGE_ENCODING_QP },
		{ SPAN("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"),
		  MESSAGE_ENCODING_BASE64 },
		{ SPAN("\x89PNG\r\n\x1a\n\0\0\0\0"), MESSAGE_ENCODING_BASE64 },
	};
	EACH_ROW(t)
		CHECK_INT(message_encoding_choose(exact(t[row].in)), t[row].e);
}

TEST(encoding_minds_998)
{
	static const struct {
		int n;
		enum message_encoding e;
	} t[] = { { 998, MESSAGE_ENCODING_7BIT }, { 999, MESSAGE_ENCODING_QP } };
	EACH_ROW(t) {
		AUTO_BUF in = BUF(2000);

		buf_printf(&in, "a\r\n%0*d\r\n", t[row].n, 0);
		CHECK_INT(message_encoding_choose(buf_span(&in)), t[row].e);
	}
}

TEST(base64_puts_lines)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN(""), SPAN("") },
		{ SPAN("a"), SPAN("YQ==\r\n") },
		{ SPAN(X57),
		  SPAN("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
		       "NDU2\r\n") },
		{ SPAN(X57 "7"),
		  SPAN("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODk"
		       "wMTIzNDU2\r\nNw==\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);

		CHECK_INT(message_base64_put(&out, exact(t[row].in)), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
		CHECK_INT(message_base64_size(t[row].in.n), t[row].out.n);
	}
	CHECK_INT(message_base64_size(UINT64_C(57) << 40), UINT64_C(78) << 40);
}

TEST(base64_gets_what_it_can)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN(""), SPAN("") },
		{ SPAN("YWJj"), SPAN("abc") },
		{ SPAN("Y W\r\nJ!j"), SPAN("abc") }, /* 6.8: others are ignored */
		{ SPAN("YQ=="), SPAN("a") },
		{ SPAN("YQ"), SPAN("a") }, /* no padding */
		{ SPAN("YWI="), SPAN("ab") },
		{ SPAN("YWI"), SPAN("ab") },
		{ SPAN("YWJjZ"), SPAN("abc") },     /* a rest that is no octet */
		{ SPAN("YQ==YWJj"), SPAN("aabc") }, /* two texts behind each other */
		{ SPAN("===="), SPAN("") },
		{ SPAN("/+//"), SPAN("\xff\xef\xff") },
		{ SPAN("\xff\0"), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(message_base64_get(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

TEST(qp_puts)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN(""), SPAN("") },
		{ SPAN("a=b\xc3\xa9\r\n"), SPAN("a=3Db=C3=A9\r\n") },
		{ SPAN("a \r\nb\t\r\n"), SPAN("a=20\r\nb=09\r\n") }, /* 6.7 (3) */
		{ SPAN("a "), SPAN("a=20") },
		{ SPAN("a\tb"), SPAN("a\tb") },
		{ SPAN("a\nb\rc\0"), SPAN("a=0Ab=0Dc=00") },
		{ SPAN("\r\n\r\n"), SPAN("\r\n\r\n") },
		{ SPAN("From x\r\nFrom"), SPAN("=46rom x\r\nFrom") },
		/* 6.7 (5) */
		{ SPAN(X76 "67"),
		  SPAN("012345678901234567890123456789012345678901234567890123456789012345"
		       "678901234=\r\n567") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);
		AUTO_BUF back = BUF(1000);

		CHECK_INT(message_qp_put(&out, exact(t[row].in)), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
		CHECK_INT(message_qp_get(exact(buf_span(&out)), &back), 0);
		CHECK_SPAN(buf_span(&back), t[row].in);
	}
}

TEST(qp_gets_what_it_can)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN("a=3d=3D"), SPAN("a==") },   { SPAN("a=\r\nb=\nc="), SPAN("abc") },
		{ SPAN("a= \t\r\nb"), SPAN("ab") }, { SPAN("a \t\r\nb  "), SPAN("a\r\nb") },
		{ SPAN("a\nb"), SPAN("a\r\nb") },   { SPAN("a=G0=4"), SPAN("a=G0=4") },
		{ SPAN("==41"), SPAN("=A") },       { SPAN("=\xc3\xa9"), SPAN("=\xc3\xa9") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(message_qp_get(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

TEST(charset_makes_utf8)
{
	static const struct {
		struct span charset, in, out;
	} t[] = {
		{ SPAN("utf-8"), SPAN("a\xc3\xa9"), SPAN("a\xc3\xa9") },
		{ SPAN("UTF-8"), SPAN("\xc3z"), SPAN("\xef\xbf\xbdz") },
		{ SPAN("iso-8859-1"), SPAN("\xe9\x80"), SPAN("\xc3\xa9\xc2\x80") },
		{ SPAN("Windows-1252"), SPAN("\x80\x81\xe9"),
		  SPAN("\xe2\x82\xac\xef\xbf\xbd\xc3\xa9") },
		{ SPAN("us-ascii"), SPAN("a\xe9"), SPAN("a\xef\xbf\xbd") },
		{ SPAN("klingon"), SPAN("a\xe9"), SPAN("a\xef\xbf\xbd") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(message_charset_put(&out, t[row].charset, exact(t[row].in)), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

TEST(encodings_keep_to_the_cap)
{
	for (int e = MESSAGE_ENCODING_7BIT; e < MESSAGE_ENCODING_UNKNOWN; e++) {
		AUTO_BUF out = BUF(10);

		CHECK_INT(message_encode_put(&out, e, SPAN(X76)), ERR_TOO_LONG);
		CHECK(out.n <= 10);
	}
}

/* base/base64.h: RFC 4648 4, 10 (vectors), 3.3 and 3.5 (what to refuse); ids. */
#include "test.h"

#include "base/base64.h"

TEST(base64_both_ways)
{
	static const struct {
		struct span plain, text;
	} t[] = {
		/* RFC 4648 10 */
		{ SPAN(""), SPAN("") },
		{ SPAN("f"), SPAN("Zg==") },
		{ SPAN("fo"), SPAN("Zm8=") },
		{ SPAN("foo"), SPAN("Zm9v") },
		{ SPAN("foob"), SPAN("Zm9vYg==") },
		{ SPAN("fooba"), SPAN("Zm9vYmE=") },
		{ SPAN("foobar"), SPAN("Zm9vYmFy") },
		/* RFC 4616 4 */
		{ SPAN("\0tim\0tanstaaftanstaaf"), SPAN("AHRpbQB0YW5zdGFhZnRhbnN0YWFm") },
		{ SPAN("\xff\xff\xff\xfb\xef\xbe"), SPAN("////++++") },
		{ SPAN("\0\0\0"), SPAN("AAAA") },
	};
	EACH_ROW(t) {
		AUTO_BUF text = BUF(100), plain = BUF(100);

		CHECK_INT(base64_encode(&text, exact(t[row].plain)), 0);
		CHECK_SPAN(buf_span(&text), t[row].text);
		CHECK_INT(base64_decode(exact(t[row].text), &plain), 0);
		CHECK_SPAN(buf_span(&plain), t[row].plain);
	}
}

TEST(base64_refuses)
{
	static const struct span t[] = {
		SPAN("Z"),        SPAN("Zg"),         SPAN("Zg="),  /* cut short, no padding */
		SPAN("Zh=="),     SPAN("Zm9="),                     /* unused bits, 3.5 */
		SPAN("===="),     SPAN("Z==="),       SPAN("=Zg="), /* padding out of place */
		SPAN("Zg==Zg=="), SPAN("Zm8=Zm8="),                 /* padding, then more */
		SPAN("Zm9v\r\n"), SPAN("Zm9v\r\n  "), SPAN(" Zm9"), /* foreign octets, 3.3 */
		SPAN("Zm9-"),     SPAN("Zm9_"),       SPAN("Zm\0v"), SPAN("Zm\xffv"),
		SPAN("*"),        SPAN("Zm9v="),      SPAN("Z=g="),
	};
	EACH_ROW(t) {
		AUTO_BUF plain = BUF(100);

		buf_puts(&plain, "before");
		CHECK_INT(base64_decode(exact(t[row]), &plain), ERR_SYNTAX);
		CHECK_SPAN(buf_span(&plain), SPAN("before"));
		CHECK_INT(plain.err, 0);
	}
}

TEST(base64_keeps_the_cap)
{
	AUTO_BUF plain = BUF(5), text = BUF(7);

	CHECK_INT(base64_decode(SPAN("Zm9vYmFy"), &plain), ERR_TOO_LONG);
	CHECK_INT(plain.n, 0);
	CHECK_INT(base64_encode(&text, SPAN("foobar")), ERR_TOO_LONG);
}

TEST(id_both_ways)
{
	static const struct {
		uint64_t id;
		const char *text;
	} t[] = {
		{ 0, "0000000000000" },          { 31, "000000000000Z" },
		{ 32, "0000000000010" },         { 0x0123456789abcdef, "028T5CY4TQKFF" },
		{ UINT64_MAX, "FZZZZZZZZZZZZ" },
	};
	EACH_ROW(t) {
		char text[ID_TEXT_LEN + 1];
		uint64_t id = 0;

		id_print(t[row].id, text);
		CHECK_STR(text, t[row].text);
		CHECK_INT(id_parse(exact(span_str(t[row].text)), &id), 0);
		CHECK(id == t[row].id);
	}
}

TEST(id_ignores_case)
{
	uint64_t id = 0;

	CHECK_INT(id_parse(SPAN("028t5cy4tqkff"), &id), 0);
	CHECK(id == 0x0123456789abcdef);
}

TEST(id_refuses)
{
	static const struct span t[] = {
		SPAN(""),
		SPAN("000000000000"),
		SPAN("00000000000000"),
		SPAN("G000000000000"), /* 65 bits */
		SPAN("000000000000U"), /* not in the alphabet */
		SPAN("000000000000I"),
		SPAN("000000000000-"),
		SPAN("000000000000\0"),
		SPAN("000000000000\xe1"),
	};
	EACH_ROW(t) {
		uint64_t id = 12345;

		CHECK_INT(id_parse(exact(t[row]), &id), ERR_SYNTAX);
		CHECK(id == 12345);
	}
}

/* RFC 3461 4 (xtext), 4.2 (ORCPT); RFC 6533 3 (utf-8 addresses). */
#include "wire/smtp/xtext.h"

#include "test.h"

TEST(smtp_xtext_decodes)
{
	static const struct {
		struct span in;
		int r;
		struct span out;
	} t[] = {
		{ SPAN(""), 0, SPAN("") },
		{ SPAN("a@b"), 0, SPAN("a@b") },
		{ SPAN("a+2Bb+3Dc@d"), 0, SPAN("a+b=c@d") },
		{ SPAN("a+20b"), 0, SPAN("a b") },
		{ SPAN("<>"), 0, SPAN("<>") },
		{ SPAN("+0A"), ERR_SYNTAX, SPAN("") },
		{ SPAN("+0D"), ERR_SYNTAX, SPAN("") },
		{ SPAN("+00"), ERR_SYNTAX, SPAN("") },
		{ SPAN("a+1Bb"), ERR_SYNTAX, SPAN("") },
		{ SPAN("+7F"), ERR_SYNTAX, SPAN("") },
		{ SPAN("+E9"), ERR_SYNTAX, SPAN("") },
		{ SPAN("+3d"), ERR_SYNTAX, SPAN("") }, /* upper case, says RFC 3461 4 */
		{ SPAN("+"), ERR_SYNTAX, SPAN("") },
		{ SPAN("a+4"), ERR_SYNTAX, SPAN("") },
		{ SPAN("+G0"), ERR_SYNTAX, SPAN("") },
		{ SPAN("a=b"), ERR_SYNTAX, SPAN("") },
		{ SPAN("a b"), ERR_SYNTAX, SPAN("") },
		{ SPAN("a\nb"), ERR_SYNTAX, SPAN("") },
		{ SPAN("a\0b"), ERR_SYNTAX, SPAN("") },
		{ SPAN("\xc3\xa9"), ERR_SYNTAX, SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(64);

		CHECK_INT(smtp_xtext_decode(exact(t[row].in), &out), t[row].r);
		CHECK_SPAN(buf_span(&out), t[row].out);
		CHECK_INT(smtp_xtext_valid(t[row].in), t[row].r == 0);
	}
}

TEST(smtp_xtext_encodes)
{
	AUTO_BUF out = BUF(64);

	CHECK_INT(smtp_xtext_encode(&out, SPAN("a+b=c d\r\n\0\xff~!")), 0);
	CHECK_SPAN(buf_span(&out), SPAN("a+2Bb+3Dc+20d+0D+0A+00+FF~!"));
}

TEST(smtp_orcpt_is_checked)
{
	static const struct {
		struct span in;
		bool utf8, good;
	} t[] = {
		{ SPAN("rfc822;a@b"), false, true },
		{ SPAN("RFC822;a+2Bb@c"), false, true },
		{ SPAN("x400;/c=us/"), false, false },
		{ SPAN("x-local;u"), false, true },
		{ SPAN("rfc822;"), false, false },
		{ SPAN(";a@b"), false, false },
		{ SPAN("rfc822"), false, false },
		{ SPAN(""), false, false },
		{ SPAN("rf c;a@b"), false, false },
		{ SPAN("rfc822;a+0Ab@c"), false, false },
		{ SPAN("rfc822;a\nb@c"), false, false },
		{ SPAN("rfc822;\xc3\xa9@c"), true, false },
		{ SPAN("utf-8;\xc3\xa9@c"), true, true },
		{ SPAN("utf-8;\xc3\xa9@c"), false, false },
		{ SPAN("utf-8;\xc3@c"), true, false },
		{ SPAN("utf-8;\\x{E9}@c"), false, true },
		{ SPAN("UTF-8;a\\x{2B}b@c"), false, true },
		{ SPAN("utf-8;a\\x{0A}b@c"), false, false },
		{ SPAN("utf-8;a\\x{85}b@c"), false, false },
		{ SPAN("utf-8;a\\x{7F}b@c"), false, false },
		{ SPAN("utf-8;a\\x{D800}b@c"), false, false },
		{ SPAN("utf-8;a\\x{110000}b@c"), false, false },
		{ SPAN("utf-8;a\\x{10FFFF}b@c"), false, true },
		{ SPAN("utf-8;a\\x{E9"), false, false },
		{ SPAN("utf-8;a\\x{}"), false, false },
		{ SPAN("utf-8;a\\y"), false, false },
		{ SPAN("utf-8;a=b"), false, false },
		{ SPAN("utf-8;a\x7f"), false, false },
	};
	EACH_ROW(t)
		CHECK_INT(smtp_orcpt_valid(exact(t[row].in), t[row].utf8), t[row].good);
}

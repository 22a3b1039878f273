/* RFC 3461 4 (xtext), 4.2 (ORCPT); RFC 6533 3 (utf-8 addresses). */
#include "wire/smtp/xtext.h"

#include "test.h"

TEST(smtp_xtext_is_checked)
{
	static const struct {
		struct span in;
		bool good;
	} t[] = {
		{ SPAN(""), true },
		{ SPAN("a@b"), true },
		{ SPAN("a+2Bb+3Dc@d"), true },
		{ SPAN("a+20b"), true },
		{ SPAN("<>"), true },
		{ SPAN("+0A"), false },
		{ SPAN("+0D"), false },
		{ SPAN("+00"), false },
		{ SPAN("a+1Bb"), false },
		{ SPAN("+7F"), false },
		{ SPAN("+E9"), false },
		{ SPAN("+3d"), false }, /* upper case, says RFC 3461 4 */
		{ SPAN("+"), false },
		{ SPAN("a+4"), false },
		{ SPAN("+G0"), false },
		{ SPAN("a=b"), false },
		{ SPAN("a b"), false },
		{ SPAN("a\nb"), false },
		{ SPAN("a\0b"), false },
		{ SPAN("\xc3\xa9"), false },
	};
	EACH_ROW(t)
		CHECK_INT(smtp_xtext_valid(exact(t[row].in)), t[row].good);
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

/* RFC 5321 4.1.2 (esmtp-param), 4.1.1.11 (555), and each parameter's own RFC. */
#include "wire/smtp/params.h"

#include "test.h"

enum { ALL = SMTP_EXT_SIZE | SMTP_EXT_8BITMIME | SMTP_EXT_SMTPUTF8 | SMTP_EXT_DSN | SMTP_EXT_AUTH };

#define X10  "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X500 X100 X100 X100 X100 X100

TEST(smtp_mail_params_parse_all)
{
	struct smtp_mail_params p = { 0 };
	struct span in = exact(SPAN(" SIZE=1000 body=8bitmime SMTPUTF8 RET=HDRS"
	                            " ENVID=QQ+2B1  AUTH=a+3Db@c "));

	CHECK_INT(smtp_mail_params_parse(in, ALL, &p), 0);
	CHECK(p.has_size);
	CHECK_INT(p.size, 1000);
	CHECK_INT(p.body, SMTP_BODY_8BITMIME);
	CHECK(p.smtputf8);
	CHECK_INT(p.ret, SMTP_RET_HDRS);
	CHECK_SPAN(p.envid, SPAN("QQ+2B1"));
	CHECK_SPAN(p.auth, SPAN("a+3Db@c"));
}

TEST(smtp_mail_params_rules)
{
	static const struct {
		struct span in;
		unsigned ext;
		int r;
	} t[] = {
		{ SPAN(""), 0, 0 },
		{ SPAN(" "), 0, 0 },
		{ SPAN("SIZE=1"), ALL, ERR_SYNTAX }, /* no space behind the > */
		{ SPAN("\tSIZE=1"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE=1"), ALL, 0 },
		{ SPAN(" SIZE=1"), ALL & ~SMTP_EXT_SIZE, ERR_UNKNOWN },
		{ SPAN(" SIZE=1 SIZE=1"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE=1 size=2"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE="), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE=-1"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE=1x"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE=0x10"), ALL, ERR_SYNTAX },
		{ SPAN(" SIZE=99999999999999999999"), ALL, 0 }, /* 20 digits, RFC 1870 3 */
		{ SPAN(" SIZE=999999999999999999999"), ALL, ERR_SYNTAX },
		{ SPAN(" BODY=7BIT"), ALL, 0 },
		{ SPAN(" BODY=7BIT"), ALL & ~SMTP_EXT_8BITMIME, ERR_UNKNOWN },
		{ SPAN(" BODY=BINARYMIME"), ALL, ERR_UNKNOWN },
		{ SPAN(" BODY=9BIT"), ALL, ERR_SYNTAX },
		{ SPAN(" BODY"), ALL, ERR_SYNTAX },
		{ SPAN(" SMTPUTF8=1"), ALL, ERR_SYNTAX },
		{ SPAN(" SMTPUTF8"), ALL & ~SMTP_EXT_SMTPUTF8, ERR_UNKNOWN },
		{ SPAN(" RET=FULL"), ALL, 0 },
		{ SPAN(" RET=FULL"), ALL & ~SMTP_EXT_DSN, ERR_UNKNOWN },
		{ SPAN(" RET=HALF"), ALL, ERR_SYNTAX },
		{ SPAN(" RET=FULL RET=HDRS"), ALL, ERR_SYNTAX },
		{ SPAN(" ENVID=" X100), ALL, 0 },
		{ SPAN(" ENVID=" X100 "x"), ALL, ERR_SYNTAX }, /* RFC 3461 4.4 */
		{ SPAN(" ENVID=a+0Ab"), ALL, ERR_SYNTAX },
		{ SPAN(" ENVID=a+0D"), ALL, ERR_SYNTAX },
		{ SPAN(" ENVID=a+00"), ALL, ERR_SYNTAX },
		{ SPAN(" ENVID=a\nb"), ALL, ERR_SYNTAX },
		{ SPAN(" ENVID=a\x01"), ALL, ERR_SYNTAX },
		{ SPAN(" ENVID="), ALL, ERR_SYNTAX },
		{ SPAN(" AUTH=<>"), ALL, 0 },
		{ SPAN(" AUTH=<>"), ALL & ~SMTP_EXT_AUTH, ERR_UNKNOWN },
		{ SPAN(" AUTH=a+0Ab"), ALL, ERR_SYNTAX }, /* 21Nails */
		{ SPAN(" AUTH=" X500), ALL, 0 },
		{ SPAN(" AUTH=" X500 "x"), ALL, ERR_SYNTAX },
		{ SPAN(" AUTH=a=b"), ALL, ERR_SYNTAX },
		{ SPAN(" XYZZY"), ALL, ERR_UNKNOWN },
		{ SPAN(" HOLDFOR=100"), ALL, ERR_UNKNOWN },
		{ SPAN(" BY=120;R"), ALL, ERR_UNKNOWN },
		{ SPAN(" MT-PRIORITY=3"), ALL, ERR_UNKNOWN },
		{ SPAN(" =1"), ALL, ERR_SYNTAX },
		{ SPAN(" -A=1"), ALL, ERR_SYNTAX },
		{ SPAN(" A_B=1"), ALL, ERR_SYNTAX },
		{ SPAN(" A\0B"), ALL, ERR_SYNTAX },
		{ SPAN(" NOTIFY=NEVER"), ALL, ERR_UNKNOWN }, /* RCPT only */
	};
	EACH_ROW(t) {
		struct smtp_mail_params p = { .size = 7 };

		CHECK_INT(smtp_mail_params_parse(exact(t[row].in), t[row].ext, &p), t[row].r);
		if (t[row].r < 0)
			CHECK_INT(p.size, 7); /* written on success only */
	}
}

TEST(smtp_size_saturates)
{
	struct smtp_mail_params p = { 0 };

	CHECK_INT(smtp_mail_params_parse(SPAN(" SIZE=18446744073709551615"), ALL, &p), 0);
	CHECK(p.size == UINT64_MAX);
	CHECK_INT(smtp_mail_params_parse(SPAN(" SIZE=18446744073709551616"), ALL, &p), 0);
	CHECK(p.size == UINT64_MAX);
	CHECK_INT(smtp_mail_params_parse(SPAN(" SIZE=0"), ALL, &p), 0);
	CHECK(p.has_size && p.size == 0);
}

TEST(smtp_rcpt_params_rules)
{
	static const struct {
		struct span in;
		int r;
		unsigned notify;
		struct span orcpt;
	} t[] = {
		{ SPAN(""), 0, 0, SPAN("") },
		{ SPAN(" NOTIFY=NEVER"), 0, SMTP_NOTIFY_NEVER, SPAN("") },
		{ SPAN(" notify=success,FAILURE,delay"), 0,
		  SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY, SPAN("") },
		{ SPAN(" NOTIFY=NEVER,DELAY"), ERR_SYNTAX, 0, SPAN("") }, /* RFC 3461 4.1 */
		{ SPAN(" NOTIFY="), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" NOTIFY"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" NOTIFY=DELAY,"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" NOTIFY=,DELAY"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" NOTIFY=SOMETIMES"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" NOTIFY=DELAY NOTIFY=DELAY"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" ORCPT=rfc822;a+2Bb@c"), 0, 0, SPAN("rfc822;a+2Bb@c") },
		{ SPAN(" ORCPT=utf-8;\xc3\xa9@c"), 0, 0, SPAN("utf-8;\xc3\xa9@c") },
		{ SPAN(" ORCPT=rfc822;a+0Ab@c"), ERR_SYNTAX, 0, SPAN("") }, /* 21Nails */
		{ SPAN(" ORCPT=rfc822;a\rb"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" ORCPT=rfc822"), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" ORCPT=rfc822;" X500), ERR_SYNTAX, 0, SPAN("") },
		{ SPAN(" SIZE=1"), ERR_UNKNOWN, 0, SPAN("") },
	};
	EACH_ROW(t) {
		struct smtp_rcpt_params p = { 0 };

		CHECK_INT(smtp_rcpt_params_parse(exact(t[row].in), ALL, &p), t[row].r);
		CHECK_INT(p.notify, t[row].notify);
		CHECK_SPAN(p.orcpt, t[row].orcpt);
	}
	struct smtp_rcpt_params p;
	CHECK_INT(smtp_rcpt_params_parse(SPAN(" NOTIFY=DELAY"), ALL & ~SMTP_EXT_DSN, &p),
	          ERR_UNKNOWN);
	CHECK_INT(smtp_rcpt_params_parse(SPAN(" ORCPT=utf-8;\xc3\xa9@c"), SMTP_EXT_DSN, &p),
	          ERR_SYNTAX);
}

/* RFC 5321 4.1.1.1: the lines of a reply to EHLO. */
#include "wire/smtp/ehlo.h"

#include "test.h"

TEST(smtp_ehlo_reads_a_usual_reply)
{
	struct smtp_ehlo e;

	smtp_ehlo_parse(exact(SPAN("mx.example.org at your service, [192.0.2.1]\n"
	                           "SIZE 35882577\n8bitmime\nSTARTTLS\nENHANCEDSTATUSCODES\n"
	                           "PIPELINING\nCHUNKING\nSMTPUTF8\nDSN\n"
	                           "AUTH PLAIN login SCRAM-SHA-256 XOAUTH2 NEW\n"
	                           "LIMITS RCPTMAX=20 MAILMAX=5 ODD NEW=1")),
	                &e);
	CHECK_STR(e.name, "mx.example.org");
	CHECK_INT(e.ext, 0x3ff);
	CHECK_INT(e.size_max, 35882577);
	CHECK_INT(e.mechs,
	          SMTP_MECH_PLAIN | SMTP_MECH_LOGIN | SMTP_MECH_SCRAM_SHA_256 | SMTP_MECH_XOAUTH2);
	CHECK_INT(e.rcpt_max, 20);
	CHECK_INT(e.mail_max, 5);
}

TEST(smtp_ehlo_skips_what_it_cannot_read)
{
	static const struct {
		struct span in;
		unsigned ext, mechs;
		uint64_t size;
		uint32_t rcpt_max;
		const char *name;
	} t[] = {
		{ SPAN(""), 0, 0, 0, 0, "" },
		{ SPAN("mx"), 0, 0, 0, 0, "mx" },
		{ SPAN("mx\x1b[2J\xff"), 0, 0, 0, 0, "mx?[2J?" },
		{ SPAN("PIPELINING"), 0, 0, 0, 0, "PIPELINING" }, /* the first line is a name */
		{ SPAN("mx\nSIZE"), SMTP_EXT_SIZE, 0, 0, 0, "mx" },
		{ SPAN("mx\nSIZE 0"), SMTP_EXT_SIZE, 0, 0, 0, "mx" }, /* RFC 1870 4: no limit */
		{ SPAN("mx\nSIZE -5"), SMTP_EXT_SIZE, 0, 0, 0, "mx" },
		{ SPAN("mx\nSIZE 1e9"), SMTP_EXT_SIZE, 0, 0, 0, "mx" },
		{ SPAN("mx\nSIZE 99999999999999999999"), SMTP_EXT_SIZE, 0, 0, 0, "mx" },
		{ SPAN("mx\nSIZE=10"), 0, 0, 0, 0, "mx" },
		{ SPAN("mx\nAUTH=LOGIN PLAIN"), SMTP_EXT_AUTH, SMTP_MECH_LOGIN | SMTP_MECH_PLAIN, 0,
		  0, "mx" },
		{ SPAN("mx\nAUTH"), SMTP_EXT_AUTH, 0, 0, 0, "mx" },
		{ SPAN("mx\n\n \nXPIPELINING\nDSNX"), 0, 0, 0, 0, "mx" },
		{ SPAN("mx\n DSN "), SMTP_EXT_DSN, 0, 0, 0, "mx" },
		{ SPAN("mx\nLIMITS RCPTMAX=x RCPTMAX= =5"), SMTP_EXT_LIMITS, 0, 0, 0, "mx" },
		{ SPAN("mx\nLIMITS rcptmax=7"), SMTP_EXT_LIMITS, 0, 0, 7, "mx" },
		{ SPAN("mx\nLIMITS RCPTMAX=4294967296"), SMTP_EXT_LIMITS, 0, 0, 0, "mx" },
	};
	EACH_ROW(t) {
		struct smtp_ehlo e;

		smtp_ehlo_parse(exact(t[row].in), &e);
		CHECK_INT(e.ext, t[row].ext);
		CHECK_INT(e.mechs, t[row].mechs);
		CHECK_INT(e.size_max, t[row].size);
		CHECK_INT(e.rcpt_max, t[row].rcpt_max);
		CHECK_STR(e.name, t[row].name);
	}
}

TEST(smtp_ehlo_cuts_a_long_name)
{
	char text[1000];
	struct smtp_ehlo e;

	memset(text, 'x', sizeof text);
	smtp_ehlo_parse(exact(span_make(text, sizeof text)), &e);
	CHECK_INT(strlen(e.name), SMTP_EHLO_NAME_MAX);
}

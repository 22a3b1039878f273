/* Whatever is taken holds no control octet, not even encoded (RFC 3461 4, 21Nails). */
#include "fuzz.h"

#include "wire/smtp/params.h"
#include "wire/smtp/xtext.h"

static void check_text(struct span s, size_t max)
{
	MUST(s.n <= max);
	for (size_t i = 0; i < s.n; i++)
		MUST((unsigned char)s.p[i] > 0x20 && s.p[i] != 0x7f);
}

static void check_xtext(struct span x)
{
	AUTO_BUF plain = BUF(1024), back = BUF(4096), again = BUF(1024);

	MUST(smtp_xtext_decode(x, &plain) == 0);
	for (size_t i = 0; i < plain.n; i++)
		MUST(plain.p[i] >= 0x20 && plain.p[i] < 0x7f);
	MUST(smtp_xtext_encode(&back, buf_span(&plain)) == 0);
	MUST(smtp_xtext_decode(buf_span(&back), &again) == 0);
	MUST(span_eq(buf_span(&plain), buf_span(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_mail_params mail;
	struct smtp_rcpt_params rcpt;
	struct span in;
	unsigned ext;
	int r;

	if (size < 2)
		return 0;
	ext = data[0] | (unsigned)data[1] << 8;
	in = span_make(data + 2, size - 2);
	r = smtp_mail_params_parse(in, ext, &mail);
	MUST(r == 0 || r == ERR_SYNTAX || r == ERR_UNKNOWN);
	if (r == 0) {
		check_text(mail.envid, SMTP_ENVID_MAX);
		check_xtext(mail.envid);
		check_text(mail.auth, SMTP_AUTH_PARAM_MAX);
		check_xtext(mail.auth);
		MUST(!mail.has_size || (ext & SMTP_EXT_SIZE));
		MUST(!mail.smtputf8 || (ext & SMTP_EXT_SMTPUTF8));
	}
	r = smtp_rcpt_params_parse(in, ext, &rcpt);
	MUST(r == 0 || r == ERR_SYNTAX || r == ERR_UNKNOWN);
	if (r == 0) {
		check_text(rcpt.orcpt, SMTP_ORCPT_MAX);
		MUST(!(rcpt.notify & SMTP_NOTIFY_NEVER) || rcpt.notify == SMTP_NOTIFY_NEVER);
		MUST(rcpt.orcpt.n == 0 || smtp_orcpt_valid(rcpt.orcpt, true));
	}
	return 0;
}

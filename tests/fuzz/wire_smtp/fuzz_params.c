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
		MUST(smtp_xtext_valid(mail.envid));
		check_text(mail.auth, SMTP_AUTH_PARAM_MAX);
		MUST(span_eq(mail.auth, SPAN("<>")) || smtp_xtext_valid(mail.auth));
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

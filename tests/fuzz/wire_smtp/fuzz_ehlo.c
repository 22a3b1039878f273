/* Any text: the name is printable and ends, and nothing else is set than what was announced. */
#include "fuzz.h"

#include "wire/smtp/ehlo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_ehlo e;
	size_t n;

	smtp_ehlo_parse(span_make(data, size), &e);
	n = strnlen(e.name, sizeof e.name);
	MUST(n <= SMTP_EHLO_NAME_MAX);
	for (size_t i = 0; i < n; i++)
		MUST(e.name[i] > ' ' && e.name[i] <= '~');
	MUST(e.mechs == 0 || (e.ext & SMTP_EXT_AUTH));
	MUST(e.size_max == 0 || (e.ext & SMTP_EXT_SIZE));
	MUST((e.rcpt_max == 0 && e.mail_max == 0) || (e.ext & SMTP_EXT_LIMITS));
	return 0;
}

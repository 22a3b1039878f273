/* idn/idn.c - see idn.h. */
#include "idn/idn.h"

#include <idn2.h>

#include "base/utf8.h"
#include "wire/smtp/domain.h"

int idn_to_ascii(struct span domain, struct arena *mem, struct span *out)
{
	char *z = arena_str(mem, domain);
	if (!z)
		return ERR_NO_MEMORY;
	if (utf8_is_ascii(domain)) {
		for (char *p = z; *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + 32);
		*out = span_make(z, domain.n);
		return 0;
	}
	char *ascii = NULL;
	int r = idn2_to_ascii_8z(z, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (r != IDN2_OK)
		return err(ERR_SYNTAX, "%.*s: %s", SPAN_ARG(domain), idn2_strerror(r));
	/* What looks like a sign or a blank was made one: "@", ">", " ". */
	r = smtp_domain_check(span_str(ascii), NULL);
	if (r >= 0)
		r = arena_copy(mem, span_str(ascii), out);
	idn2_free(ascii);
	return r == ERR_TOO_LONG ? err(ERR_SYNTAX, "%.*s: too long", SPAN_ARG(domain)) : r;
}

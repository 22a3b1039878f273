/* idn/idn_windows.c - by the system; see idn.h.
 *
 * It knows IDNA2003 (RFC 3490), which makes of four characters others than RFC 5891 does: a sharp s
 * becomes ss, and mail would go to another domain.  A domain with one of these is refused.
 */
#include "idn/idn.h"

#include <windows.h>

#include "base/utf8.h"
#include "wire/smtp/domain.h"

enum { DOMAIN_UNITS = 256 };

/* RFC 5894 7.2: sharp s, final sigma, the joiners. */
static bool deviates(struct span domain)
{
	uint32_t c;

	while (domain.n && utf8_next(&domain, &c) >= 0)
		if (c == 0xdf || c == 0x1e9e || c == 0x3c2 || c == 0x200c || c == 0x200d)
			return true;
	return false;
}

static int encode(struct span domain, char out[DOMAIN_UNITS], size_t *n)
{
	WCHAR wide[DOMAIN_UNITS], ascii[DOMAIN_UNITS];
	int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, domain.p, (int)domain.n,
	                                wide, DOMAIN_UNITS);

	if (units > 0)
		units = IdnToAscii(IDN_ALLOW_UNASSIGNED, wide, units, ascii, DOMAIN_UNITS);
	if (units <= 0)
		return err(ERR_SYNTAX, "%.*s: no domain name", SPAN_ARG(domain));
	for (int i = 0; i < units; i++) {
		WCHAR c = ascii[i];
		out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c < 0x80 ? c : '?');
	}
	*n = (size_t)units;
	return 0;
}

static int copy_lowered(struct span domain, struct arena *mem, struct span *out)
{
	char *z = arena_str(mem, domain);

	if (!z)
		return ERR_NO_MEMORY;
	for (char *p = z; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	*out = span_make(z, domain.n);
	return 0;
}

int idn_to_ascii(struct span domain, struct arena *mem, struct span *out)
{
	char ascii[DOMAIN_UNITS];
	size_t n;
	int r;

	if (utf8_is_ascii(domain))
		return copy_lowered(domain, mem, out);
	if (deviates(domain))
		return err(ERR_REFUSED,
		           "%.*s: Windows makes another domain of this; write it as its A-label "
		           "(xn--)",
		           SPAN_ARG(domain));
	r = encode(domain, ascii, &n);
	if (r >= 0)
		r = smtp_domain_check(span_make(ascii, n), NULL);
	if (r >= 0)
		r = arena_copy(mem, span_make(ascii, n), out);
	return r == ERR_TOO_LONG ? err(ERR_SYNTAX, "%.*s: too long", SPAN_ARG(domain)) : r;
}

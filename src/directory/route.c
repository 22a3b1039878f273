/* directory/route.c - an address's destination: our mailbox, or a domain. */
#include "directory/route.h"

#include <idn2.h>

#include "base/utf8.h"

int directory_domain_ascii(struct span domain, struct arena *mem, struct span *out)
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
	r = arena_copy(mem, span_str(ascii), out);
	idn2_free(ascii);
	return r;
}

int directory_route(struct span address, struct arena *mem, struct directory_route *out)
{
	struct directory_route route = { 0 };
	struct directory_lookup_reply found;
	ptrdiff_t at = span_find_last(address, '@');

	if (at >= 0) {
		struct span domain = span_sub(address, (size_t)at + 1, address.n);
		int r = directory_domain_ascii(domain, mem, &route.domain);
		if (r < 0)
			return r;
		char *ascii =
		        arena_printf(mem, "%.*s@%.*s", (int)at, address.p, SPAN_ARG(route.domain));
		if (!ascii)
			return ERR_NO_MEMORY;
		address = span_str(ascii);
	}
	int r = directory_lookup(&(struct directory_lookup_args){ .address = address }, mem,
	                         &found);
	if (r < 0)
		return r;
	if (found.local && !found.account.n)
		return err(ERR_NOT_FOUND, "no such user here");
	route.local = found.local;
	route.account = found.account;
	*out = route;
	return 0;
}

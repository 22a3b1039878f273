/* policy/browser.c - see browser.h. */
#include "policy/browser.h"

bool browser_is_asking(struct span word)
{
	static const char *const methods[] = { "GET",     "HEAD",    "POST",  "PUT",  "DELETE",
		                               "CONNECT", "OPTIONS", "TRACE", "PATCH" };

	for (size_t i = 0; i < N_ELEMS(methods); i++)
		if (span_eq_nocase(word, span_str(methods[i])))
			return true;
	return false;
}

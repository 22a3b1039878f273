/* config/config_contact.c - see config_contact.h. */
#include "config/config_contact.h"

#include <stdio.h>

const char *config_contact(const struct settings *set, struct span domain,
                           char out[CONFIG_CONTACT_BYTES])
{
	struct span at = domain.n ? domain : span_str(set->server_hostname);

	if (set->defence_contact && *set->defence_contact)
		snprintf(out, CONFIG_CONTACT_BYTES, "%s", set->defence_contact);
	else
		snprintf(out, CONFIG_CONTACT_BYTES, "if that is an error, write to postmaster@%.*s",
		         SPAN_ARG(at));
	return out;
}

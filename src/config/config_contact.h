/* config/config_contact.h - the way in that a refusal names: who is kept out in error can be
 * reached. */
#ifndef CONFIG_CONFIG_CONTACT_H
#define CONFIG_CONFIG_CONTACT_H

#include "base/span.h"
#include "config/settings.h"

enum { CONFIG_CONTACT_BYTES = 320 };

/* defence.contact; without it "if that is an error, write to postmaster@" the domain, or our own
 * name when that is empty. */
const char *config_contact(const struct settings *set, struct span domain,
                           char out[CONFIG_CONTACT_BYTES]);

#endif

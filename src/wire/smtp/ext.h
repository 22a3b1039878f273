/* wire/smtp/ext.h - the service extensions that EHLO announces, as bits.
 *
 * Sources: RFC 5321 2.2; extensions.def names each one's own.
 * Floor 1 (wire).
 */
#ifndef WIRE_SMTP_EXT_H
#define WIRE_SMTP_EXT_H

/* Their order in extensions.def. */
enum smtp_ext_at {
#define EXTENSION(WORD, ...) SMTP_EXT_AT_##WORD,
#include "wire/smtp/extensions.def"
#undef EXTENSION
	SMTP_EXT_COUNT
};

enum smtp_ext {
#define EXTENSION(WORD, ...) SMTP_EXT_##WORD = 1 << SMTP_EXT_AT_##WORD,
#include "wire/smtp/extensions.def"
#undef EXTENSION
};

#endif

/* wire/smtp/ext.h - the service extensions that EHLO announces, as bits.
 *
 * Sources: RFC 5321 2.2; each line names its own.
 * Floor 1 (wire).
 */
#ifndef WIRE_SMTP_EXT_H
#define WIRE_SMTP_EXT_H

enum smtp_ext {
	SMTP_EXT_SIZE = 1 << 0,                /* RFC 1870 */
	SMTP_EXT_PIPELINING = 1 << 1,          /* RFC 2920 */
	SMTP_EXT_8BITMIME = 1 << 2,            /* RFC 6152 */
	SMTP_EXT_SMTPUTF8 = 1 << 3,            /* RFC 6531 */
	SMTP_EXT_STARTTLS = 1 << 4,            /* RFC 3207 */
	SMTP_EXT_ENHANCEDSTATUSCODES = 1 << 5, /* RFC 2034 */
	SMTP_EXT_DSN = 1 << 6,                 /* RFC 3461 */
	SMTP_EXT_CHUNKING = 1 << 7,            /* RFC 3030 */
	SMTP_EXT_AUTH = 1 << 8,                /* RFC 4954 */
	SMTP_EXT_LIMITS = 1 << 9,              /* RFC 9422 */
};

#endif

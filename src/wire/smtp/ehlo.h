/* wire/smtp/ehlo.h - what a server says it can do.
 *
 * Sources: RFC 5321 4.1.1.1; RFC 1870 (SIZE), RFC 4954 3 (AUTH), RFC 9422 (LIMITS).
 * Pure: no I/O, no allocation.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_EHLO_H
#define WIRE_SMTP_EHLO_H

#include "base/span.h"
#include "wire/smtp/ext.h"

/* SASL mechanisms that we can tell apart. */
enum smtp_mech {
	SMTP_MECH_PLAIN = 1 << 0, /* RFC 4616 */
	SMTP_MECH_LOGIN = 1 << 1,
	SMTP_MECH_CRAM_MD5 = 1 << 2,      /* RFC 2195 */
	SMTP_MECH_SCRAM_SHA_1 = 1 << 3,   /* RFC 5802 */
	SMTP_MECH_SCRAM_SHA_256 = 1 << 4, /* RFC 7677 */
	SMTP_MECH_XOAUTH2 = 1 << 5,
	SMTP_MECH_OAUTHBEARER = 1 << 6, /* RFC 7628 */
	SMTP_MECH_EXTERNAL = 1 << 7,    /* RFC 4422 app. A */
};

enum { SMTP_EHLO_NAME_MAX = 255 };

struct smtp_ehlo {
	unsigned ext;                      /* OR of enum smtp_ext                               */
	unsigned mechs;                    /* OR of enum smtp_mech                              */
	uint64_t size_max;                 /* octets; 0: no limit was told (RFC 1870 4)         */
	uint32_t rcpt_max;                 /* LIMITS RCPTMAX; 0: not told                       */
	uint32_t mail_max;                 /* LIMITS MAILMAX; 0: not told                       */
	char name[SMTP_EHLO_NAME_MAX + 1]; /* the server's name for itself,
	                                    * printable US-ASCII only        */
};

/* `text`: the lines of a 250 reply as struct smtp_reply holds them.  Unknown or
 * malformed lines are skipped: a server's odd line never stops a delivery. */
void smtp_ehlo_parse(struct span text, struct smtp_ehlo *out);

#endif

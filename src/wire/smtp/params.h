/* wire/smtp/params.h - the parameters behind MAIL FROM:<> and RCPT TO:<>.
 *
 * Sources: RFC 5321 4.1.2 (esmtp-param); RFC 1870 3 (SIZE); RFC 6152 2 (BODY);
 *          RFC 6531 3.4 (SMTPUTF8); RFC 4954 5 (AUTH); RFC 3461 4 (RET, ENVID,
 *          NOTIFY, ORCPT).  Their text: xtext.h.
 * Pure: no I/O, no allocation, no globals.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_PARAMS_H
#define WIRE_SMTP_PARAMS_H

#include "base/err.h"
#include "base/span.h"
#include "wire/smtp/ext.h"

/* Octets of a value as sent. */
enum {
	SMTP_ENVID_MAX = 100,      /* RFC 3461 4.4   */
	SMTP_ORCPT_MAX = 500,      /* RFC 3461 4.2   */
	SMTP_AUTH_PARAM_MAX = 500, /* RFC 4954 3 (6) */
};

enum smtp_body { SMTP_BODY_UNSAID, SMTP_BODY_7BIT, SMTP_BODY_8BITMIME };

enum smtp_ret { SMTP_RET_UNSAID, SMTP_RET_FULL, SMTP_RET_HDRS };

enum smtp_notify {
	SMTP_NOTIFY_NEVER = 1 << 0, /* alone */
	SMTP_NOTIFY_SUCCESS = 1 << 1,
	SMTP_NOTIFY_FAILURE = 1 << 2,
	SMTP_NOTIFY_DELAY = 1 << 3,
};

/* The spans borrow from the parser's input; empty when the parameter is absent. */
struct smtp_mail_params {
	bool has_size;
	uint64_t size; /* octets; UINT64_MAX for what does not fit */
	enum smtp_body body;
	bool smtputf8;
	enum smtp_ret ret;
	struct span envid; /* xtext as sent                          */
	struct span auth;  /* xtext as sent, or "<>"                 */
};

struct smtp_rcpt_params {
	unsigned notify;   /* OR of enum smtp_notify; 0: unsaid        */
	struct span orcpt; /* "type;xtext" as sent                     */
};

/* `args` is what follows the path: empty, or SP and parameters.  `extensions`,
 * an OR of enum smtp_ext, is what was offered: SIZE, 8BITMIME, SMTPUTF8, AUTH
 * and DSN open their parameters.
 *
 * Returns 0, or
 *   ERR_UNKNOWN  a parameter that is not offered (555 in RFC 5321 4.1.1.11)
 *   ERR_SYNTAX   malformed, twice, too long, or a value that decodes to
 *                anything but printable US-ASCII */
NODISCARD int smtp_mail_params_parse(struct span args, unsigned extensions,
                                     struct smtp_mail_params *out);
NODISCARD int smtp_rcpt_params_parse(struct span args, unsigned extensions,
                                     struct smtp_rcpt_params *out);

#endif

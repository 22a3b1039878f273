/* wire/smtp/path.h - the <path> of MAIL FROM and RCPT TO.
 *
 * Sources: RFC 5321 4.1.2 (grammar), 4.5.3.1 (sizes), app. C (source routes);
 *          RFC 6531 3.3 (UTF-8).  Pure: no I/O, no allocation, no globals.
 * Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_PATH_H
#define WIRE_SMTP_PATH_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/smtp/domain.h"

/* Limits in octets, RFC 5321 4.5.3.1.1 and 3.  SMTP_PATH_MAX counts the < and >. */
enum {
	SMTP_LOCAL_MAX = 64,
	SMTP_PATH_MAX = 256,
};

/* Forms a caller permits beyond <local@domain>. */
enum smtp_path_form {
	SMTP_PATH_NULL = 1 << 0,       /* <>            MAIL only,  4.5.5 */
	SMTP_PATH_POSTMASTER = 1 << 1, /* <Postmaster>  RCPT only,  4.5.1 */
};

/* A parsed path.  The spans borrow from the parser's input and die with it:
 * copy them into an arena to keep them. */
struct smtp_path {
	struct span local;  /* as sent; a quoted local part keeps its quotes   */
	struct span domain; /* empty for <> and <Postmaster>; [1.2.3.4] intact */
	bool utf8;          /* an octet >= 0x80 was seen: needs SMTPUTF8       */
};

/* Parses the path at the front of `in`.
 *
 *   in     command argument, CRLF removed, not NUL-terminated
 *   forms  OR of enum smtp_path_form
 *   out    the path            } both are written on success only
 *   rest   what follows the >  }
 *
 * Returns 0, or
 *   ERR_SYNTAX    no < or >, bad quoting, control octet, empty part
 *   ERR_TOO_LONG  a limit above is exceeded
 *   ERR_REFUSED   well-formed, but not among `forms`
 *
 * A source route <@a,@b:u@d> is accepted and dropped (RFC 5321 app. C). */
NODISCARD int smtp_path_parse(struct span in, unsigned forms, struct smtp_path *out,
                              struct span *rest);

/* "<local@domain>", "<local>" without a domain, "<>" without either. */
int smtp_path_print(const struct smtp_path *path, struct buf *out);

/* The same for an address without < >, all of it: "local@domain", "Postmaster"
 * and "" as `forms` permit; no source route.  Errors as smtp_path_parse. */
NODISCARD int smtp_address_split(struct span address, unsigned forms, struct smtp_path *out);

/* Appends the one form of an address: no quote and no backslash that RFC 5321 4.1.2 does not need,
 * the domain's ASCII letters in lower case.  So "alice"@HOME.test and alice@home.test are one.
 * Without a domain the local part alone, nothing for <>.  Never longer than the path.  0 or the
 * buf's error. */
int smtp_path_canonical(const struct smtp_path *path, struct buf *out);

#endif

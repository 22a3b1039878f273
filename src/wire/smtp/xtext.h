/* wire/smtp/xtext.h - text that travels inside of a parameter.
 *
 * Sources: RFC 3461 4 (xtext), 4.2 (ORCPT); RFC 6533 3 (utf-8 addresses).
 * Pure: no I/O, no globals.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_XTEXT_H
#define WIRE_SMTP_XTEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* True for well-formed xtext that decodes to printable US-ASCII and spaces:
 * RFC 3461 permits more, but +0A has become a new line in others' queue files. */
bool smtp_xtext_valid(struct span x);

/* True for what ORCPT= may carry: "type;xtext", or with the type utf-8 also
 * \x{HEX} and, when `utf8`, UTF-8 as it is (RFC 6533 3). */
bool smtp_orcpt_valid(struct span orcpt, bool utf8);

#endif

/* wire/message/signed.h - what of a header says that the body must stay as it is.
 *
 * Sources: RFC 6376 3.5 and RFC 8617 4.1.2 (a signature over the body), RFC 1847 2 (signed and
 *          encrypted multiparts).
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_SIGNED_H
#define WIRE_MESSAGE_SIGNED_H

#include "wire/message/header.h"

/* A field of that name is a signature over the body. */
bool message_is_signature(struct span name);
/* A multipart of that subtype covers its parts by a signature or a cipher. */
bool message_is_sealed(struct span subtype);
/* Both, of a field of the message's own header. */
bool message_field_signs(const struct message_field *f);

#endif

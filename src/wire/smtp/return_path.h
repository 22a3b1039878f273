/* wire/smtp/return_path.h - an address of a sender's by which what comes back is known.
 *
 * What is sent as local@domain has as its return path
 *
 *	local+b-ID-HHHHHHHHHHHH@domain
 *
 * an address of the same mailbox (RFC 5233), so that SPF (RFC 7208) and DMARC look at the same
 * domain, and what is not understood still finds its way.  ID: the message's number
 * (base/base64.h); HHHHHHHHHHHH: of an HMAC over it and the address, without regard to case.  How
 * old it is the number says.
 *
 * Pure: the HMAC is given.  Floor 1 (wire).
 */
#ifndef WIRE_SMTP_RETURN_PATH_H
#define WIRE_SMTP_RETURN_PATH_H

#include "base/buf.h"
#include "base/err.h"

enum { RETURN_PATH_MAC_BYTES = 32 };

/* The HMAC of octets; negative: it failed. */
typedef int return_path_mac(struct span octets, unsigned char out[RETURN_PATH_MAC_BYTES],
                            void *arg);

/* Appends the address.  ERR_TOO_LONG: it would be over a limit of wire/smtp/path.h; ERR_SYNTAX: a
 * local part with quotes: it stays as it is. */
NODISCARD int return_path_put(return_path_mac *mac, void *arg, struct span address, uint64_t id,
                              struct buf *out);
/* It looks like one. */
bool return_path_is(struct span local);
/* address: that this made.  base: appended, the sender's.  ERR_NOT_FOUND: it is forged, or nothing
 * of the kind. */
NODISCARD int return_path_read(return_path_mac *mac, void *arg, struct span address, uint64_t *id,
                               struct buf *base);

#endif

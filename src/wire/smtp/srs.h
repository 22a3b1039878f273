/* wire/smtp/srs.h - a sender's address, rewritten for mail that is forwarded, and back.
 *
 * Sender Rewriting Scheme (M. W. Wong, "SRS: Sender Rewriting Scheme", 2004): who takes mail for an
 * address and sends it on to another server is no sender that the author's SPF record (RFC 7208)
 * knows.  So the return path becomes an address of the forwarder's own,
 *
 *	SRS0=HHHHHH=TT=domain=local@forwarder                  of local@domain
 *	SRS1=HHHHHH=first=(rest of an SRS0 address of first)@forwarder
 *
 * and a bounce to it finds the way back.  HHHHHH: of an HMAC over the rest, in lower case, since a
 * local part may come back in another case.  TT: the day, so that an address is no good for ever.
 *
 * Pure: the HMAC and the day are given.  Floor 1 (wire).
 */
#ifndef WIRE_SMTP_SRS_H
#define WIRE_SMTP_SRS_H

#include "base/buf.h"
#include "base/err.h"

enum { SRS_MAC_BYTES = 32, SRS_DAYS = 21 };

struct srs {
	/* The HMAC of octets; negative: it failed. */
	int (*mac)(struct span octets, unsigned char out[SRS_MAC_BYTES], void *arg);
	void *arg;
	int64_t day; /* since 1970 */
};

/* sender: local@domain in its one form.  forwarder: our domain.  out: the whole address.
 *   ERR_TOO_LONG  it would be over a limit of wire/smtp/path.h: it stays as it is
 *   ERR_SYNTAX    a local part with quotes likewise */
NODISCARD int srs_forward(const struct srs *s, struct span sender, struct span forwarder,
                          struct buf *out);
/* local: of an address of ours.  out: whom a bounce to it is for.
 *   ERR_NOT_FOUND  no address that this made: forged, too old, or nothing of the kind */
NODISCARD int srs_reverse(const struct srs *s, struct span local, struct buf *out);
/* It looks like one. */
bool srs_is(struct span local);

#endif

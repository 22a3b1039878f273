/* ticket/ticket.h - makes and reads the seal of a ticket (calls/ticket.h).
 *
 * In the auth and the store role alone: the parent makes the key at its start, and gives it to
 * these two.
 */
#ifndef TICKET_TICKET_H
#define TICKET_TICKET_H

#include "calls/ticket.h"

enum { TICKET_KEY_BYTES = 32 };

/* Before any other: key has TICKET_KEY_BYTES (ERR_CONFIG). */
NODISCARD int ticket_key_set(struct span key);

/* Appends t with its seal; its own mac is not looked at. */
NODISCARD int ticket_seal(const struct ticket *t, struct buf *out);
/* ERR_TICKET: forged, or past its time.  Spans of *out borrow from octets. */
NODISCARD int ticket_open(struct span octets, int64_t now_at, struct arena *mem,
                          struct ticket *out);

/* The proof that an account has the password of this hash. */
NODISCARD int ticket_proof(struct span account, const char *hash,
                           unsigned char out[TICKET_PROOF_BYTES]);

#endif

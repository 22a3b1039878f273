/* signing/signing.h - signs what leaves: DKIM fields of the author's domain, ARC fields of ours.
 *
 * Sources: RFC 6376 3.5, 5; RFC 8301; RFC 8463; RFC 8617 (what is passed on); RFC 9989 (the
 * author's domain is what counts). Whether a message may be signed is decided by who has it: intake
 * and the notifications of queue.
 */
#ifndef SIGNING_SIGNING_H
#define SIGNING_SIGNING_H

#include "base/arena.h"
#include "base/buf.h"
#include "rt/fibre.h"

/* A message; borrowed. */
struct signing_text {
	struct span header, body; /* body: empty when it is in a file, */
	int file;                 /* which this reads; -1: none */
};

/* Appends a DKIM-Signature field for each key of the domain of the only author that From names, or
 * of the nearest domain above it that has keys; nothing when there is none, or when From does not
 * name one author.  *domain, in mem: whose keys; empty: it is not signed.
 * Negative: it has to be signed and was not, for a fault of ours: it is to be put off. */
NODISCARD WAITS int signing_put(const struct signing_text *text, struct arena *mem, struct buf *out,
                                struct span *domain);

/* A message of somebody else's that an address of ours sends on.
 *   domain   of that address
 *   results  of authentication, as behind "Authentication-Results:"
 *   chain    "none", "pass" or "fail": what the chain that it has is worth (RFC 8617 4.4) */
struct signing_passed {
	struct span domain, results, chain;
};

/* Puts the three fields of a set by an RSA key of that domain, or of the nearest one above it that
 * has keys; nothing when there is none, or when nobody may add to its chain any more.  Negative: a
 * fault of ours, and *out is as it was. */
NODISCARD WAITS int signing_seal(const struct signing_text *text,
                                 const struct signing_passed *passed, struct arena *mem,
                                 struct buf *out);

#endif

/* wire/message/decode.h - content transfer encodings, inwards; and charsets.
 *
 * Sources: RFC 2045 6.7 (quoted-printable and what robust decoders do), 6.8
 *          (base64: foreign characters are ignored).
 * Tolerant: mail is decoded as far as it goes.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_DECODE_H
#define WIRE_MESSAGE_DECODE_H

#include "base/buf.h"
#include "base/span.h"
#include "wire/message/encode.h"

/* Each appends; 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
/* Ignores what is not of the alphabet; a padded group ends it, what follows
 * starts anew; a last group of one character is dropped. */
int message_base64_get(struct span in, struct buf *out);
/* A malformed =XY stays as it is; white space at a line's end goes. */
int message_qp_get(struct span in, struct buf *out);
int message_decode(struct span in, enum message_encoding e, struct buf *out);

/* Appends `in` as UTF-8.  us-ascii, utf-8, iso-8859-1 and windows-1252 are known;
 * of any other charset, and of what is not valid in its own, ASCII stays and the
 * rest becomes U+FFFD, an octet each. */
int message_charset_put(struct buf *out, struct span charset, struct span in);

/* Charsets that are not known here, turned into UTF-8 by the caller's function (iconv). */
struct message_charsets {
	/* Takes from the front of *in what makes whole characters, all but a few octets, and
	 * appends it as UTF-8; what is malformed it replaces.  begin: a text begins; its pieces
	 * come one after another.  0, ERR_UNKNOWN (no such charset), or out->err. */
	int (*convert)(void *arg, struct span charset, bool begin, struct span *in,
	               struct buf *out);
	void *arg;
};

/* As message_charset_put(), of a text in pieces: takes from the front of *in what makes whole
 * characters, or all at its end.  `more` may be NULL. */
int message_charset_take(struct buf *out, struct span charset, struct span *in, bool begin,
                         bool end, const struct message_charsets *more);

#endif

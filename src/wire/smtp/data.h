/* wire/smtp/data.h - message text between DATA and the final dot, both ways.
 *
 * Sources: RFC 5321 4.1.1.4 (CRLF.CRLF alone ends it), 4.5.2 (dots),
 *          2.3.8 (no bare CR or LF).
 * Pure; the receiving side allocates nothing.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_DATA_H
#define WIRE_SMTP_DATA_H

#include "base/buf.h"
#include "base/span.h"

/* Receiving.  A bare CR or LF never ends a line, so never the message: no
 * sequence but CRLF.CRLF does.  Whoever saw one refuses the message with 550
 * 5.6.0 after the true end (SMTP smuggling). */
struct smtp_data_in {
	uint64_t n_bytes; /* of the message so far, dots undone        */
	bool ended;       /* the final dot was seen                    */
	bool bare_cr;     /* a CR without LF behind it                 */
	bool bare_lf;     /* a LF without CR before it                 */
	bool eight_bit;   /* an octet >= 0x80                          */
	uint8_t state;    /* the scanner's own                         */
};

void smtp_data_in_init(struct smtp_data_in *s);

/* Takes octets from the front of *in and gives a run of the message, borrowed
 * from *in (or static) and not empty.  False when there is none: *in is used
 * up, or the message has ended and *in is what follows it.
 *
 *	while (smtp_data_in_next(&s, &in, &run))
 *		keep(run);
 *	if (s.ended) ... */
bool smtp_data_in_next(struct smtp_data_in *s, struct span *in, struct span *run);

/* All of that into `out`.  0 or the buf's error, in which case octets are lost
 * but the scan went on: s->ended and *in are right. */
int smtp_data_in_feed(struct smtp_data_in *s, struct span *in, struct buf *out);

/* Sending.  What comes out holds CRLF only: a bare CR or LF becomes CRLF. */
struct smtp_data_out {
	uint8_t state;
};

/* Octets that n of input become at most, with the end. */
#define SMTP_DATA_OUT_MAX(n) (2 * (n) + 8)

void smtp_data_out_init(struct smtp_data_out *s);
/* 0 or the buf's error. */
int smtp_data_out_put(struct smtp_data_out *s, struct span in, struct buf *out);
/* CRLF if the last line lacks it, then the final dot.  0 or the buf's error. */
int smtp_data_out_end(struct smtp_data_out *s, struct buf *out);

#endif

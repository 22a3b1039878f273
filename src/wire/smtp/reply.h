/* wire/smtp/reply.h - replies: three digits, text, perhaps an enhanced code.
 *
 * Sources: RFC 5321 4.2 (grammar), 4.5.3.1.5 (512 octets a line);
 *          RFC 3463 2, RFC 2034 4 (enhanced codes).
 * Pure; the reader's only memory is one capped buf.  Everything a peer sends
 * is kept within bounds or counted and dropped.
 * Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_REPLY_H
#define WIRE_SMTP_REPLY_H

#include "base/buf.h"
#include "base/span.h"

enum {
	SMTP_REPLY_LINE_MAX = 512,      /* octets with CRLF that we print         */
	SMTP_REPLY_LINE_KEPT = 2048,    /* octets of a read line; the rest is cut */
	SMTP_REPLY_LINES_KEPT = 100,    /* lines of a reply; the rest is dropped  */
	SMTP_REPLY_TEXT_KEPT = 8 << 10, /* octets of a reply; the rest is dropped */
	SMTP_REPLY_LINES_MAX = 1000,    /* more: ERR_TOO_LONG                     */
	SMTP_REPLY_BYTES_MAX = 4 << 20, /* more: ERR_TOO_LONG                     */
};

/* RFC 3463 2: class.subject.detail; class 0 is "none was given". */
struct smtp_enhanced {
	uint8_t class; /* 2, 4 or 5, as sent: some servers contradict the reply code */
	uint16_t subject, detail;
};

/* Reads "x.y.z" at the front of *in (end or SP behind it) and takes it with
 * the SP; ERR_SYNTAX and nothing is taken otherwise. */
NODISCARD int smtp_enhanced_parse(struct span *in, struct smtp_enhanced *out);
/* "5.1.1"; nothing when the class is 0. */
int smtp_enhanced_print(struct smtp_enhanced e, struct buf *out);

/* One reply, being read or complete.  Zero it or smtp_reply_init it first. */
struct smtp_reply {
	int code;                      /* 200-599; 0 until the first line is read   */
	struct smtp_enhanced enhanced; /* of the first line that has one            */
	struct buf text;               /* kept lines, each without its code and, where equal to
	                                * `enhanced`, without that; joined by LF     */
	unsigned n_lines;              /* lines read, kept or not                   */
	bool cut;                      /* something was dropped                     */
	/* the reader's own */
	size_t n_bytes;
	size_t line_from; /* where the text of the line being read starts in `text` */
	size_t line_seen; /* octets of it that were read, code included             */
	char head[4];     /* its first octets                                       */
	bool complete;
};

void smtp_reply_init(struct smtp_reply *r);
void smtp_reply_fini(struct smtp_reply *r);
/* Ready for the next reply; the memory stays. */
void smtp_reply_reset(struct smtp_reply *r);

/* Takes octets from the front of *in, at most up to the end of one reply.
 *
 * Returns 1 when the reply is complete (the next feed starts a new one by
 * itself), 0 when all of *in was taken and more is needed, or
 *   ERR_SYNTAX    no code, codes that differ within one reply, a NUL
 *   ERR_TOO_LONG  SMTP_REPLY_LINES_MAX or SMTP_REPLY_BYTES_MAX
 *   ERR_NO_MEMORY
 * after which the connection is past understanding.
 *
 * Lines end at LF; a CR before it is dropped (servers without CR exist). */
NODISCARD int smtp_reply_feed(struct smtp_reply *r, struct span *in);

/* The text as one line for people and records: lines joined by a space,
 * control octets and invalid UTF-8 as '?', cut at max octets between characters. */
int smtp_reply_put_flat(struct span text, size_t max, struct buf *out);

/* Prints a reply.  `text` may hold several lines divided by LF; lines over
 * SMTP_REPLY_LINE_MAX are continued.  Octets outside of printable US-ASCII
 * come out as \xNN (RFC 5321 4.2: textstring).  `enhanced` is "x.y.z", or
 * NULL or empty for none (greeting, EHLO, 3xx: RFC 2034 3).  ERR_BUG, kept by out: the code is
 * not of 200 to 599, or `enhanced` is longer than one can be. */
int smtp_reply_print(struct buf *out, int code, const char *enhanced, struct span text);

#endif

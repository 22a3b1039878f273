/* wire/message/seven_bit.h - makes a message with an 8-bit body 7bit, for a server without
 * 8BITMIME.
 *
 * Sources: RFC 6152 3 (the gateway's duty), RFC 2045 6.4-6.8 (encodings, and which part may have
 *          one), RFC 1847 2.1 and RFC 6376 5.3 (what is signed stays), RFC 1428 (unknown-8bit).
 *
 * Two passes over the same octets, in pieces of any size: a scan finds out what the body holds and
 * which parts are to be encoded, then the conversion.  Memory is the struct, whatever the message.
 * Header fields go through as they are, whatever they hold: that is SMTPUTF8's matter.  A
 * DKIM-Signature above the first Received is our own, of the text before: it is left out.
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_SEVEN_BIT_H
#define WIRE_MESSAGE_SEVEN_BIT_H

#include "wire/message/encode.h"
#include "wire/message/mime.h"

enum {
	SEVEN_BIT_PARTS_MAX = 1000, /* an 8-bit part behind them cannot be converted */
	SEVEN_BIT_DEPTH_MAX = 16,   /* multiparts within each other; likewise        */
	SEVEN_BIT_LINE = 1024,      /* longer lines are taken in pieces              */
	SEVEN_BIT_FIELD_MAX = 4096, /* octets of a Content- field that is read       */
};

enum seven_bit_place {
	SEVEN_BIT_HEADER,
	SEVEN_BIT_LEAF,    /* a part's content                                             */
	SEVEN_BIT_BETWEEN, /* what stands before, behind and between parts: seen by nobody */
};

/* An open multipart. */
struct seven_bit_frame {
	char boundary[MESSAGE_BOUNDARY_MAX];
	size_t n;
	bool frozen; /* its parts must not be changed   */
	bool digest;
};

/* The header being read. */
struct seven_bit_header {
	char type[SEVEN_BIT_FIELD_MAX];     /* the first Content-Type's value, raw   */
	char encoding[SEVEN_BIT_FIELD_MAX]; /* each Content-Transfer-Encoding, whole */
	size_t n_type, n_encoding;
	size_t n_lines;
	char *to; /* where the field at hand goes: type, encoding or NULL */
	bool typed, versioned;
	bool traced, dropped; /* a Received field came; the field at hand is left out */
	bool in_digest;       /* RFC 2046 5.1.5: a message, unless it says otherwise */
};

struct message_seven_bit {
	/* What the scan found. */
	bool eight_bit; /* the body holds octets >= 0x80 */
	bool stuck;     /* and one where nothing may be changed: it cannot be converted */
	uint8_t plan[SEVEN_BIT_PARTS_MAX]; /* enum message_encoding: what a part becomes */

	struct buf *out; /* NULL while scanning */
	enum seven_bit_place place;
	struct seven_bit_frame frames[SEVEN_BIT_DEPTH_MAX];
	size_t n_frames;
	struct seven_bit_header header;
	bool frozen, is_text;
	size_t part, n_parts;           /* the part's number; parts so far */
	enum message_encoding encoding; /* of the leaf: as it is, and what it becomes */
	enum message_encoding becomes;
	uint64_t n_octets, n_high; /* of the leaf */
	bool owes_crlf, put_any;
	char line[SEVEN_BIT_LINE];
	size_t n_line;
	bool in_line;                             /* the line's beginning was taken already */
	char carry[MESSAGE_ENCODED_LINE / 4 * 3]; /* of base64 */
	size_t n_carry;
};

void message_seven_bit_init(struct message_seven_bit *s);
/* First pass: all octets of the message, in order, then the end. */
void message_seven_bit_scan(struct message_seven_bit *s, struct span piece);
void message_seven_bit_scanned(struct message_seven_bit *s);
/* Second pass, when eight_bit and not stuck; may be done again.  Appends.  0, ERR_TOO_LONG or
 * ERR_NO_MEMORY of the buf.  One octet becomes at most three and a line break. */
void message_seven_bit_begin(struct message_seven_bit *s);
NODISCARD int message_seven_bit_put(struct message_seven_bit *s, struct span piece,
                                    struct buf *out);
NODISCARD int message_seven_bit_end(struct message_seven_bit *s, struct buf *out);

#endif

/* wire/imap/reader.h - octets of a client in, commands out: lines, literals, APPEND's messages.
 *
 * Sources: RFC 3501 and 9051 2.2.1 (lines, tags, "+"), 4.3 (literals), 7.5, 7.6; RFC 7888
 *          (LITERAL+, LITERAL-); RFC 3516 4.4 (literal8); RFC 3502 (MULTIAPPEND).
 * No I/O, no clock, no globals.  Floor 1 (wire).  The caller turns this loop:
 *
 *	for (;;)
 *		switch (imap_reader_next(&r, &in)) {
 *		case IMAP_READ_MORE:     in is used up: read more, or park the session;
 *		case IMAP_READ_GO_ON:    send "+ OK" and flush: the client waits with a literal;
 *		case IMAP_READ_COMMAND:  imap_command_parse(r.text, ...), do it, answer it;
 *		case IMAP_READ_MESSAGE:  imap_append_parse(r.text, ...), imap_reader_accept(&r);
 *		case IMAP_READ_PIECE:    r.text is the next of the message's octets;
 *		case IMAP_READ_APPENDED: imap_append_end(r.text, ...), commit, answer;
 *		case IMAP_READ_REFUSED:  answer "TAG BAD r.why", undo what APPEND began;
 *		case IMAP_READ_CLOSE:    the same, then "* BYE", and close;
 *		}
 *
 * A line ends in CRLF.  One that ends in a bare LF, or holds a NUL or a bare CR, is refused.
 */
#ifndef WIRE_IMAP_READER_H
#define WIRE_IMAP_READER_H

#include "base/buf.h"
#include "wire/imap/tag.h"

enum {
	IMAP_LINE_MAX = 64 << 10,      /* of a command, literals not counted, with CRLF    */
	IMAP_LITERAL_MINUS_MAX = 4096, /* RFC 7888 5: {n+} under LITERAL-                  */
	IMAP_LITERAL_HEAD_MAX = 24,    /* "~{18446744073709551615+}"                       */
};

/* Octets; borrowed, so that they can change at login.  What is over a limit is refused, and
 * swallowed where the client sends it all the same. */
struct imap_reader_limits {
	uint32_t line;    /* more than IMAP_TAG_MAX, at most IMAP_LINE_MAX    */
	uint32_t literal; /* a literal that is gathered: all but APPEND's messages            */
	uint32_t command; /* a gathered command with its literals                             */
	uint64_t nonsync; /* {n+}, messages too: UINT64_MAX under LITERAL+                    */
	uint64_t swallow; /* of refused literals in one command; more is IMAP_READ_CLOSE      */
	bool secret;      /* a password may come: what was gathered is wiped                  */
};

enum imap_read {
	IMAP_READ_MORE,     /* no event yet */
	IMAP_READ_GO_ON,    /* a synchronising literal is welcome */
	IMAP_READ_COMMAND,  /* whole; APPEND that comes so has no message: BAD */
	IMAP_READ_MESSAGE,  /* of APPEND: what is before its literal, the head not in it */
	IMAP_READ_PIECE,    /* of its octets; r->left are to come */
	IMAP_READ_APPENDED, /* what is behind the last message */
	IMAP_READ_REFUSED,  /* the command is over, the next may come */
	IMAP_READ_CLOSE,    /* too much is to be swallowed */
};

enum imap_reader_state {
	IMAP_READER_LINE,
	IMAP_READER_LITERAL,   /* gathered */
	IMAP_READER_OFFERED,   /* IMAP_READ_MESSAGE was told */
	IMAP_READER_MESSAGE,   /* handed out */
	IMAP_READER_SKIP_LINE, /* refused */
	IMAP_READER_SKIP_LITERAL,
};

/* Some 250 octets, and a buffer only while half a command is there.  Read freely; written by
 * reader.c, but for limits, which may change between commands. */
struct imap_reader {
	const struct imap_reader_limits *limits;
	struct span text; /* of the event; borrowed, from `in` too, until the next call  */
	uint64_t size;    /* MESSAGE: its octets                                         */
	bool literal8;    /* MESSAGE: ~{n} announced it                                  */
	uint64_t left;    /* of the literal, octets to come                              */
	int error;        /* REFUSED, CLOSE: ERR_SYNTAX, ERR_TOO_LONG, ERR_NO_MEMORY; or
	                   * 0: a message was not accepted                               */
	const char *why;  /* a sentence for BAD; NULL: a message was not accepted        */

	struct buf gathered;
	size_t segment; /* in gathered: where the line goes on behind a literal */
	uint64_t swallowed;
	uint32_t line; /* octets of the command's line so far, without literals  */
	uint8_t state; /* enum imap_reader_state */
	bool held;     /* gathered holds the text of the last event      */
	bool over;     /* the last event was the command's last          */
	bool sync;     /* the client waits for GO_ON                     */
	bool append;   /* a message of the command was accepted          */
	bool plain;    /* imap_reader_line()                             */
	bool secret;   /* gathered holds what is to be wiped             */
	uint8_t n_tag, n_tail;
	char tag[IMAP_TAG_MAX];
	char tail[IMAP_LITERAL_HEAD_MAX + 2]; /* of a line that is skipped */
};

void imap_reader_init(struct imap_reader *r, const struct imap_reader_limits *limits);
void imap_reader_fini(struct imap_reader *r);

/* Takes from the front of *in. */
enum imap_read imap_reader_next(struct imap_reader *r, struct span *in);

/* One line that is no command: DONE (RFC 2177 3), an answer to AUTHENTICATE's "+" (RFC 3501 6.2.2).
 * MORE, COMMAND (r->text: the line), or REFUSED (the line was swallowed). */
enum imap_read imap_reader_line(struct imap_reader *r, struct span *in);

/* Answer to IMAP_READ_MESSAGE: r->size octets are to come in PIECEs; none for a size of 0, by which
 * the client gives up (RFC 3502 6.3.11: answer NO at APPENDED).
 *
 * A message that is not accepted before the next call is refused.  Its octets are swallowed if the
 * client sends them unasked, and REFUSED or CLOSE comes when the command is over: answer then. */
void imap_reader_accept(struct imap_reader *r);

/* The command's tag, from its first event on; "*" when it has none that is valid.  Lives until the
 * next command begins; imap_reader_line() keeps it. */
struct span imap_reader_tag(const struct imap_reader *r);

/* Nothing of a command is held: what stays to be kept of an idle session is the struct.  Frees the
 * buffer of the last event. */
bool imap_reader_rest(struct imap_reader *r);

#endif

/* wire/imap/client/answers.h - a server's octets in, whole answers out.
 *
 * Sources: RFC 3501 and RFC 9051 2.2.2 (answers), 4.3 (literals), 7 (what they say).  Pure.  Floor
 *          of wire/imap/args.
 */
#ifndef WIRE_IMAP_CLIENT_ANSWERS_H
#define WIRE_IMAP_CLIENT_ANSWERS_H

#include "base/buf.h"
#include "wire/imap/cursor.h"

enum { IMAP_ANSWER_LINE_MAX = 1 << 20 }; /* octets of one without its literals */

/* Zeroed but for the buffer's cap: the octets of the longest answer. */
struct imap_answers {
	struct buf gathered;
	size_t line;   /* where the present line begins in it */
	size_t n_line; /* octets of lines so far              */
	uint64_t left; /* of a literal                        */
	bool held;     /* gathered was given out              */
};

/* Takes from the front of *in.  1: *out is an answer without its last line end, borrowed until the
 * next call; 0: more is needed.  ERR_TOO_LONG, ERR_NO_MEMORY: the dialogue is over. */
NODISCARD int imap_answers_next(struct imap_answers *a, struct span *in, struct span *out);

enum imap_answer_status {
	IMAP_ANSWER_DATA, /* untagged, and none of these */
	IMAP_ANSWER_OK,
	IMAP_ANSWER_NO,
	IMAP_ANSWER_BAD,
	IMAP_ANSWER_PREAUTH,
	IMAP_ANSWER_BYE,
	IMAP_ANSWER_GO_ON, /* "+" */
};

/* Borrowed from the answer. */
struct imap_answer {
	enum imap_answer_status status;
	struct span tag;  /* empty: untagged                                     */
	struct span code; /* of a status: what stands in [ ]; may be empty        */
	struct span text; /* of a status, for people                              */
	bool has_number;
	uint32_t number;         /* of "* 12 EXISTS"                                     */
	struct span name;        /* of data: "EXISTS"                                   */
	struct imap_cursor args; /* of data: what is behind the name and one SP          */
};
NODISCARD int imap_answer_parse(struct span answer, struct arena *mem, struct imap_answer *out);

#endif

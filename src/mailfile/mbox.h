/* mailfile/mbox.h - an mbox of any of the four kinds, octets in, messages out; and back.
 *
 * Sources: RFC 4155; mbox(5) of qmail and Debian (mboxo, mboxrd, mboxcl, mboxcl2).  Pure: no I/O,
 *no allocation but into the buf given.
 *
 *   o     a line "From " of a message is written ">From "; ">From " as it is
 *   rd    a '>' is put before each line of '>'s and "From ": can be undone
 *   cl    as rd, and Content-Length says how long the body is
 *   cl2   Content-Length alone
 *
 * A line is a new message's first when it has "From ", and a date that can be read: text that says
 * "From now on" is text, in whatever kind.  One empty line before it belongs to the file.
 *
 *	for (;;)
 *		switch (mbox_next(&r, &in, last)) {
 *		case MBOX_MORE:   `in` is used up but for its last octets: append to them, or it is
 *the end when `last` was set case MBOX_BEGIN:  r.from: a message begins case MBOX_LINE:   r.text,
 *r.eol: a line of it, or a piece of one (MAILFILE_NO_EOL) case MBOX_END:    it has ended case
 *MBOX_NOT:    the file does not begin as an mbox does
 *		}
 */
#ifndef MAILFILE_MBOX_H
#define MAILFILE_MBOX_H

#include "mailfile/flags.h"
#include "mailfile/from_line.h"
#include "mailfile/lines.h"

enum mbox_kind { MBOX_O = 1, MBOX_RD, MBOX_CL, MBOX_CL2 };
/* "mboxrd"; and back: ERR_UNKNOWN. */
const char *mbox_kind_name(enum mbox_kind kind);
NODISCARD int mbox_kind_from_name(struct span name, enum mbox_kind *out);

enum { MBOX_LOOK_BYTES = 1024 }; /* of a line, to see what it is: `in` must be able to hold them */

enum mbox_event { MBOX_MORE, MBOX_BEGIN, MBOX_LINE, MBOX_END, MBOX_NOT };

enum mbox_state {
	MBOX_BETWEEN, /* before a message's first line     */
	MBOX_HEADER,
	MBOX_BODY,    /* up to the next message            */
	MBOX_COUNTED, /* `left` octets more                */
	MBOX_DONE,
};

/* Zeroed but for kind. */
struct mbox_reader {
	enum mbox_kind kind;
	/* of the event; borrowed from `in` */
	struct mailfile_from from;
	struct span text;
	enum mailfile_eol eol;

	enum mbox_state state;
	enum mailfile_eol blank; /* an empty line that may be the file's            */
	bool in_line;            /* the next octet is within a line                 */
	bool behind;             /* a counted body has ended: a message should begin */
	bool has_length;
	uint64_t length, left;
	/* What speaks for a kind: see mbox_kind_of.  Messages; whose length led to the next one's
	 * begin, or not; lines within such bodies that look like a begin; ">From ", ">>From ". */
	uint64_t n_messages, n_right, n_wrong, n_bare, n_quoted, n_twice;
};

/* Takes from the front of *in.  last: nothing follows. */
enum mbox_event mbox_next(struct mbox_reader *r, struct span *in, bool last);

/* The kind of a file that was read from end to end as MBOX_CL2.  Where o and rd cannot be told
 * apart, they are read alike. */
enum mbox_kind mbox_kind_of(const struct mbox_reader *r);

/* One message of that kind, behind what is in out: its first line, its flags as Status, X-Status
 * and X-Keywords fields, and an empty line behind it. */
int mbox_put(enum mbox_kind kind, const struct mailfile_from *from,
             const struct mailfile_flags *flags, struct span message, struct buf *out);

#endif

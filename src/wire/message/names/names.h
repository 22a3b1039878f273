/* wire/message/names/names.h - every name under which a part of a message could be saved.
 *
 * Sources: RFC 2183 2.3 (filename), RFC 2046 5.2.3 (external-body's name), RFC 2231 3-4,
 *          RFC 2047, RFC 2557 4.2 (Content-Location), POSIX uuencode (begin lines).
 * Mail programs disagree about malformed names, so each reading counts: every field, every
 * parameter given twice, RFC 2231 pieces with a gap, folds kept and folds closed, a name up to a
 * NUL.  Messages within messages are opened also when they are encoded.  Where readers may see
 * other parts than mime.h does (two boundaries, two types, a malformed line), fields count
 * wherever they stand.  Iterative, linear in the
 * octets.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_NAMES_NAMES_H
#define WIRE_MESSAGE_NAMES_NAMES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	MESSAGE_NAMES_MAX = 100000,     /* names of one message                         */
	MESSAGE_NAME_BYTES_MAX = 1024,  /* octets of a name: the last ones              */
	MESSAGE_NAMES_INNER_MAX = 1000, /* encoded messages within, opened              */
};

/* A name as a person sees it: valid UTF-8, without control characters, direction marks and what
 * takes no room; full-width forms and odd dots are ASCII; without directories, and without dots
 * and spaces at its end. */
struct message_name {
	struct span name;
	size_t part; /* index as in message_mime_parse(); of an encoded message within: its own part
	              */
};

struct message_names {
	struct message_name *names;
	size_t n;
	bool cut;     /* a limit was reached: there may be names that are not here            */
	bool partial; /* a message/partial (RFC 2046 5.2.2): its parts cannot be seen at all  */
};

/* Finds them, in the order of the parts; lines end in CRLF (header.h).  0 or ERR_NO_MEMORY. */
NODISCARD int message_names_find(struct span message, struct arena *arena,
                                 struct message_names *out);

/* A file as it is saved: a part's octets, decoded; what is uuencoded in a text, or attached in a
 * winmail.dat.  names: those that it has; a text to be read has none. */
struct message_file {
	const struct message_name *names;
	size_t n_names;
	struct span octets;
};
/* Borrows; what is not 0 ends the walk, which returns it. */
typedef int message_file_fn(const struct message_file *file, void *arg);
/* The same, and shows each file: whole, one at a time. */
NODISCARD int message_files_find(struct span message, struct arena *arena, message_file_fn *fn,
                                 void *arg, struct message_names *out);

/* A name as above out of octets of whatever origin; it borrows from `seen`.  Empty: they leave
 * none. */
struct span message_name_seen(struct span octets, struct buf *seen);

enum message_name_list {
	MESSAGE_NAME_CLASSIC, /* exe com scr vxd pif vbe vbs vex cpl xl bat cmd           */
	MESSAGE_NAME_STRICT,  /* and what the large providers of today refuse beside these */
};

/* True when the name's last extension is on the list; a stream of NTFS behind a colon, and spaces
 * and dots at the end, do not hide it.  *extension gets it, as in the name; NULL: not wanted. */
bool message_name_listed(struct span name, enum message_name_list list, struct span *extension);

#endif

/* wire/authres/authres.h - Authentication-Results: written, and recognised when it bears our name.
 *
 * Sources: RFC 8601 2.2 (grammar), 2.3-2.7 (methods, properties, results), 5 (forged fields).
 * Pure: no I/O; into the buffer given.
 */
#ifndef WIRE_AUTHRES_AUTHRES_H
#define WIRE_AUTHRES_AUTHRES_H

#include "base/buf.h"

enum { AUTHRES_PROPERTIES_MAX = 4 };

/* "smtp.mailfrom=a@b": type "smtp", name "mailfrom". */
struct authres_property {
	const char *type, *name;
	struct span value;
};

/* "spf=pass smtp.mailfrom=a@b"; properties end at the first without a type. */
struct authres_result {
	const char *method, *result;
	struct span reason; /* for people; empty: none */
	struct authres_property properties[AUTHRES_PROPERTIES_MAX];
};

/* Puts the whole field, its last CRLF included, one result a line; "none" without results.  A value
 * that is no token (or local-part@domain of such) is quoted; control octets become '?'.  0, or what
 * the buffer says. */
NODISCARD int authres_put(struct buf *out, struct span id, const struct authres_result *results,
                          size_t n);
/* Whether the value of an Authentication-Results field bears the authserv-id (case-insensitive),
 * however it is written: folded, quoted, behind comments.  A field whose id is not well-formed and
 * that names ours anywhere, or holds an encoded word, bears it too: other readers may find it; and
 * one whose id is ours without white space, comments and octets that are no ASCII. */
bool authres_bears(struct span value, struct span id);
/* The octets of a header section without the fields that bear the id and those that are named
 * `ours`, appended to out; *n_removed tells how many went.  An empty id: the latter alone.  0, or
 * what the buffer says. */
NODISCARD int authres_strip(struct span header, struct span id, struct span ours, struct buf *out,
                            size_t *n_removed);
/* Whether what follows a header section that a malformed line ended holds such a field before its
 * first empty line, where a reader who skips that line finds it, or is one to some itself; or too
 * much to tell. */
bool authres_hidden(struct span body, struct span id, struct span ours);

#endif

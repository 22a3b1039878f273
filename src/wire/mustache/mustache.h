/* wire/mustache/mustache.h - texts with places for values, as https://mustache.github.io/mustache.5
 * has them.  Pure.
 *
 *	{{name}} {{a.b}} {{.}}   a value; escaped in HTML
 *	{{{name}}} {{&name}}     the same as it is
 *	{{#name}}...{{/name}}    for each of a list, or once if it is there and not false or empty
 *	{{^name}}...{{/name}}    only if not
 *	{{!...}}                 nothing
 *
 * A tag of the last three kinds alone on its line takes the line with it.  There are no partials,
 * and no other delimiters.  A value that is missing is an error: a letter with a hole is worse than
 * none.
 */
#ifndef WIRE_MUSTACHE_MUSTACHE_H
#define WIRE_MUSTACHE_MUSTACHE_H

#include <jansson.h>

#include "base/buf.h"

enum {
	MUSTACHE_DEPTH_MAX = 16,       /* sections within one another */
	MUSTACHE_WORK_MAX = 128 << 20, /* octets that are gone through in one rendering */
	MUSTACHE_NAME_BYTES_MAX = 200, /* of a name */
};

enum mustache_escape { MUSTACHE_PLAIN, MUSTACHE_HTML };

/* Appends.  variables: an object.  ERR_SYNTAX, with words that quote the tag: it is malformed, or
 * its value is missing, or neither text nor number; ERR_LIMIT; ERR_TOO_LONG: the buf's cap. */
NODISCARD int mustache_render(struct span text, const json_t *variables, enum mustache_escape how,
                              struct buf *out);
/* Whether it is well formed.  ERR_SYNTAX as above. */
NODISCARD int mustache_check(struct span text);

#endif

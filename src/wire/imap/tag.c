/* wire/imap/tag.c - see tag.h. */
#include "wire/imap/tag.h"

#include "wire/imap/cursor.h"

struct span imap_tag_of(struct span line)
{
	struct span tag = span_make(line.p, 0);

	/* RFC 3501 9: ASTRING-CHAR but +. */
	while (tag.n < line.n && line.p[tag.n] != '+' &&
	       (imap_is_atom_char(line.p[tag.n]) || line.p[tag.n] == ']'))
		tag.n++;
	if (tag.n > IMAP_TAG_MAX ||
	    (tag.n < line.n && line.p[tag.n] != ' ' && line.p[tag.n] != '\r'))
		tag.n = 0;
	return tag;
}

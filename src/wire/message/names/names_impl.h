/* wire/message/names/names_impl.h - what the files of this folder share. */
#ifndef WIRE_MESSAGE_NAMES_NAMES_IMPL_H
#define WIRE_MESSAGE_NAMES_NAMES_IMPL_H

#include "base/buf.h"
#include "wire/message/decode.h"
#include "wire/message/names/names.h"

/* Names being gathered. */
struct name_list {
	struct arena *arena;
	struct message_names *out;
	size_t room;
	size_t part;
	size_t n_hidden;       /* fields where there may be no part */
	message_file_fn *file; /* NULL: nobody wants them */
	void *arg;
	int err; /* sticks */
};

/* Adds the name that these octets mean; nothing when they leave none. */
void name_list_add(struct name_list *list, struct span octets);
/* Adds what a header field of a part says. */
void names_of_field(struct name_list *list, struct span field, struct span value);
/* Adds a Content-Description, by which a file is shown that has no other name. */
void names_of_description(struct name_list *list, struct span value);
/* Adds the names of files that stand in a text, and shows them. */
void names_of_text(struct name_list *list, struct span text);
/* Shows a file that has the names from number `first` on.  Its errors stick. */
void name_list_show(struct name_list *list, size_t first, struct span octets);

/* charset.c */
extern const struct message_charsets names_charsets;
/* Octets of the escape sequence in front (ISO 2022: a shift into another alphabet); 0: none. */
size_t names_escape(struct span in);
/* Encoded words with white space or "?" within, without a charset or an end, written as RFC 2047
 * has them. */
void names_put_strict_words(struct buf *out, struct span in);

/* hidden.c */
/* Adds what the fields of a part say; lines that are none are passed over.  all: and so are empty
 * ones, since some may see a part begin anywhere. */
void names_of_header(struct name_list *list, struct span header, bool all);
/* Whether all readers find that boundary in a Content-Type. */
bool names_boundary_is_plain(struct span content_type, struct span boundary);

#endif

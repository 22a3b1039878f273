/* wire/message/names/names_impl.h - what the files of this folder share. */
#ifndef WIRE_MESSAGE_NAMES_NAMES_IMPL_H
#define WIRE_MESSAGE_NAMES_NAMES_IMPL_H

#include "base/buf.h"
#include "wire/message/names/names.h"

/* Names being gathered. */
struct name_list {
	struct arena *arena;
	struct message_names *out;
	size_t room;
	size_t part;
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

#endif

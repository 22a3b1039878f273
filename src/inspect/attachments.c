/* inspect/attachments.c - files that run when they are opened, by their names. */
#include "inspect/inspection.h"

#include "wire/message/names/names.h"

enum { NAME_SHOWN_MAX = 120 };

/* The end of a long name is what counts. */
static struct span shown(struct span name)
{
	size_t from = name.n > NAME_SHOWN_MAX ? name.n - NAME_SHOWN_MAX : 0;

	while (from && from < name.n && ((unsigned char)name.p[from] & 0xc0) == 0x80)
		from++;
	return span_sub(name, from, name.n);
}

static int refuse(struct inspection *x, struct span name, struct inspect_finding *found)
{
	struct span s = shown(name);

	found->result = INSPECT_FAILED;
	found->value = SPAN("program");
	return inspect_words(
	        x, found,
	        "%s%.*s is not taken: files of this kind run when they are opened; send "
	        "it in a zip file, or a link to it",
	        s.n < name.n ? "..." : "", SPAN_ARG(s));
}

int inspect_attachments(struct inspection *x, struct inspect_finding *found)
{
	bool strict = span_eq(span_str(x->set->defence_attachments), SPAN("strict"));
	enum message_name_list list = strict ? MESSAGE_NAME_STRICT : MESSAGE_NAME_CLASSIC;
	AUTO_ARENA mem = { 0 };
	struct message_names names;
	int r = message_names_find(x->content->whole, &mem, &names);

	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++)
		if (message_name_listed(names.names[i].name, list, NULL))
			return refuse(x, names.names[i].name, found);
	if (names.cut) {
		found->result = INSPECT_FAILED;
		found->value = SPAN("depth");
		return inspect_words(x, found,
		                     "the message has more parts, or parts within parts, than are "
		                     "looked into; send its files in a zip file");
	}
	found->value = SPAN("none");
	return 0;
}

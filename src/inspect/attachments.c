/* inspect/attachments.c - files that run when they are opened: by their names, and in `strict` by
 * what they are too. */
#include "inspect/inspection.h"

static bool is_strict(const struct inspection *x)
{
	return span_eq(span_str(x->set->defence_attachments), SPAN("strict"));
}

static int refuse(struct inspection *x, struct span name, struct inspect_finding *found)
{
	struct span s = inspect_shown(name, INSPECT_SHOWN_MAX);

	found->result = INSPECT_FAILED;
	found->value = SPAN("program");
	return inspect_words(x, found,
	                     "%s%.*s is not taken: files of this kind run when they are opened; "
	                     "send it in a zip file, or a link to it",
	                     s.n < name.n ? "..." : "", SPAN_ARG(s));
}

int inspect_attachments(struct inspection *x, struct inspect_finding *found)
{
	bool strict = is_strict(x);
	enum message_name_list list = strict ? MESSAGE_NAME_STRICT : MESSAGE_NAME_CLASSIC;
	AUTO_ARENA mem = { 0 };
	struct message_names names;
	int r = strict ? inspect_files(x, &mem, found, &names)
	               : message_names_find(x->content->whole, &mem, &names);

	if (r)
		return r < 0 ? r : 0;
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
	found->words = SPAN("no file in it is of a kind that runs when it is opened");
	return 0;
}

bool inspect_needs_stack(const struct inspection *x)
{
	return (x->asked->steps & 1u << STEP_attachments) && is_strict(x);
}

/* wire/message/structure/section.c - see section.h.  RFC 9051 6.4.5.1. */
#include "wire/message/structure/section.h"
#include "wire/message/header.h"

/* A part, and where the walk stands behind it. */
struct place {
	struct message_structure after;
	struct message_structure_part part;
};

static int first_part(struct span record, struct place *at)
{
	int r = message_structure_begin(&at->after, record);

	return r < 0 ? r : message_structure_next(&at->after, &at->part);
}

/* Goes to the n-th of the parts right below. */
static int to_child(struct place *at, uint32_t n)
{
	struct place child = *at;
	int r;

	while ((r = message_structure_next(&child.after, &child.part)) > 0) {
		if (child.part.depth <= at->part.depth)
			return 0;
		if (child.part.depth == at->part.depth + 1 && --n == 0) {
			*at = child;
			return 1;
		}
	}
	return r;
}

/* True where the part is message/rfc822 and was opened. */
static bool holds_message(const struct message_structure_part *p)
{
	return p->envelope.p;
}

/* Follows the path from the message itself.  RFC 9051 6.4.5.1: the one part of a message that is no
 * multipart is 1, and the numbers below a message/rfc822 are those of the message in it. */
static int follow(struct place *at, const uint32_t *path, size_t n_path)
{
	bool message = true; /* at->part is a whole message's */
	int r = 1;

	for (size_t i = 0; i < n_path && r > 0; i++) {
		if (!path[i])
			return 0;
		if (!message && holds_message(&at->part)) {
			r = to_child(at, 1);
			if (r <= 0)
				return r;
			message = true;
		}
		if (message_structure_is(&at->part, "multipart", NULL))
			r = to_child(at, path[i]);
		else if (!message || path[i] != 1)
			return 0;
		message = false;
	}
	return r;
}

static struct message_range between(uint64_t at, uint64_t end)
{
	return (struct message_range){ at, end - at };
}

/* The message itself, with what stands before its header section. */
static struct message_range whole(const struct message_structure_part *p, uint64_t prefix_n,
                                  enum message_section what)
{
	uint64_t body_at = prefix_n + p->body_at;

	if (what == MESSAGE_SECTION_WHOLE)
		return between(0, body_at + p->body_n);
	if (what == MESSAGE_SECTION_HEADER)
		return between(0, body_at);
	return between(body_at, body_at + p->body_n);
}

int message_section_find(struct span record, uint64_t prefix_n, const uint32_t *path, size_t n_path,
                         enum message_section what, struct message_range *range,
                         struct message_structure_part *part)
{
	struct place at;
	struct message_range found;
	bool within = what == MESSAGE_SECTION_HEADER || what == MESSAGE_SECTION_TEXT;
	int r = first_part(record, &at);

	if (r > 0)
		r = follow(&at, path, n_path);
	if (r > 0 && n_path && within)
		r = holds_message(&at.part) ? to_child(&at, 1) : 0;
	if (r > 0 && !n_path && what == MESSAGE_SECTION_MIME)
		r = 0;
	if (r <= 0)
		return r;
	if (!n_path)
		found = whole(&at.part, prefix_n, what);
	else if (what == MESSAGE_SECTION_HEADER || what == MESSAGE_SECTION_MIME)
		found = between(prefix_n + at.part.header_at, prefix_n + at.part.body_at);
	else
		found = (struct message_range){ prefix_n + at.part.body_at, at.part.body_n };
	*range = found;
	if (part)
		*part = at.part;
	return 1;
}

struct message_range message_range_partial(struct message_range r, uint64_t at, uint64_t n)
{
	if (at > r.n)
		at = r.n;
	if (n > r.n - at)
		n = r.n - at;
	return (struct message_range){ r.at + at, n };
}

int message_fields_filter(struct span header, const struct span *names, size_t n_names, bool not_,
                          struct buf *out)
{
	struct message_header h;
	struct message_field field;

	message_header_begin(&h, header);
	while (message_header_next(&h, &field)) {
		bool named = false;

		for (size_t i = 0; i < n_names && !named; i++)
			named = span_eq_nocase(field.name, names[i]);
		if (named != not_)
			buf_put(out, field.whole);
	}
	return buf_put(out, SPAN("\r\n"));
}

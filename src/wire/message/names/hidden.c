/* wire/message/names/hidden.c - fields where not all readers see a part; see names.h. */
#include "wire/message/header.h"
#include "wire/message/names/names_impl.h"

void names_of_header(struct name_list *list, struct span header, bool all)
{
	struct message_field field;
	struct message_header h;
	struct span line, text;
	bool more = true;

	while (more && header.n && !list->err) {
		message_header_begin(&h, header);
		while (message_header_next(&h, &field)) {
			if (!span_starts_nocase(field.name, SPAN("Content-")))
				continue;
			list->n_hidden += all;
			if (list->n_hidden <= MESSAGE_FIELDS_MAX)
				names_of_field(list, field.name, field.value);
			else
				list->out->cut = true;
		}
		header = span_sub(header, h.at, header.n);
		more = all || h.end == MESSAGE_HEADER_MALFORMED;
		if (more && (h.end == MESSAGE_HEADER_MALFORMED || !h.at))
			message_line_next(&header, &line, &text);
	}
}

static struct span trimmed(struct span s)
{
	while (s.n && s.p[0] && strchr(" \t\r\n", s.p[0]))
		s = span_sub(s, 1, s.n);
	return s;
}

bool names_boundary_is_plain(struct span content_type, struct span boundary)
{
	ptrdiff_t at = span_find_nocase(content_type, SPAN("boundary"));
	struct span rest = span_sub(content_type, (size_t)at + 8, content_type.n);

	if (at < 0 || !boundary.n || boundary.p[0] == ' ' || boundary.p[0] == '\'')
		return false;
	rest = trimmed(rest);
	if (!span_eat(&rest, SPAN("=")))
		return false;
	rest = trimmed(rest);
	bool quoted = span_eat(&rest, SPAN("\""));
	if (!span_eat(&rest, boundary))
		return false;
	rest = trimmed(rest);
	if (quoted && !span_eat(&rest, SPAN("\"")))
		return false;
	rest = trimmed(rest);
	return (!rest.n || rest.p[0] == ';') && span_find_nocase(rest, SPAN("boundary")) < 0;
}

/* wire/message/structure/structure.c - reads the record of structure.h. */
#include "wire/message/structure/structure.h"
#include "wire/message/envelope/items.h"
#include "wire/message/structure/structure_kinds.h"

int message_structure_begin(struct message_structure *s, struct span record)
{
	uint64_t flags, n;

	if (!record.n || record.p[0] != MESSAGE_STRUCTURE_VERSION)
		return err(ERR_CORRUPT, "a structure of a version that is not known");
	record = span_sub(record, 1, record.n);
	if (message_number_get(&record, &flags) < 0 || message_number_get(&record, &n) < 0 || !n ||
	    n > MESSAGE_WALK_PARTS_MAX)
		return err(ERR_CORRUPT, "a structure that cannot be read");
	*s = (struct message_structure){ record, (size_t)n, (unsigned)flags };
	return 0;
}

static int read_item(uint8_t kind, struct span s, struct message_structure_part *p)
{
	switch (kind) {
	case MESSAGE_STRUCTURE_KIND_TYPE: p->type = s; break;
	case MESSAGE_STRUCTURE_KIND_SUBTYPE: p->subtype = s; break;
	case MESSAGE_STRUCTURE_KIND_PARAMS: p->params = s; break;
	case MESSAGE_STRUCTURE_KIND_ID: p->id = s; break;
	case MESSAGE_STRUCTURE_KIND_DESCRIPTION: p->description = s; break;
	case MESSAGE_STRUCTURE_KIND_MD5: p->md5 = s; break;
	case MESSAGE_STRUCTURE_KIND_DISPOSITION: p->disposition = s; break;
	case MESSAGE_STRUCTURE_KIND_DISPOSITION_PARAMS: p->disposition_params = s; break;
	case MESSAGE_STRUCTURE_KIND_LANGUAGE: p->language = s; break;
	case MESSAGE_STRUCTURE_KIND_LOCATION: p->location = s; break;
	case MESSAGE_STRUCTURE_KIND_ENVELOPE: p->envelope = s; break;
	case MESSAGE_STRUCTURE_KIND_ENCODING:
		p->encoding_name = s;
		p->encoding = message_encoding_parse(s);
		break;
	}
	return 0;
}

static int read_numbers(struct span *in, struct message_structure_part *p)
{
	uint64_t depth, header_n;

	if (message_number_get(in, &depth) < 0 || message_number_get(in, &p->header_at) < 0 ||
	    message_number_get(in, &header_n) < 0 || message_number_get(in, &p->body_n) < 0 ||
	    message_number_get(in, &p->lines) < 0 || depth > MESSAGE_WALK_DEPTH_MAX)
		return ERR_CORRUPT;
	/* No sum of them overflows. */
	if ((p->header_at | header_n | p->body_n | p->lines) >> 60)
		return ERR_CORRUPT;
	p->depth = (unsigned)depth;
	p->body_at = p->header_at + header_n;
	return 0;
}

int message_structure_next(struct message_structure *s, struct message_structure_part *out)
{
	struct message_structure_part p = { .encoding = MESSAGE_ENCODING_7BIT };
	struct span part, item, rest = s->rest;
	uint8_t kind;
	int r = 0;

	if (!s->n_parts)
		return 0;
	if (message_string_get(&rest, &part) == 0 && read_numbers(&part, &p) == 0)
		while ((r = message_item_get(&part, &kind, &item)) > 0)
			read_item(kind, item, &p);
	else
		r = ERR_CORRUPT;
	if (r < 0)
		return err(ERR_CORRUPT, "a structure that cannot be read");
	if (!p.type.p || !p.subtype.p) {
		p.type = SPAN("text");
		p.subtype = SPAN("plain");
		if (!p.params.p)
			p.params = SPAN("\7charset\10us-ascii"); /* RFC 2045 5.2 */
	}
	s->rest = rest;
	s->n_parts--;
	*out = p;
	return 1;
}

int message_structure_text(struct span *list, struct span *text)
{
	if (!list->n)
		return 0;
	if (message_string_get(list, text) < 0)
		return err(ERR_CORRUPT, "a list of texts that cannot be read");
	return 1;
}

bool message_structure_param(struct span params, struct span name, struct span *value)
{
	struct span found, text;

	while (message_structure_text(&params, &found) > 0 &&
	       message_structure_text(&params, &text) > 0)
		if (span_eq_nocase(found, name)) {
			*value = text;
			return true;
		}
	return false;
}

bool message_structure_is(const struct message_structure_part *p, const char *type,
                          const char *subtype)
{
	return span_eq_nocase(p->type, span_str(type)) &&
	       (!subtype || span_eq_nocase(p->subtype, span_str(subtype)));
}

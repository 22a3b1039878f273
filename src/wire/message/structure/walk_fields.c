/* wire/message/structure/walk_fields.c - what a part's fields say of it, packed.
 *
 * RFC 2045 5-8, RFC 2183, RFC 1864, RFC 3282, RFC 2557.  The first field of a name counts.
 */
#include "wire/message/decode.h"
#include "wire/message/envelope/envelope.h"
#include "wire/message/envelope/items.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/param.h"
#include "wire/message/structure/structure.h"
#include "wire/message/structure/structure_kinds.h"
#include "wire/message/structure/walk_impl.h"

enum field {
	FIELD_TYPE,
	FIELD_ENCODING,
	FIELD_DISPOSITION,
	FIELD_ID,
	FIELD_DESCRIPTION,
	FIELD_MD5,
	FIELD_LANGUAGE,
	FIELD_LOCATION,
	FIELDS,
};

static const struct span names[FIELDS] = {
	[FIELD_TYPE] = SPAN("Content-Type"),
	[FIELD_ENCODING] = SPAN("Content-Transfer-Encoding"),
	[FIELD_DISPOSITION] = SPAN("Content-Disposition"),
	[FIELD_ID] = SPAN("Content-ID"),
	[FIELD_DESCRIPTION] = SPAN("Content-Description"),
	[FIELD_MD5] = SPAN("Content-MD5"),
	[FIELD_LANGUAGE] = SPAN("Content-Language"),
	[FIELD_LOCATION] = SPAN("Content-Location"),
};

struct reader {
	struct message_walk *w;
	struct walk_part *part;
	size_t from;      /* where in w->fields its items begin */
	struct buf value; /* on its way */
	struct buf list;
};

static void put(struct reader *r, uint8_t kind, struct span s)
{
	struct buf *out = &r->w->fields;
	size_t used = out->n - r->from + MESSAGE_NUMBER_MAX + 1;

	if (used + s.n > MESSAGE_WALK_FIELDS_BYTES_MAX)
		r->w->flags |= MESSAGE_STRUCTURE_CUT;
	else
		message_item_put(out, kind, s);
}

static void blank_controls(struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if ((unsigned char)b->p[i] < ' ' || b->p[i] == 0x7f)
			b->p[i] = ' ';
}

static void put_line(struct reader *r, uint8_t kind, struct span value)
{
	buf_reset(&r->value);
	message_unfold(value, &r->value);
	blank_controls(&r->value);
	put(r, kind, buf_span(&r->value));
}

/* True when one of them is a file's name. */
static bool put_params(struct reader *r, uint8_t kind, struct span rest)
{
	struct span name;
	bool named = false;

	buf_reset(&r->list);
	for (unsigned i = 0; i < MESSAGE_PARAMS_MAX; i++) {
		buf_reset(&r->value);
		if (!message_param_next(&rest, &name, &r->value))
			break;
		blank_controls(&r->value);
		message_string_put(&r->list, name);
		message_string_put(&r->list, buf_span(&r->value));
		named = named || span_starts_nocase(name, SPAN("filename")) ||
		        span_starts_nocase(name, SPAN("name"));
	}
	if (r->list.n)
		put(r, kind, buf_span(&r->list));
	return named;
}

/* Kept in front of the part's items, which say it as written. */
static void read_boundary(struct reader *r, const struct message_params *params)
{
	struct message_walk *w = r->w;

	buf_reset(&r->value);
	if (message_param_get(params, SPAN("boundary"), &r->value) < 0)
		w->fields.err = ERR_NO_MEMORY;
	while (r->value.n && r->value.p[r->value.n - 1] == ' ')
		r->value.n--; /* RFC 2046 5.1.1: never ends with white space */
	if (r->value.n > MESSAGE_BOUNDARY_MAX)
		return;
	r->part->boundary = (struct walk_slice){ (uint32_t)w->fields.n, (uint32_t)r->value.n };
	buf_put(&w->fields, buf_span(&r->value));
	r->from = w->fields.n;
}

static bool read_type(struct reader *r, struct span value)
{
	struct message_params params;
	struct span type, subtype;
	struct walk_part *p = r->part;

	message_params_begin(&params, value);
	p->message = false;
	if (!message_type_split(params.value, &type, &subtype))
		return false;
	if (span_eq_nocase(type, SPAN("message")))
		p->message = span_eq_nocase(subtype, SPAN("rfc822")) ||
		             span_eq_nocase(subtype, SPAN("global"));
	p->multipart = span_eq_nocase(type, SPAN("multipart"));
	p->digest = p->multipart && span_eq_nocase(subtype, SPAN("digest"));
	if (p->multipart)
		read_boundary(r, &params);
	put(r, MESSAGE_STRUCTURE_KIND_TYPE, type);
	put(r, MESSAGE_STRUCTURE_KIND_SUBTYPE, subtype);
	return put_params(r, MESSAGE_STRUCTURE_KIND_PARAMS, params.rest);
}

/* RFC 2046 5.1.5: what a part of a digest is without a type. */
static void put_default_type(struct reader *r)
{
	if (r->part->message) {
		put(r, MESSAGE_STRUCTURE_KIND_TYPE, SPAN("message"));
		put(r, MESSAGE_STRUCTURE_KIND_SUBTYPE, SPAN("rfc822"));
	}
}

static bool read_disposition(struct reader *r, struct span value)
{
	struct message_params params;

	message_params_begin(&params, value);
	if (!params.value.n)
		return false;
	put(r, MESSAGE_STRUCTURE_KIND_DISPOSITION, params.value);
	return put_params(r, MESSAGE_STRUCTURE_KIND_DISPOSITION_PARAMS, params.rest) ||
	       !span_eq_nocase(params.value, SPAN("inline"));
}

static void read_encoding(struct reader *r, struct span value)
{
	struct message_params params;
	enum message_encoding e;

	message_params_begin(&params, value);
	e = message_encoding_parse(params.value);
	r->part->identity = e == MESSAGE_ENCODING_7BIT || e == MESSAGE_ENCODING_8BIT ||
	                    e == MESSAGE_ENCODING_BINARY;
	put(r, MESSAGE_STRUCTURE_KIND_ENCODING, params.value);
}

/* RFC 3282 2: tags with commas between. */
static void read_language(struct reader *r, struct span value)
{
	struct span rest, tag;

	buf_reset(&r->value);
	buf_reset(&r->list);
	message_unfold(value, &r->value);
	blank_controls(&r->value);
	for (rest = buf_span(&r->value); span_split(&rest, ',', &tag);)
		if (span_trim(tag).n)
			message_string_put(&r->list, span_trim(tag));
	if (r->list.n)
		put(r, MESSAGE_STRUCTURE_KIND_LANGUAGE, buf_span(&r->list));
}

static void read_all(struct reader *r, const struct span values[FIELDS])
{
	static const struct {
		enum field field;
		uint8_t kind;
	} lines[] = { { FIELD_ID, MESSAGE_STRUCTURE_KIND_ID },
		      { FIELD_MD5, MESSAGE_STRUCTURE_KIND_MD5 },
		      { FIELD_LOCATION, MESSAGE_STRUCTURE_KIND_LOCATION },
		      { FIELD_DESCRIPTION, MESSAGE_STRUCTURE_KIND_DESCRIPTION } };
	bool attachment = false;

	if (values[FIELD_TYPE].p)
		attachment = read_type(r, values[FIELD_TYPE]);
	else
		put_default_type(r);
	if (values[FIELD_ENCODING].p)
		read_encoding(r, values[FIELD_ENCODING]);
	if (values[FIELD_DISPOSITION].p)
		attachment |= read_disposition(r, values[FIELD_DISPOSITION]);
	if (values[FIELD_LANGUAGE].p)
		read_language(r, values[FIELD_LANGUAGE]);
	for (size_t i = 0; i < N_ELEMS(lines); i++)
		if (values[lines[i].field].p)
			put_line(r, lines[i].kind, values[lines[i].field]);
	if (attachment && !r->part->multipart)
		r->w->flags |= MESSAGE_STRUCTURE_ATTACHMENT;
}

/* The envelope of a message within this one. */
static int read_envelope(struct message_walk *w, struct walk_part *p, struct span header)
{
	int r;

	if (p->parent == WALK_NO_PARENT || !w->parts[p->parent].message)
		return 0;
	p->envelope.at = (uint32_t)w->fields.n;
	r = message_envelope_pack(header, MESSAGE_ENVELOPE_BYTES, &w->fields);
	p->envelope.n = (uint32_t)(w->fields.n - p->envelope.at);
	return r;
}

int message_walk_fields(struct message_walk *w, struct walk_part *p, struct span header)
{
	struct span values[FIELDS] = { 0 };
	struct reader r = { .w = w, .part = p, .from = w->fields.n };
	struct message_header h;
	struct message_field field;

	message_header_begin(&h, header);
	while (message_header_next(&h, &field))
		for (size_t i = 0; i < FIELDS; i++)
			if (!values[i].p && span_eq_nocase(field.name, names[i])) {
				values[i] = field.value;
				break;
			}
	r.value = BUF(4 * header.n + 64);
	r.list = BUF(8 * header.n + 64);
	read_all(&r, values);
	p->items.at = (uint32_t)r.from;
	p->items.n = (uint32_t)(w->fields.n - r.from);
	if (r.value.err || r.list.err)
		w->fields.err = ERR_NO_MEMORY;
	buf_fini(&r.value);
	buf_fini(&r.list);
	return w->fields.err ? w->fields.err : read_envelope(w, p, header);
}

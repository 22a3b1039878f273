/* wire/message/structure/structure_print.c - BODY and BODYSTRUCTURE of a record.  RFC 9051 7.5.2.
 *
 * A part is open from its "(" to its ")".  What is still to be said of an open one is printed when
 * a part comes that is no deeper; a stack of the open ones, as deep as a message may be, does it.
 */
#include "wire/message/envelope/envelope.h"
#include "wire/message/envelope/imap_string.h"
#include "wire/message/structure/structure.h"

/* What stands for the parts of a multipart, and the message of a message/rfc822, that was not
 * opened. */
#define EMPTY_PART "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 0 0)"

struct printer {
	struct buf *out;
	struct message_structure s;
	struct span
	        open[MESSAGE_WALK_DEPTH_MAX + 1]; /* what message_structure_next() read it from */
	bool empty;                               /* the innermost open one has no parts so far */
	unsigned n_open;
	bool extended, utf8;
};

static void put_string(struct printer *p, struct span s)
{
	message_string_print(p->out, s, p->utf8);
}

static void put_nstring(struct printer *p, struct span s)
{
	buf_putc(p->out, ' ');
	message_nstring_print(p->out, s, p->utf8);
}

/* " (a b c)", or NIL for no texts. */
static void put_texts(struct printer *p, struct span list)
{
	struct span text;
	bool any = false;

	while (message_structure_text(&list, &text) > 0) {
		buf_put(p->out, any ? SPAN(" ") : SPAN(" ("));
		put_string(p, text);
		any = true;
	}
	buf_put(p->out, any ? SPAN(")") : SPAN(" NIL"));
}

/* body-fld-dsp, -lang, -loc. */
static void put_disposition(struct printer *p, const struct message_structure_part *part)
{
	if (part->disposition.p) {
		buf_put(p->out, SPAN(" ("));
		put_string(p, part->disposition);
		put_texts(p, part->disposition_params);
		buf_putc(p->out, ')');
	} else {
		buf_put(p->out, SPAN(" NIL"));
	}
	put_texts(p, part->language);
	put_nstring(p, part->location);
}

/* A message/rfc822 of which the inner message is known. */
static bool is_open_message(const struct message_structure_part *part)
{
	return message_structure_is(part, "message", "rfc822") ||
	       message_structure_is(part, "message", "global");
}

/* From the type to the octets: body-fields. */
static void put_fields(struct printer *p, const struct message_structure_part *part)
{
	put_string(p, part->type);
	buf_putc(p->out, ' ');
	put_string(p, part->subtype);
	put_texts(p, part->params);
	put_nstring(p, part->id);
	put_nstring(p, part->description);
	put_nstring(p, part->encoding_name.n ? part->encoding_name : SPAN("7BIT"));
	buf_printf(p->out, " %ju", (uintmax_t)part->body_n);
}

static int put_envelope(struct printer *p, struct span record)
{
	struct message_envelope e = { 0 };
	int r = record.p ? message_envelope_unpack(record, &e) : 0;

	if (r < 0)
		return r;
	buf_putc(p->out, ' ');
	return message_envelope_print(p->out, &e, p->utf8);
}

/* Prints a part up to what stands behind the parts it holds. */
static int open_part(struct printer *p, const struct message_structure_part *part)
{
	int r = 0;

	buf_putc(p->out, '(');
	if (message_structure_is(part, "multipart", NULL))
		return 0;
	put_fields(p, part);
	if (is_open_message(part)) {
		r = put_envelope(p, part->envelope);
		buf_putc(p->out, ' ');
	} else if (message_structure_is(part, "text", NULL)) {
		buf_printf(p->out, " %ju", (uintmax_t)part->lines);
	}
	return r;
}

static int close_part(struct printer *p)
{
	struct message_structure one = { p->open[--p->n_open], 1, 0 };
	struct message_structure_part part;
	int r = message_structure_next(&one, &part);
	bool multipart = r > 0 && message_structure_is(&part, "multipart", NULL);

	if (r < 0)
		return r;
	if (p->empty && (multipart || is_open_message(&part)))
		buf_put(p->out, SPAN(EMPTY_PART));
	p->empty = false;
	if (multipart) {
		buf_putc(p->out, ' ');
		put_string(p, part.subtype);
	} else if (is_open_message(&part)) {
		buf_printf(p->out, " %ju", (uintmax_t)part.lines);
	}
	if (p->extended) {
		if (multipart)
			put_texts(p, part.params);
		else
			put_nstring(p, part.md5);
		put_disposition(p, &part);
	}
	return buf_putc(p->out, ')');
}

static int print(struct printer *p)
{
	struct message_structure_part part;
	struct span at = p->s.rest;
	int r;

	while ((r = message_structure_next(&p->s, &part)) > 0) {
		if (part.depth > p->n_open || (p->n_open && !part.depth))
			return err(ERR_CORRUPT, "a structure with a part that is in none");
		while (r >= 0 && p->n_open > part.depth)
			r = close_part(p);
		if (r >= 0)
			r = open_part(p, &part);
		if (r < 0)
			return r;
		p->open[p->n_open++] = at;
		p->empty = true;
		at = p->s.rest;
	}
	while (r >= 0 && p->n_open)
		r = close_part(p);
	return r < 0 ? r : p->out->err;
}

int message_structure_print(struct buf *out, struct span record, bool extended, bool utf8)
{
	struct printer p = { .out = out, .extended = extended, .utf8 = utf8 };
	int r = message_structure_begin(&p.s, record);

	return r < 0 ? r : print(&p);
}

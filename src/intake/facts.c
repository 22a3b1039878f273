/* intake/facts.c - what a header section says, in one walk, and whether it is one that we take.
 *
 * RFC 5321 6.3 (loops); RFC 5322 2.1 (where it ends).
 */
#include "intake/intake_impl.h"

#include "base/utf8.h"
#include "wire/message/header.h"
#include "wire/message/signed.h"

enum { VALUE_MAX = 2000 }; /* octets of From and Date that are kept */

/* <alice@home.test>, or without brackets.  Past smtp.hops_max it is a loop, whoever had it. */
static void note_had(struct intake *in, struct span value)
{
	struct intake_facts *facts = &in->facts;
	size_t room = (size_t)in->set->smtp_hops_max;
	struct span who = span_trim(value);

	if (in->from.kind == INTAKE_KEPT)
		return;
	if (span_eat(&who, SPAN("<")) && who.n && who.p[who.n - 1] == '>')
		who.n--;
	if (!facts->had)
		facts->had = arena_array(&in->mem, struct span, room);
	if (!facts->had ||
	    (facts->n_had < room && arena_copy(&in->mem, who, &facts->had[facts->n_had]) < 0))
		intake_refuse_ours(in, err(ERR_NO_MEMORY, "no memory for a header's facts"));
	else if (facts->n_had == room)
		intake_refuse(in, 554, "5.4.6", "Mail loop: it was in %zu mailboxes", room);
	else
		facts->n_had++;
}

static void note(struct intake *in, const struct message_field *f)
{
	struct intake_facts *facts = &in->facts;

	facts->is_signed = facts->is_signed || message_field_signs(f);
	if (span_eq_nocase(f->name, SPAN("Received")))
		facts->n_received++;
	else if (span_eq_nocase(f->name, SPAN("Delivered-To")))
		note_had(in, f->value);
	else if (!facts->subject.p && span_eq_nocase(f->name, SPAN("Subject")))
		facts->subject = message_value_text(f->value, INTAKE_TEXT_MAX, &in->mem);
	else if (!facts->message_id.p && span_eq_nocase(f->name, SPAN("Message-ID")))
		facts->message_id = message_value_text(f->value, INTAKE_TEXT_MAX, &in->mem);
	else if (!facts->from.p && span_eq_nocase(f->name, SPAN("From")))
		(void)!arena_copy(&in->mem, span_sub(f->value, 0, VALUE_MAX), &facts->from);
	else if (!facts->date.p && span_eq_nocase(f->name, SPAN("Date")))
		(void)!arena_copy(&in->mem, span_sub(f->value, 0, VALUE_MAX), &facts->date);
}

void intake_facts_read(struct intake *in, bool ended)
{
	struct span text = buf_span(&in->text);
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, text);
	while (message_header_next(&h, &f))
		note(in, &f);
	in->header_n = h.at;
	in->facts.eight_bit = !utf8_is_ascii(span_sub(text, 0, h.at));
	if (h.end == MESSAGE_HEADER_CUT && h.n_fields == MESSAGE_FIELDS_MAX)
		intake_refuse(in, 552, "5.3.4", "The header has more than %d fields",
		              MESSAGE_FIELDS_MAX);
	else if (h.at > INTAKE_HEADER_BYTES_MAX || h.end == MESSAGE_HEADER_CUT ||
	         (h.end == MESSAGE_HEADER_ALL && !ended))
		intake_refuse(in, 552, "5.3.4", "The header section is over %d octets",
		              INTAKE_HEADER_BYTES_MAX);
	if (in->from.kind != INTAKE_KEPT && in->facts.n_received >= (size_t)in->set->smtp_hops_max)
		intake_refuse(in, 554, "5.4.6", "Mail loop: it has passed %zu servers",
		              in->facts.n_received);
}

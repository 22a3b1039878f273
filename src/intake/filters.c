/* intake/filters.c - what mail filters (milters) do to a message: checked, for who says so has read
 * what strangers have packed, then done to the header as it is kept. */
#include "intake/intake_impl.h"

#include "wire/message/signed.h"
#include "wire/milter/milter.h"

static bool is_good(const struct inspect_edit *e)
{
	if (e->kind != MILTER_EDIT_ADD && e->kind != MILTER_EDIT_INSERT &&
	    e->kind != MILTER_EDIT_CHANGE)
		return false;
	return milter_is_field(e->name, e->field) ||
	       (e->kind == MILTER_EDIT_CHANGE && !e->field.n && e->name.n);
}

int intake_filters_check(const struct intake *in, const struct inspect_judge_reply *found)
{
	bool may = in->set->defence_milters.n > 0;
	size_t n_octets = 0;

	for (size_t i = 0; may && i < found->n_refusals; i++)
		may = found->refusals[i].recipient < in->n_rcpts &&
		      found->refusals[i].words.n <= INSPECT_WORDS_MAX;
	for (size_t i = 0; may && i < found->n_edits; i++) {
		n_octets += found->edits[i].name.n + found->edits[i].field.n;
		may = is_good(&found->edits[i]);
	}
	for (size_t i = 0; may && i < found->n_removed; i++)
		may = found->removed[i].recipient < in->n_rcpts;
	if ((found->n_refusals || found->n_edits || found->n_added || found->n_removed ||
	     found->n_sender || found->n_body) &&
	    (!may || found->n_added > INSPECT_ADDED_MAX || found->n_removed > in->n_rcpts ||
	     found->n_sender > 1 || found->n_body > 1 || found->n_edits > INSPECT_EDITS_MAX ||
	     n_octets > INSPECT_EDITS_BYTES_MAX))
		return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	return 0;
}

int intake_recipients_tell(struct intake *in, struct inspect_judge_args *a)
{
	a->login = in->from.login;
	a->recipients = arena_array(&in->mem, struct inspect_rcpt, in->n_rcpts);
	if (!a->recipients)
		return err(ERR_NO_MEMORY, "no memory for %zu recipients", in->n_rcpts);
	for (; a->n_recipients < in->n_rcpts; a->n_recipients++)
		a->recipients[a->n_recipients].address = in->rcpts[a->n_recipients].address;
	return 0;
}

/* UTF-8 in the header of a message that has none would make it another kind of message. */
static int without_utf8(struct intake *in, struct span field, struct span *out)
{
	char *p = arena_alloc(&in->mem, field.n + 1);

	if (!p)
		return err(ERR_NO_MEMORY, "no memory for a field");
	for (size_t i = 0; i < field.n; i++)
		p[i] = (unsigned char)field.p[i] < 0x80 || in->facts.eight_bit ? field.p[i] : '?';
	*out = span_make(p, field.n);
	return 0;
}

int intake_edits_apply(struct intake *in)
{
	AUTO_BUF made = BUF(QUEUE_HEADER_BYTES_MAX);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < in->n_edits; i++) {
		const struct inspect_edit *e = &in->edits[i];
		struct milter_edit edit = { (enum milter_reply_kind)e->kind, e->index, e->name,
			                    SPAN("") };
		in->facts.is_signed |= e->field.n && message_is_signature(e->name);
		r = without_utf8(in, e->field, &edit.field);
		buf_reset(&made);
		if (r >= 0)
			r = milter_edit_apply(intake_header(in), &edit, &made);
		if (r < 0)
			break;
		buf_reset(&in->made);
		r = buf_put(&in->made, buf_span(&made));
	}
	return r;
}

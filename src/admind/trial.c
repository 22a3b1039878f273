/* admind/trial.c - the message that the defence is to look at. */
#include "admind/ops.h"
#include "base/base64.h"
#include "mailfile/lines.h"

/* "message" as text, or "message_base64"; lines end as a file of mail has them. */
WAITS int admind_letter(struct admind_call *c)
{
	json_t *plain = json_object_get(c->given, "message"),
	       *coded = json_object_get(c->given, "message_base64"), *given = plain ? plain : coded;
	struct span text = span_make(json_string_value(given), json_string_length(given));
	AUTO_BUF octets = BUF(text.n + 1), letter = BUF(2 * text.n + 1);
	int r = 0;

	if (!plain == !coded)
		return err(ERR_SYNTAX, "\"message\", or \"message_base64\"");
	if (coded && base64_decode(text, &octets) < 0)
		return err(ERR_SYNTAX, "\"message_base64\" is no base64");
	if (coded)
		text = buf_span(&octets);
	r = mailfile_text_get(text, &letter);
	if (r >= 0)
		r = arena_copy(&c->q->mem, buf_span(&letter), &c->text);
	return r < 0 || json_object_set_new(c->request, "size",
	                                    json_integer((json_int_t)letter.n)) >= 0
	               ? r
	               : ERR_NO_MEMORY;
}

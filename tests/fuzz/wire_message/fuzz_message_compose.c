/* No field of a draft adds a field to the message (threats: header injection by libraries). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/write/compose.h"
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"

/* Takes a piece of the input: a length octet and that many. */
static struct span take(struct span *in)
{
	size_t n = in->n ? (unsigned char)in->p[0] : 0;
	struct span piece = span_sub(*in, 1, n);

	*in = span_sub(*in, 1 + n, in->n);
	return piece;
}

static void check_names(struct span message, const struct message_draft *d)
{
	const struct {
		const char *name;
		bool is;
	} want[] = {
		{ "Date", true },
		{ "From", true },
		{ "Reply-To", d->reply_to.address.n > 0 },
		{ "To", true },
		{ "Subject", true },
		{ "Message-ID", true },
		{ "In-Reply-To", span_trim(d->in_reply_to).n > 0 },
		{ "References", span_trim(d->references).n > 0 },
		{ "MIME-Version", true },
		{ "Content-Type", true },
	};
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, message);
	for (size_t i = 0; i < sizeof(want) / sizeof *want; i++) {
		if (!want[i].is)
			continue;
		MUST(message_header_next(&h, &f));
		MUST(span_eq(f.name, span_str(want[i].name)));
	}
	MUST(!message_header_next(&h, &f) && h.end == MESSAGE_HEADER_BLANK);
}

static void check_attachment(struct span message, const struct message_attachment *a)
{
	AUTO_ARENA arena = { 0 };
	AUTO_BUF back = BUF(2 * message.n);
	struct message_mime mime;
	const struct message_part *p = NULL;

	MUST(message_mime_parse(message, &arena, &mime) == 0);
	for (size_t i = 0; i < mime.n_parts; i++)
		if (mime.parts[i].parent == 0)
			p = &mime.parts[i];
	MUST(p && span_eq(p->disposition, SPAN("attachment")));
	/* A message that is attached may have faults of its own. */
	MUST(!(mime.parts[0].faults | p->faults) || message_part_is(p, "message", NULL));
	MUST(span_eq(span_trim(p->name), span_trim(a->file_name)));
	MUST(message_decode(message_part_body(message, p), p->encoding, &back) == 0);
	MUST(span_eq(buf_span(&back), a->octets));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF out = BUF(16 * size + 8192);
	struct span in = span_make(data, size), rest, line, text;
	struct message_person to = { take(&in), take(&in) };
	struct message_attachment a = { take(&in), take(&in), take(&in) };
	struct message_draft d = { .from = { take(&in), take(&in) },
		                   .to = &to,
		                   .n_to = 1,
		                   .attachments = &a,
		                   .n_attachments = 1 };
	struct message_composed composed;

	d.reply_to.address = take(&in);
	d.subject = take(&in);
	d.message_id = take(&in);
	d.in_reply_to = take(&in);
	d.references = take(&in);
	d.text = take(&in);
	d.html = in;
	if (message_compose(&d, &out, &composed) < 0)
		return 0;
	check_names(buf_span(&out), &d);
	check_attachment(buf_span(&out), &a);
	MUST(composed.smtputf8_needed == !utf8_is_ascii(buf_span(&out)));
	for (rest = buf_span(&out); message_line_next(&rest, &line, &text);)
		MUST(text.n <= MESSAGE_LINE_MAX && span_find(text, '\n') < 0);
	return 0;
}

/* Parts form a tree whose bodies nest; names are clean UTF-8 (RFC 2045, RFC 2046). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/decode.h"
#include "wire/message/write/html.h"
#include "wire/message/mime.h"

static void check_text(struct span s)
{
	MUST(utf8_valid(s));
	for (size_t i = 0; i < s.n; i++)
		MUST((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
}

static void check_place(const struct message_part *p, const struct message_part *up)
{
	MUST(p->depth == up->depth + 1 && p->depth <= MESSAGE_MIME_DEPTH_MAX);
	MUST(p->header_at >= up->body_at);
	MUST(p->body_at + p->body_n <= up->body_at + up->body_n || p->body_n == 0);
}

static void check_decoded(struct span message, const struct message_part *p)
{
	struct span body = message_part_body(message, p);
	AUTO_BUF decoded = BUF(2 * body.n + 2);
	AUTO_BUF text = BUF(8 * body.n + 16);

	MUST(body.n == p->body_n);
	MUST(message_decode(body, p->encoding, &decoded) == 0);
	MUST(message_html_text(buf_span(&decoded), &text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA arena = { 0 };
	struct span in = span_make(data, size);
	struct message_mime mime;

	MUST(message_mime_parse(in, &arena, &mime) == 0);
	MUST(mime.n_parts >= 1 && mime.parts[0].parent == MESSAGE_MIME_NO_PARENT);
	for (size_t i = 0; i < mime.n_parts; i++) {
		const struct message_part *p = &mime.parts[i];

		MUST(p->type.n && p->subtype.n && p->header_at <= p->body_at && p->body_at <= size);
		check_text(p->name);
		check_text(p->charset);
		check_text(p->boundary);
		if (i) {
			MUST(p->parent >= 0 && (size_t)p->parent < i);
			check_place(p, &mime.parts[p->parent]);
		}
		check_decoded(in, p);
	}
	return 0;
}

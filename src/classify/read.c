/* classify/read.c - a message's features: of its header, of its parts, of its texts. */
#include "base/buf.h"
#include "classify/feature_impl.h"
#include "wire/message/decode.h"
#include "wire/message/mime.h"
#include "wire/message/write/html.h"

enum { RAW_BYTES = 3 * CLASSIFY_TEXT_BYTES };

struct reading {
	struct gathering g;
	struct span message;
	size_t text_left;
};

/* A part's octets as UTF-8, as far as there is room. */
static int decode(struct reading *r, const struct message_part *part, struct buf *out)
{
	AUTO_BUF raw = BUF(RAW_BYTES);
	struct span body = span_sub(message_part_body(r->message, part), 0, RAW_BYTES);

	int rc = message_decode(body, part->encoding, &raw);
	if (rc >= 0)
		rc = message_charset_put(out, part->charset,
		                         span_sub(buf_span(&raw), 0, r->text_left));
	r->text_left -= raw.n < r->text_left ? raw.n : r->text_left;
	return rc == ERR_NO_MEMORY ? rc : 0;
}

static int read_text(struct reading *r, const struct message_part *part, bool html)
{
	AUTO_BUF text = BUF(RAW_BYTES);
	AUTO_BUF plain = BUF(RAW_BYTES);

	int rc = decode(r, part, &text);
	if (rc < 0)
		return rc;
	gather_links(&r->g, buf_span(&text));
	if (html && message_html_text(buf_span(&text), &plain) == ERR_NO_MEMORY)
		return ERR_NO_MEMORY;
	if (html)
		gather_tags(&r->g, buf_span(&text));
	gather_traits(&r->g, "it has ", buf_span(html ? &plain : &text));
	gather_words(&r->g, "\"", buf_span(html ? &plain : &text));
	return 0;
}

/* What a part is, and the last extension of its name. */
static void read_kind(struct reading *r, const struct message_part *part)
{
	ptrdiff_t dot = span_find_last(part->name, '.');

	if (part->type.n && part->subtype.n &&
	    part->type.n + part->subtype.n < CLASSIFY_FEATURE_BYTES - 10) {
		char both[CLASSIFY_FEATURE_BYTES];
		memcpy(both, part->type.p, part->type.n);
		both[part->type.n] = '/';
		memcpy(both + part->type.n + 1, part->subtype.p, part->subtype.n);
		gather_word(&r->g, part->parent < 0 ? "all of it " : "a part ",
		            span_make(both, part->type.n + 1 + part->subtype.n));
	}
	gather_word(&r->g, "the charset ", part->charset);
	if (part->name.n)
		gather_word(&r->g, "a file .",
		            span_sub(part->name, dot < 0 ? part->name.n : (size_t)dot + 1,
		                     part->name.n));
}

static int read_parts(struct reading *r)
{
	struct message_mime mime;
	AUTO_ARENA mem = { 0 };
	int rc = message_mime_parse(r->message, &mem, &mime);

	for (size_t i = 0; rc >= 0 && i < mime.n_parts; i++)
		read_kind(r, &mime.parts[i]);
	for (size_t i = 0; rc >= 0 && i < mime.n_parts && r->text_left; i++) {
		bool html = message_part_is(&mime.parts[i], "text", "html");
		if (html || message_part_is(&mime.parts[i], "text", "plain"))
			rc = read_text(r, &mime.parts[i], html);
	}
	return rc;
}

int classify_read(struct span message, struct arena *mem, struct classify_features *out)
{
	struct reading r = { .message = span_sub(message, 0, CLASSIFY_MESSAGE_BYTES),
		             .text_left = CLASSIFY_TEXT_BYTES };

	int rc = gathering_begin(&r.g, mem, out);
	if (rc < 0)
		return rc;
	gather_header(&r.g, r.message);
	rc = read_parts(&r);
	return rc < 0 ? rc : r.g.err;
}

/* wire/message/names/names.c - see names.h.
 *
 * A message is walked by mime.h.  An encoded message within it is decoded and put into a queue,
 * which is walked in its turn: no recursion.
 */
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/names/names_impl.h"

/* A message to walk. */
struct inner {
	struct span message;
	size_t part; /* of the outermost message */
};

struct walk {
	struct name_list list;
	struct inner *queue; /* MESSAGE_NAMES_INNER_MAX + 1 */
	size_t n_queue;
};

/* The fields of a part up to `end`; lines that are none are passed over, as many programs do. */
static void walk_header(struct walk *w, struct span header)
{
	struct message_field field;
	struct message_header h;
	struct span line, text;

	do {
		message_header_begin(&h, header);
		while (message_header_next(&h, &field))
			names_of_field(&w->list, field.name, field.value);
		header = span_sub(header, h.at, header.n);
	} while (h.end == MESSAGE_HEADER_MALFORMED && message_line_next(&header, &line, &text));
}

/* A message within, which is encoded: it is walked later. */
static int put_inner(struct walk *w, struct span message)
{
	struct inner *inner = &w->queue[w->n_queue];

	if (w->n_queue > MESSAGE_NAMES_INNER_MAX) {
		w->list.out->cut = true;
		return 0;
	}
	inner->part = w->list.part;
	w->n_queue++;
	return arena_copy(w->list.arena, message, &inner->message);
}

static int walk_body(struct walk *w, struct span message, const struct message_part *p)
{
	struct span body = message_part_body(message, p);
	bool is_text = message_part_is(p, "text", NULL);
	bool is_encoded =
	        p->encoding == MESSAGE_ENCODING_BASE64 || p->encoding == MESSAGE_ENCODING_QP;
	AUTO_BUF raw = BUF(body.n + 1);
	AUTO_BUF lines = BUF(2 * body.n + 2);

	if (message_part_is(p, "message", "partial"))
		w->list.out->partial = true;
	if (is_text && !is_encoded)
		names_of_text(&w->list, body);
	if (!is_encoded || (!is_text && !message_part_is(p, "message", NULL)))
		return w->list.err; /* mime.h opens a message that is not encoded */
	message_decode(body, p->encoding, &raw);
	message_normalise(buf_span(&raw), &lines);
	if (raw.err || lines.err)
		return ERR_NO_MEMORY;
	if (!is_text)
		return put_inner(w, buf_span(&lines));
	names_of_text(&w->list, buf_span(&lines));
	return w->list.err;
}

static int walk_message(struct walk *w, const struct inner *inner)
{
	struct message_mime mime;
	bool outermost = inner == w->queue;
	int r = message_mime_parse(inner->message, w->list.arena, &mime);

	if (r < 0)
		return r;
	if (mime.faults & (MESSAGE_MIME_DEPTH | MESSAGE_MIME_PARTS))
		w->list.out->cut = true;
	for (size_t i = 0; i < mime.n_parts && r == 0; i++) {
		const struct message_part *p = &mime.parts[i];
		size_t end = i + 1 < mime.n_parts ? mime.parts[i + 1].header_at : inner->message.n;

		w->list.part = outermost ? i : inner->part;
		walk_header(w, span_sub(inner->message, p->header_at, end - p->header_at));
		r = w->list.err ? w->list.err : walk_body(w, inner->message, p);
	}
	return r;
}

int message_names_find(struct span message, struct arena *arena, struct message_names *out)
{
	struct message_names found = { 0 };
	struct walk w = { .list = { .arena = arena, .out = &found } };
	int r = 0;

	w.queue = arena_array(arena, struct inner, MESSAGE_NAMES_INNER_MAX + 1);
	if (!w.queue)
		return ERR_NO_MEMORY;
	w.queue[w.n_queue++] = (struct inner){ message, 0 };
	for (size_t i = 0; i < w.n_queue && r == 0; i++)
		r = walk_message(&w, &w.queue[i]);
	if (r == 0)
		*out = found;
	return r;
}

/* wire/message/names/names.c - see names.h.
 *
 * A message is walked by mime.h.  An encoded message within it is decoded and put into a queue,
 * which is walked in its turn: no recursion.
 */
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/names/names_impl.h"
#include "wire/tnef/tnef.h"

enum { TNEF_LOOK_BYTES = 1024, TNEF_HEAD_BYTES = 6 };

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

static int names_of_tnef(struct name_list *list, struct span stream)
{
	AUTO_BUF name = BUF(3 * stream.n + 1);
	struct tnef t;

	if (!tnef_begin(&t, stream))
		return 0;
	for (; tnef_next_name(&t, &name); buf_reset(&name)) {
		if (name.err)
			return ERR_NO_MEMORY;
		name_list_add(list, buf_span(&name));
	}
	list->out->cut = list->out->cut || t.broken;
	return list->err;
}

/* What is no text: a TNEF stream is known by how it begins, whatever the part is said to be. */
static int walk_binary(struct walk *w, const struct message_part *p, struct span body)
{
	AUTO_BUF raw = BUF(body.n + 1);
	struct tnef t;

	if (p->encoding != MESSAGE_ENCODING_BASE64 && p->encoding != MESSAGE_ENCODING_QP)
		return names_of_tnef(&w->list, body);
	/* The first octets tell, unless there are none among what is no base64. */
	message_decode(span_sub(body, 0, TNEF_LOOK_BYTES), p->encoding, &raw);
	if (raw.n >= TNEF_HEAD_BYTES && !tnef_begin(&t, buf_span(&raw)))
		return 0;
	buf_reset(&raw);
	message_decode(body, p->encoding, &raw);
	return raw.err ? ERR_NO_MEMORY : names_of_tnef(&w->list, buf_span(&raw));
}

/* Text, and a message within, which mime.h opened unless it is encoded. */
static int walk_text(struct walk *w, const struct message_part *p, struct span body, bool is_text)
{
	AUTO_BUF raw = BUF(body.n + 1);
	AUTO_BUF lines = BUF(2 * body.n + 2);

	if (p->encoding != MESSAGE_ENCODING_BASE64 && p->encoding != MESSAGE_ENCODING_QP) {
		if (is_text)
			names_of_text(&w->list, body);
		return w->list.err;
	}
	message_decode(body, p->encoding, &raw);
	message_normalise(buf_span(&raw), &lines);
	if (raw.err || lines.err)
		return ERR_NO_MEMORY;
	if (!is_text)
		return put_inner(w, buf_span(&lines));
	names_of_text(&w->list, buf_span(&lines));
	return w->list.err;
}

static int walk_body(struct walk *w, struct span message, const struct message_part *p)
{
	struct span body = message_part_body(message, p);
	bool is_text = message_part_is(p, "text", NULL);

	if (message_part_is(p, "message", "partial"))
		w->list.out->partial = true;
	if (is_text || message_part_is(p, "message", NULL))
		return walk_text(w, p, body, is_text);
	return message_part_is(p, "multipart", NULL) ? 0 : walk_binary(w, p, body);
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

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
	struct inner *queue; /* grows, for few messages have any within */
	size_t n_queue, room;
};

/* The fields of a part up to `end`; lines that are none are passed over, as many programs do. */
static void walk_header(struct walk *w, struct span header, bool described)
{
	struct message_field field;
	struct message_header h;
	struct span line, text;

	do {
		message_header_begin(&h, header);
		while (message_header_next(&h, &field))
			if (!described)
				names_of_field(&w->list, field.name, field.value);
			else if (span_eq_nocase(field.name, SPAN("Content-Description")))
				names_of_description(&w->list, field.value);
		header = span_sub(header, h.at, header.n);
	} while (h.end == MESSAGE_HEADER_MALFORMED && message_line_next(&header, &line, &text));
}

/* Of a file without any other name its description is one to some programs; texts, and what holds
 * parts, are described by whatever people write. */
static bool is_named_by_description(const struct walk *w, const struct message_part *p,
                                    size_t first)
{
	return w->list.out->n == first && !message_part_is(p, "text", NULL) &&
	       !message_part_is(p, "multipart", NULL) && !message_part_is(p, "message", NULL);
}

void name_list_show(struct name_list *list, size_t first, struct span octets)
{
	struct message_file file = { .n_names = list->out->n - first, .octets = octets };

	if (!list->file || list->err)
		return;
	file.names = file.n_names ? list->out->names + first : NULL;
	list->err = list->file(&file, list->arg);
}

/* The part's own octets, behind the names of its fields. */
static int show_part(struct walk *w, const struct message_part *p, struct span body, size_t first)
{
	bool coded = p->encoding == MESSAGE_ENCODING_BASE64 || p->encoding == MESSAGE_ENCODING_QP;
	AUTO_BUF raw = BUF(body.n + 1);

	if (!w->list.file || message_part_is(p, "multipart", NULL) ||
	    message_part_is(p, "message", NULL))
		return 0;
	if (coded && message_decode(body, p->encoding, &raw) < 0)
		return ERR_NO_MEMORY;
	name_list_show(&w->list, first, coded ? buf_span(&raw) : body);
	return w->list.err;
}

/* What is being walked stays where it was: an arena takes nothing back. */
static int put_queue(struct walk *w, struct inner inner)
{
	if (w->n_queue == w->room) {
		size_t room = w->room ? 4 * w->room : 4;
		struct inner *queue = arena_array(w->list.arena, struct inner, room);
		if (!queue)
			return ERR_NO_MEMORY;
		if (w->n_queue)
			memcpy(queue, w->queue, w->n_queue * sizeof *queue);
		w->queue = queue;
		w->room = room;
	}
	w->queue[w->n_queue++] = inner;
	return 0;
}

/* A message within, which is encoded: it is walked later. */
static int put_inner(struct walk *w, struct span message)
{
	struct inner inner = { .part = w->list.part };
	int r;

	if (w->n_queue > MESSAGE_NAMES_INNER_MAX) {
		w->list.out->cut = true;
		return 0;
	}
	r = arena_copy(w->list.arena, message, &inner.message);
	return r < 0 ? r : put_queue(w, inner);
}

static int names_of_tnef(struct name_list *list, struct span stream)
{
	AUTO_BUF name = BUF(3 * stream.n + 1);
	struct span data;
	struct tnef t;

	if (!tnef_begin(&t, stream))
		return 0;
	for (; tnef_next(&t, &name, &data); buf_reset(&name)) {
		if (name.err)
			return ERR_NO_MEMORY;
		if (data.n)
			name_list_show(list, list->out->n, data);
		else
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

static int walk_message(struct walk *w, const struct inner *inner, bool outermost)
{
	struct message_mime mime;
	int r = message_mime_parse(inner->message, w->list.arena, &mime);

	if (r < 0)
		return r;
	if (mime.faults & (MESSAGE_MIME_DEPTH | MESSAGE_MIME_PARTS))
		w->list.out->cut = true;
	for (size_t i = 0; i < mime.n_parts && r == 0; i++) {
		const struct message_part *p = &mime.parts[i];
		size_t first = w->list.out->n;
		size_t end = i + 1 < mime.n_parts ? mime.parts[i + 1].header_at : inner->message.n;

		w->list.part = outermost ? i : inner->part;
		struct span header = span_sub(inner->message, p->header_at, end - p->header_at);
		walk_header(w, header, false);
		if (is_named_by_description(w, p, first))
			walk_header(w, header, true);
		r = w->list.err;
		if (r == 0)
			r = show_part(w, p, message_part_body(inner->message, p), first);
		if (r == 0)
			r = walk_body(w, inner->message, p);
	}
	return r;
}

int message_files_find(struct span message, struct arena *arena, message_file_fn *fn, void *arg,
                       struct message_names *out)
{
	struct message_names found = { 0 };
	struct walk w = { .list = { .arena = arena, .out = &found, .file = fn, .arg = arg } };
	int r = put_queue(&w, (struct inner){ message, 0 });

	for (size_t i = 0; i < w.n_queue && r == 0; i++)
		r = walk_message(&w, &w.queue[i], i == 0);
	if (r == 0)
		*out = found;
	return r;
}

int message_names_find(struct span message, struct arena *arena, struct message_names *out)
{
	return message_files_find(message, arena, NULL, NULL, out);
}

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

/* Base64 in base64 makes three times a message at most. */
enum { TNEF_LOOK_BYTES = 1024, TNEF_HEAD_BYTES = 6, INNER_TIMES = 4, INNER_BYTES = 1 << 20 };

/* A message to walk. */
struct inner {
	struct span message;
	size_t part; /* of the outermost message */
};

struct walk {
	struct name_list list;
	struct inner *queue; /* grows, for few messages have any within */
	size_t n_queue, room;
	size_t inner_n, inner_max; /* octets of what is in it */
};

/* Parts of one message. */
struct parts {
	struct span message;
	const struct message_part *all;
	size_t n;
	size_t hidden_to; /* up to there fields were looked for everywhere */
};

static void walk_description(struct walk *w, struct span header)
{
	struct message_field field;
	struct message_header h;
	struct span line, text;

	do {
		message_header_begin(&h, header);
		while (message_header_next(&h, &field))
			if (span_eq_nocase(field.name, SPAN("Content-Description")))
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
	AUTO_BUF raw = BUF(2 * body.n + 2);

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

/* A message within is walked later; copy: it was decoded into what does not stay. */
static int put_inner(struct walk *w, struct span message, bool copy)
{
	struct inner inner = { message, w->list.part };
	int r;

	w->inner_n += message.n;
	if (w->n_queue > MESSAGE_NAMES_INNER_MAX || w->inner_n > w->inner_max) {
		w->list.out->cut = true;
		return 0;
	}
	r = copy ? arena_copy(w->list.arena, message, &inner.message) : 0;
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

/* Decoded, a message within is walked later. */
static int put_decoded(struct walk *w, struct span body, enum message_encoding e)
{
	AUTO_BUF raw = BUF(2 * body.n + 2);
	AUTO_BUF lines = BUF(4 * body.n + 4);

	message_decode(body, e, &raw);
	message_normalise(buf_span(&raw), &lines);
	return raw.err || lines.err ? ERR_NO_MEMORY : put_inner(w, buf_span(&lines), true);
}

static bool is_coded(const struct message_part *p)
{
	return p->encoding == MESSAGE_ENCODING_BASE64 || p->encoding == MESSAGE_ENCODING_QP;
}

/* Programs open it as a message whatever its type is. */
static bool is_called_message(const struct walk *w, size_t first)
{
	for (size_t i = first; i < w->list.out->n; i++)
		if (span_ends_nocase(w->list.out->names[i].name, SPAN(".eml")))
			return true;
	return false;
}

/* What is no text: a TNEF stream is known by how it begins, whatever the part is said to be. */
static int walk_binary(struct walk *w, const struct message_part *p, struct span body)
{
	AUTO_BUF raw = BUF(2 * body.n + 2);
	struct tnef t;

	if (!is_coded(p))
		return names_of_tnef(&w->list, body);
	/* The first octets tell, unless there are none among what is no base64. */
	message_decode(span_sub(body, 0, TNEF_LOOK_BYTES), p->encoding, &raw);
	if (raw.n >= TNEF_HEAD_BYTES && !tnef_begin(&t, buf_span(&raw)))
		return 0;
	buf_reset(&raw);
	message_decode(body, p->encoding, &raw);
	return raw.err ? ERR_NO_MEMORY : names_of_tnef(&w->list, buf_span(&raw));
}

static int walk_text(struct walk *w, const struct message_part *p, struct span body)
{
	AUTO_BUF raw = BUF(2 * body.n + 2);
	AUTO_BUF lines = BUF(4 * body.n + 4);

	if (!is_coded(p)) {
		names_of_text(&w->list, body);
		return w->list.err;
	}
	message_decode(body, p->encoding, &raw);
	message_normalise(buf_span(&raw), &lines);
	if (raw.err || lines.err)
		return ERR_NO_MEMORY;
	names_of_text(&w->list, buf_span(&lines));
	return w->list.err ? w->list.err : names_of_tnef(&w->list, buf_span(&raw));
}

/* A message within: mime.h has opened it unless it is encoded, or of a kind that it leaves alone.
 * An encoding that is told twice, or is none, may be any. */
static int walk_inner(struct walk *w, const struct message_part *p, struct span body, bool opened)
{
	bool any = p->faults & MESSAGE_MIME_DUPLICATE || p->encoding == MESSAGE_ENCODING_UNKNOWN;
	bool late = opened && span_starts(body, SPAN("\r\n"));
	int r = is_coded(p) ? put_decoded(w, body, p->encoding) : 0;

	while (late && span_eat(&body, SPAN("\r\n")))
		;
	if (r == 0 && (late || any || (!opened && !is_coded(p))))
		r = put_inner(w, body, false);
	if (r == 0 && any)
		r = put_decoded(w, body, MESSAGE_ENCODING_BASE64);
	return r == 0 && any ? put_decoded(w, body, MESSAGE_ENCODING_QP) : r;
}

static int walk_body(struct walk *w, const struct parts *parts, size_t i, size_t first)
{
	const struct message_part *p = &parts->all[i];
	struct span body = message_part_body(parts->message, p);
	int r = 0;

	if (message_part_is(p, "message", "partial"))
		w->list.out->partial = true;
	if (message_part_is(p, "multipart", NULL))
		return 0;
	if (message_part_is(p, "message", NULL))
		return walk_inner(w, p, body,
		                  i + 1 < parts->n && parts->all[i + 1].parent == (int)i);
	if (is_called_message(w, first))
		r = put_decoded(w, body, p->encoding);
	if (r)
		return r;
	return message_part_is(p, "text", NULL) ? walk_text(w, p, body) : walk_binary(w, p, body);
}

/* ---- where readers may see other parts than mime.h does ---- */

static bool is_doubtful(const struct parts *parts, const struct message_part *p)
{
	const unsigned odd = MESSAGE_MIME_DUPLICATE | MESSAGE_MIME_TYPE | MESSAGE_MIME_HEADER |
	                     MESSAGE_MIME_ENCODED | MESSAGE_MIME_NO_BOUNDARY;
	struct span header = span_sub(parts->message, p->header_at, p->body_at - p->header_at);
	struct message_field type;

	if (p->faults & odd || !message_part_is(p, "multipart", NULL))
		return p->faults & odd;
	return !message_header_find(header, SPAN("Content-Type"), &type) ||
	       !names_boundary_is_plain(type.value, p->boundary);
}

static int walk_doubtful(struct walk *w, const struct message_part *p, struct span body)
{
	AUTO_BUF raw = BUF(2 * body.n + 2);
	AUTO_BUF lines = BUF(4 * body.n + 4);

	names_of_header(&w->list, body, true);
	if (!(p->faults & MESSAGE_MIME_ENCODED) || w->list.err)
		return w->list.err;
	message_decode(body, p->encoding, &raw);
	message_normalise(buf_span(&raw), &lines);
	if (raw.err || lines.err)
		return ERR_NO_MEMORY;
	names_of_header(&w->list, buf_span(&lines), true);
	return w->list.err;
}

/* In front of the parts, and behind them. */
static int walk_between(struct walk *w, const struct parts *parts, size_t i)
{
	const struct message_part *p = &parts->all[i];
	size_t end = p->body_at + p->body_n, first = end, last = p->body_at;

	for (size_t k = i + 1; k < parts->n && parts->all[k].depth > p->depth; k++) {
		const struct message_part *in = &parts->all[k];

		first = k == i + 1 ? in->header_at : first;
		last = in->body_at + in->body_n > last ? in->body_at + in->body_n : last;
	}
	names_of_header(&w->list, span_sub(parts->message, p->body_at, first - p->body_at), true);
	if (!w->list.err && first < end)
		names_of_header(&w->list, span_sub(parts->message, last, end - last), true);
	return w->list.err;
}

static int walk_hidden(struct walk *w, struct parts *parts, size_t i)
{
	const struct message_part *p = &parts->all[i];

	if (p->body_at + p->body_n <= parts->hidden_to)
		return 0;
	if (!is_doubtful(parts, p))
		return message_part_is(p, "multipart", NULL) ? walk_between(w, parts, i) : 0;
	parts->hidden_to = p->body_at + p->body_n;
	return walk_doubtful(w, p, message_part_body(parts->message, p));
}

static int walk_part(struct walk *w, struct parts *parts, size_t i)
{
	const struct message_part *p = &parts->all[i];
	size_t first = w->list.out->n;
	size_t end = i + 1 < parts->n ? parts->all[i + 1].header_at : parts->message.n;
	struct span header = span_sub(parts->message, p->header_at, end - p->header_at);
	int r;

	names_of_header(&w->list, header, false);
	if (is_named_by_description(w, p, first))
		walk_description(w, header);
	r = w->list.err;
	if (r == 0)
		r = show_part(w, p, message_part_body(parts->message, p), first);
	if (r == 0)
		r = walk_body(w, parts, i, first);
	return r == 0 ? walk_hidden(w, parts, i) : r;
}

static int walk_message(struct walk *w, const struct inner *inner, bool outermost)
{
	struct message_mime mime;
	int r = message_mime_parse(inner->message, w->list.arena, &mime);

	if (r < 0)
		return r;
	struct parts parts = { inner->message, mime.parts, mime.n_parts, 0 };
	if (mime.faults & (MESSAGE_MIME_DEPTH | MESSAGE_MIME_PARTS))
		w->list.out->cut = true;
	for (size_t i = 0; i < mime.n_parts && r == 0; i++) {
		w->list.part = outermost ? i : inner->part;
		r = walk_part(w, &parts, i);
	}
	return r;
}

int message_files_find(struct span message, struct arena *arena, message_file_fn *fn, void *arg,
                       struct message_names *out)
{
	struct message_names found = { 0 };
	struct walk w = { .list = { .arena = arena, .out = &found, .file = fn, .arg = arg },
		          .inner_max = INNER_TIMES * message.n + INNER_BYTES };
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

/* inspect/virus/parts.c - see parts.h.
 *
 * An encoded message within is decoded and put into a queue, which is walked in its turn: no
 * recursion.
 */
#include "inspect/virus/parts.h"

#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"

struct walk {
	struct virus_parts out;
	struct arena *mem;
	struct span *queue; /* grows, for few messages have any within */
	size_t n_queue, queue_room, room;
};

static bool is_encoded(enum message_encoding e)
{
	return e == MESSAGE_ENCODING_BASE64 || e == MESSAGE_ENCODING_QP;
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

/* RFC 2045 6.8, and nothing of which decoders think differently. */
static bool is_plain_base64(struct span s)
{
	size_t n = 0, i = 0;

	for (; i < s.n && s.p[i] != '='; i++)
		if (is_base64(s.p[i]))
			n++;
		else if (s.p[i] != '\r' && s.p[i] != '\n')
			return false;
	for (; i < s.n && s.p[i] == '='; i++)
		n++;
	for (; i < s.n; i++)
		if (s.p[i] != '\r' && s.p[i] != '\n')
			return false;
	return n % 4 == 0;
}

static struct virus_part *new_part(struct walk *w)
{
	if (w->out.n == w->room) {
		size_t room = w->room ? 2 * w->room : 16;
		struct virus_part *v = arena_array(w->mem, struct virus_part, room);
		if (!v)
			return NULL;
		if (w->out.n)
			memcpy(v, w->out.v, w->out.n * sizeof *v);
		w->out.v = v;
		w->room = room;
	}
	return &w->out.v[w->out.n++];
}

static int put_queue(struct walk *w, struct span message)
{
	if (w->n_queue == w->queue_room) {
		size_t room = w->queue_room ? 4 * w->queue_room : 4;
		struct span *queue = arena_array(w->mem, struct span, room);
		if (!queue)
			return ERR_NO_MEMORY;
		if (w->n_queue)
			memcpy(queue, w->queue, w->n_queue * sizeof *queue);
		w->queue = queue;
		w->queue_room = room;
	}
	w->queue[w->n_queue++] = message;
	return 0;
}

/* To be walked later. */
static int put_inner(struct walk *w, const struct virus_part *p)
{
	AUTO_BUF raw = BUF(p->octets.n + 1);
	AUTO_BUF lines = BUF(2 * p->octets.n + 2);

	if (w->n_queue > VIRUS_INNER_MAX) {
		w->out.cut = true;
		return 0;
	}
	message_decode(p->octets, p->encoding, &raw);
	message_normalise(buf_span(&raw), &lines);
	if (raw.err || lines.err)
		return ERR_NO_MEMORY;
	struct span message;
	int r = arena_copy(w->mem, buf_span(&lines), &message);
	return r < 0 ? r : put_queue(w, message);
}

static int take_part(struct walk *w, struct span message, const struct message_part *p, bool clear)
{
	bool is_message = message_part_is(p, "message", NULL);
	bool is_text = message_part_is(p, "text", NULL) || is_message;
	struct virus_part *here = new_part(w);

	if (!here)
		return ERR_NO_MEMORY;
	*here = (struct virus_part){ .name = p->name,
		                     .octets = message_part_body(message, p),
		                     .encoding = p->encoding };
	here->is_file = !is_text || p->name.n || (is_message && is_encoded(p->encoding));
	here->left_out = clear && here->is_file && p->encoding == MESSAGE_ENCODING_BASE64 &&
	                 is_plain_base64(here->octets);
	return is_message && is_encoded(p->encoding) ? put_inner(w, here) : 0;
}

/* A message within that mime.h opened has its parts behind it. */
static bool is_opened(const struct message_mime *mime, size_t i)
{
	return i + 1 < mime->n_parts && mime->parts[i + 1].parent == (int)i;
}

static int walk_message(struct walk *w, struct span message, bool outermost)
{
	struct message_mime mime;
	int r = message_mime_parse(message, w->mem, &mime);

	if (r < 0)
		return r;
	w->out.cut = w->out.cut || mime.faults & (MESSAGE_MIME_DEPTH | MESSAGE_MIME_PARTS);
	for (size_t i = 0; i < mime.n_parts && r >= 0; i++)
		if (!is_opened(&mime, i) && !message_part_is(&mime.parts[i], "multipart", NULL))
			r = take_part(w, message, &mime.parts[i], outermost && !mime.faults);
	return r;
}

int virus_parts_find(struct span message, struct arena *mem, struct virus_parts *out)
{
	struct walk w = { .out = { .message = message }, .mem = mem };
	int r = put_queue(&w, message);

	for (size_t i = 0; i < w.n_queue && r >= 0; i++)
		r = walk_message(&w, w.queue[i], i == 0);
	if (r >= 0)
		*out = w.out;
	return r < 0 ? r : 0;
}

int virus_part_decode(const struct virus_part *p, struct buf *out)
{
	return message_decode(p->octets, p->encoding, out);
}

bool virus_rest_next(struct virus_rest *rest, const struct virus_parts *parts, struct span *piece)
{
	const struct virus_part *p = NULL;

	if (rest->at == parts->message.n)
		return false;
	while (rest->part < parts->n && !parts->v[rest->part].left_out)
		rest->part++;
	if (rest->part < parts->n)
		p = &parts->v[rest->part++];
	size_t end = p ? (size_t)(p->octets.p - parts->message.p) : parts->message.n;
	*piece = span_sub(parts->message, rest->at, end - rest->at);
	rest->at = end + (p ? p->octets.n : 0);
	return true;
}

/* wire/message/structure/walk.c - see walk.h.  RFC 2046 5.1.
 *
 * Each line is looked at once.  The part at hand and its parents, linked by `parent`, are the stack
 * of what is open.  A line that lies in one piece is looked at where it lies; of one that is cut
 * its front is held, and in a header all is held until it ends.
 */
#include "wire/message/structure/walk_impl.h"
#include <stdlib.h>
#include "wire/message/envelope/items.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/structure/structure.h"
#include "wire/message/structure/structure_kinds.h"

enum {
	LINE_MAX_BYTES = 1024, /* a longer line is no boundary */
	PART_BYTES_MAX = MESSAGE_WALK_FIELDS_BYTES_MAX + 4096 + 2 * MESSAGE_BOUNDARY_MAX,
	NUMBERS_MAX = 6 * MESSAGE_NUMBER_MAX,
};

struct message_walk *message_walk_new(void)
{
	struct message_walk *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->held = BUF(MESSAGE_HEADER_BYTES_MAX + LINE_MAX_BYTES);
	w->fields = BUF(MESSAGE_STRUCTURE_BYTES_MAX + 2 * PART_BYTES_MAX);
	w->at = WALK_NO_PARENT;
	return w;
}

void message_walk_free(struct message_walk *w)
{
	if (!w)
		return;
	buf_fini(&w->held);
	buf_fini(&w->fields);
	free(w->parts);
	free(w);
}

/* A part more would go over a limit. */
static bool is_full(const struct message_walk *w)
{
	return w->n_parts >= MESSAGE_WALK_PARTS_MAX ||
	       w->fields.n + (w->n_parts + 1) * NUMBERS_MAX + PART_BYTES_MAX >
	               MESSAGE_STRUCTURE_BYTES_MAX;
}

static int new_part(struct message_walk *w, int parent, uint64_t at)
{
	struct walk_part *p, *up = parent >= 0 ? &w->parts[parent] : NULL;

	if (w->n_parts == w->room) {
		size_t more = w->room ? w->room * 2 : 4;
		struct walk_part *grown = realloc(w->parts, more * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		w->parts = grown;
		w->room = more;
		up = parent >= 0 ? &w->parts[parent] : NULL;
	}
	p = &w->parts[w->n_parts];
	*p = (struct walk_part){ .parent = parent, .header_at = at, .identity = true };
	p->depth = up ? up->depth + 1 : 0;
	p->message = up && up->digest;
	w->at = (int)w->n_parts++;
	w->in_header = true;
	w->n_fields = 0;
	return 0;
}

/* Opens what holds parts, `at` behind its header. */
static int open_part(struct message_walk *w, struct walk_part *p, uint64_t at)
{
	bool deep = p->depth >= MESSAGE_WALK_DEPTH_MAX;

	if (p->multipart) {
		p->open = p->boundary.n && !deep;
		if (p->boundary.n && deep)
			w->flags |= MESSAGE_STRUCTURE_CUT;
		return 0;
	}
	if (!p->message || !p->identity)
		return 0;
	if (deep || is_full(w)) {
		w->flags |= MESSAGE_STRUCTURE_CUT;
		return 0;
	}
	return new_part(w, w->at, at);
}

/* The header of the part at hand is over: it is the first n octets held.  The body begins at `at`,
 * with `lines` line ends before it. */
static int end_header(struct message_walk *w, size_t n, uint64_t at, uint64_t lines)
{
	struct walk_part *p = &w->parts[w->at];
	int r;

	w->in_header = false;
	p->body_at = at;
	p->lines_at = lines;
	r = message_walk_fields(w, p, span_sub(buf_span(&w->held), 0, n));
	buf_consume(&w->held, n);
	w->line_from -= n;
	return r < 0 ? r : open_part(w, p, at);
}

/* Ends the part at hand and its parents up to, not including, `until`, at the line at hand.  crlf:
 * the CRLF before it is the boundary's. */
static int close_parts(struct message_walk *w, int until, uint64_t end, uint64_t lines, bool crlf)
{
	int r = 0;

	/* A header may end here, and what it opens is empty and ends as well. */
	while (r == 0 && w->in_header)
		r = end_header(w, w->line_from, end, lines);
	for (int i = w->at; r == 0 && i != until; i = w->parts[i].parent) {
		struct walk_part *p = &w->parts[i];
		unsigned less = crlf && end > p->body_at;

		p->body_n = end - p->body_at - 2 * less;
		p->lines = lines - p->lines_at - less;
	}
	w->at = until;
	return r;
}

/* The part whose boundary this line is, or WALK_NO_PARENT.  RFC 2046 5.1.1: white space may follow
 * it. */
static int find_boundary(const struct message_walk *w, struct span line, bool *last)
{
	struct span text = line;

	if (!span_eat(&text, SPAN("--")))
		return WALK_NO_PARENT;
	while (text.n && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	for (int i = w->at; i >= 0; i = w->parts[i].parent) {
		const struct walk_part *p = &w->parts[i];
		struct span rest = text;

		if (!p->open ||
		    !span_eat(&rest, span_sub(buf_span(&w->fields), p->boundary.at, p->boundary.n)))
			continue;
		*last = span_eq(rest, SPAN("--"));
		if (*last || !rest.n)
			return i;
	}
	return WALK_NO_PARENT;
}

static int do_boundary(struct message_walk *w, int i, bool last, uint64_t next_at)
{
	int r = close_parts(w, i, w->offset, w->n_lines, true);

	if (r < 0)
		return r;
	if (last) {
		w->parts[i].open = false;
		return 0;
	}
	if (is_full(w)) {
		w->flags |= MESSAGE_STRUCTURE_CUT;
		return 0;
	}
	return new_part(w, i, next_at);
}

static size_t header_max(const struct message_walk *w)
{
	return w->at ? MESSAGE_WALK_HEADER_BYTES_MAX : MESSAGE_HEADER_BYTES_MAX;
}

/* A line of a header, which is in held.  1 when it belongs to the body. */
static int header_line(struct message_walk *w, struct span text, uint64_t next_at, bool ends)
{
	enum message_line kind = message_line_kind(text, NULL);
	int r = 0;

	if (kind == MESSAGE_LINE_BLANK)
		return end_header(w, w->held.n, next_at, w->n_lines + ends);
	if (kind == MESSAGE_LINE_FIELD && w->n_fields == MESSAGE_FIELDS_MAX)
		w->flags |= MESSAGE_STRUCTURE_CUT;
	else if (kind == MESSAGE_LINE_FIELD)
		return (void)w->n_fields++, 0;
	else if (kind == MESSAGE_LINE_CONTINUATION && w->n_fields)
		return 0;
	/* It may be the first line of a message that this header opens. */
	r = end_header(w, w->line_from, w->offset, w->n_lines);
	return r < 0 ? r : w->in_header;
}

/* The line at hand is whole: text is it without its CRLF, which is there when `ends`. */
static int do_line(struct message_walk *w, struct span text, uint64_t next_at, bool ends)
{
	bool last = false;
	int i = w->long_line ? WALK_NO_PARENT : find_boundary(w, text, &last), r = 1;

	if (i >= 0)
		return do_boundary(w, i, last, next_at);
	while (r == 1 && w->in_header)
		r = header_line(w, text, next_at, ends);
	return r < 0 ? r : 0;
}

static void next_line(struct message_walk *w, uint64_t next_at, bool ends)
{
	w->offset = next_at;
	w->n_lines += ends;
	w->line_n = 0;
	w->long_line = false;
	if (!w->in_header || w->parts[w->at].header_at == next_at)
		buf_reset(&w->held);
	w->line_from = w->held.n;
}

/* The header is over a limit: with the line at hand the body begins. */
static int cut_header(struct message_walk *w)
{
	int r = 0;

	w->flags |= MESSAGE_STRUCTURE_CUT;
	while (r == 0 && w->in_header)
		r = end_header(w, w->line_from, w->offset, w->n_lines);
	return r;
}

/* A piece of the line at hand; ends: its CRLF is the last of it. */
static int take(struct message_walk *w, struct span s, bool ends)
{
	struct span text = s;
	uint64_t next_at;
	int r = 0;

	if (w->in_header && w->held.n + s.n > header_max(w))
		r = cut_header(w);
	if (!w->in_header && w->held.n + s.n > LINE_MAX_BYTES)
		w->long_line = true;
	if (r == 0 && !w->long_line && (!ends || w->line_n || w->in_header)) {
		r = buf_put(&w->held, s);
		text = span_sub(buf_span(&w->held), w->line_from, w->held.n);
	}
	w->line_n += s.n;
	if (r < 0 || !ends)
		return r;
	next_at = w->offset + w->line_n;
	r = do_line(w, w->long_line ? s : span_sub(text, 0, text.n - 2), next_at, true);
	next_line(w, next_at, true);
	return r;
}

/* Octets of the piece that belong to the line at hand. */
static size_t to_line_end(const struct message_walk *w, struct span piece, bool *ends)
{
	size_t from = 0;

	*ends = false;
	while (from < piece.n && !*ends) {
		const char *lf = memchr(piece.p + from, '\n', piece.n - from);

		if (!lf)
			return piece.n;
		*ends = lf > piece.p ? lf[-1] == '\r' : w->cr;
		from = (size_t)(lf - piece.p) + 1;
	}
	return from;
}

int message_walk_put(struct message_walk *w, struct span piece)
{
	int r = w->n_parts ? 0 : new_part(w, WALK_NO_PARENT, 0);

	while (r == 0 && piece.n) {
		bool ends;
		size_t n = to_line_end(w, piece, &ends);

		w->cr = piece.p[n - 1] == '\r';
		r = take(w, span_sub(piece, 0, n), ends);
		piece = span_sub(piece, n, piece.n);
	}
	return r;
}

bool message_walk_is_single(const struct message_walk *w)
{
	return w->n_parts == 1 && !w->in_header && !w->parts[0].multipart && !w->parts[0].message;
}

static void pack_part(const struct message_walk *w, size_t i, struct buf *out)
{
	const struct walk_part *p = &w->parts[i], *inner = p + 1;
	struct span fields = buf_span(&w->fields);

	message_number_put(out, p->depth);
	message_number_put(out, p->header_at);
	message_number_put(out, p->body_at - p->header_at);
	message_number_put(out, p->body_n);
	message_number_put(out, p->lines);
	buf_put(out, span_sub(fields, p->items.at, p->items.n));
	if (p->message && i + 1 < w->n_parts && inner->parent == (int)i)
		message_item_put(out, MESSAGE_STRUCTURE_KIND_ENVELOPE,
		                 span_sub(fields, inner->envelope.at, inner->envelope.n));
}

int message_walk_end(struct message_walk *w, struct buf *out)
{
	AUTO_BUF part = BUF(2 * PART_BYTES_MAX);
	int r = message_walk_put(w, SPAN(""));

	if (r == 0 && w->line_n) {
		uint64_t end = w->offset + w->line_n;

		r = do_line(w, span_sub(buf_span(&w->held), w->line_from, w->held.n), end, false);
		next_line(w, end, false);
	}
	if (r == 0)
		r = close_parts(w, WALK_NO_PARENT, w->offset, w->n_lines, false);
	if (r < 0)
		return r;
	buf_putc(out, MESSAGE_STRUCTURE_VERSION);
	message_number_put(out, w->flags);
	message_number_put(out, w->n_parts);
	for (size_t i = 0; i < w->n_parts; i++) {
		buf_reset(&part);
		pack_part(w, i, &part);
		message_string_put(out, buf_span(&part));
	}
	return out->err ? out->err : part.err;
}

int message_structure_pack(struct span header, struct span body, struct buf *out)
{
	struct message_walk *w = message_walk_new();
	int r = w ? message_walk_put(w, header) : ERR_NO_MEMORY;

	if (r == 0)
		r = message_walk_put(w, body);
	if (r == 0)
		r = message_walk_end(w, out);
	message_walk_free(w);
	return r;
}

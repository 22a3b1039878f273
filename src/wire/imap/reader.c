/* wire/imap/reader.c - see reader.h.  Literal heads: reader_head.c. */
#include "wire/imap/reader.h"

#include "wire/imap/reader_impl.h"

enum { KEEP_ROOM = 4096 }; /* octets that a buffer may keep from command to command */

void imap_reader_init(struct imap_reader *r, const struct imap_reader_limits *limits)
{
	*r = (struct imap_reader){ .limits = limits, .over = true };
}

static void wipe(struct imap_reader *r)
{
	if (r->secret)
		buf_wipe(&r->gathered);
	r->secret = false;
}

static void release(struct imap_reader *r)
{
	wipe(r);
	buf_release(&r->gathered);
}

static int gather(struct imap_reader *r, struct span octets)
{
	r->secret |= r->limits->secret;
	if (r->secret && buf_reserve_secret(&r->gathered, octets.n) < 0)
		return r->gathered.err;
	return buf_put(&r->gathered, octets);
}

void imap_reader_fini(struct imap_reader *r)
{
	wipe(r);
	buf_fini(&r->gathered);
}

struct span imap_reader_tag(const struct imap_reader *r)
{
	return r->n_tag ? span_make(r->tag, r->n_tag) : SPAN("*");
}

bool imap_reader_rest(struct imap_reader *r)
{
	if (r->held || r->over)
		release(r);
	r->held = false;
	r->text = span_make(NULL, 0);
	return r->over || (r->state == IMAP_READER_LINE && r->line == 0 && !r->append);
}

/* Forgets the text of the last event, and a command that is over. */
static void go_on(struct imap_reader *r, bool plain)
{
	r->plain = plain;
	if (r->held && r->gathered.room > KEEP_ROOM)
		release(r);
	else if (r->held)
		buf_reset(&r->gathered);
	r->held = false;
	r->text = span_make(NULL, 0);
	if (!r->over)
		return;
	wipe(r);
	buf_reset(&r->gathered);
	r->gathered.cap = r->limits->command;
	r->over = r->append = r->sync = false;
	r->state = IMAP_READER_LINE;
	r->swallowed = r->left = r->size = 0;
	r->line = 0;
	r->segment = 0;
	r->n_tag = plain ? r->n_tag : 0;
	r->n_tail = 0;
	r->error = 0;
	r->why = NULL;
}

static enum imap_read finish(struct imap_reader *r, enum imap_read event)
{
	r->over = true;
	return event;
}

static struct span eat(struct span *in, uint64_t n)
{
	struct span taken = span_sub(*in, 0, n < in->n ? (size_t)n : in->n);

	*in = span_sub(*in, taken.n, in->n);
	return taken;
}

/* Of a command that begins with `front` and goes on with `more`. */
static void note_tag(struct imap_reader *r, struct span front, struct span more)
{
	char line[IMAP_TAG_MAX + 1];
	struct span tag;

	if (r->n_tag || r->append || r->plain)
		return;
	front = span_sub(front, 0, sizeof line);
	more = span_sub(more, 0, sizeof line - front.n);
	if (front.n)
		memcpy(line, front.p, front.n);
	if (more.n)
		memcpy(line + front.n, more.p, more.n);
	tag = imap_tag_of(span_make(line, front.n + more.n));
	if (tag.n == front.n + more.n) /* it may go on */
		tag.n = 0;
	if (tag.n)
		memcpy(r->tag, tag.p, tag.n);
	r->n_tag = (uint8_t)tag.n;
}

/* The last octets of a line that is skipped: they say whether a literal follows. */
static void keep_tail(struct imap_reader *r, struct span s)
{
	size_t room = sizeof r->tail, keep;

	if (s.n > room)
		s = span_sub(s, s.n - room, room);
	keep = r->n_tail < room - s.n ? r->n_tail : room - s.n;
	memmove(r->tail, r->tail + r->n_tail - keep, keep);
	if (s.n)
		memcpy(r->tail + keep, s.p, s.n);
	r->n_tail = (uint8_t)(keep + s.n);
}

static void note_too_long(struct imap_reader *r, int code)
{
	r->error = code;
	r->why = code == ERR_NO_MEMORY ? "The server is out of memory; try later"
	                               : "The command is too long";
}

/* The command is refused in the middle of a line: what of it is gathered, the rest of it is to
 * come. */
static void refuse_line(struct imap_reader *r, int code)
{
	struct span all = buf_span(&r->gathered);

	note_too_long(r, code);
	r->n_tail = 0;
	keep_tail(r, span_sub(all, r->segment, all.n));
	release(r);
	r->state = IMAP_READER_SKIP_LINE;
}

/* A literal that is refused: the client sends it unless it waits to be asked. */
static enum imap_read skip_literal(struct imap_reader *r, uint64_t n, bool sync)
{
	release(r);
	if (sync)
		return finish(r, IMAP_READ_REFUSED);
	if (n > r->limits->swallow - r->swallowed)
		return finish(r, IMAP_READ_CLOSE);
	r->swallowed += n;
	r->left = n;
	r->n_tail = 0;
	r->state = IMAP_READER_SKIP_LITERAL;
	return IMAP_READ_MORE;
}

static enum imap_read refuse_literal(struct imap_reader *r, const struct imap_literal_head *head,
                                     const char *why)
{
	r->error = ERR_TOO_LONG;
	r->why = why;
	return skip_literal(r, head->n, head->sync);
}

/* IMAP_READ_MORE: go on.  text: the command so far, the head not in it. */
static enum imap_read take_head(struct imap_reader *r, const struct imap_literal_head *head,
                                struct span text, struct span segment)
{
	bool message = r->append || imap_is_message(text);

	if (!head->sync && head->n > r->limits->nonsync)
		return refuse_literal(r, head, "The literal is too big to be sent without waiting");
	if (message) {
		r->text = text;
		r->held = true;
		r->size = head->n;
		r->literal8 = head->literal8;
		r->sync = head->sync;
		r->state = IMAP_READER_OFFERED;
		return IMAP_READ_MESSAGE;
	}
	if (head->n > r->limits->literal || text.n > r->limits->command ||
	    head->n > r->limits->command - text.n)
		return refuse_literal(r, head, "The literal is too big");
	if (r->gathered.n == 0 && gather(r, segment) < 0) {
		note_too_long(r, r->gathered.err);
		return skip_literal(r, head->n, head->sync);
	}
	r->left = head->n;
	r->state = IMAP_READER_LITERAL;
	return head->sync ? IMAP_READ_GO_ON : IMAP_READ_MORE;
}

/* A whole line, CRLF included; all: the command so far, of which it is the end. */
static enum imap_read take_line(struct imap_reader *r, struct span segment, struct span all)
{
	struct imap_literal_head head;
	struct span body = span_sub(segment, 0, segment.n - 2), text = span_sub(all, 0, all.n - 2);

	note_tag(r, all, SPAN(""));
	if (!span_ends_nocase(segment, SPAN("\r\n"))) {
		r->error = ERR_SYNTAX;
		r->why = "A line ends in CRLF, not in LF alone";
		return finish(r, IMAP_READ_REFUSED);
	}
	if (span_find(body, '\0') >= 0 || span_find(body, '\r') >= 0) {
		r->error = ERR_SYNTAX;
		r->why = "A line holds a NUL, or a CR that ends no line";
	}
	if (r->plain || !imap_literal_head_find(body, &head)) {
		r->text = text;
		r->held = true;
		return finish(r, r->error    ? IMAP_READ_REFUSED
		                 : r->append ? IMAP_READ_APPENDED
		                             : IMAP_READ_COMMAND);
	}
	if (r->error)
		return skip_literal(r, head.n, head.sync);
	return take_head(r, &head, span_sub(text, 0, text.n - head.n_octets), segment);
}

static enum imap_read read_line(struct imap_reader *r, struct span *in)
{
	ptrdiff_t at = span_find(*in, '\n');
	struct span piece = span_sub(*in, 0, at < 0 ? in->n : (size_t)at + 1);
	struct span all = piece;

	if (r->line + (uint64_t)piece.n > r->limits->line) {
		note_tag(r, buf_span(&r->gathered), piece);
		refuse_line(r, ERR_TOO_LONG);
		return IMAP_READ_MORE;
	}
	if (at < 0 || r->gathered.n > 0) {
		if (gather(r, piece) < 0) {
			note_tag(r, buf_span(&r->gathered), piece);
			refuse_line(r, r->gathered.err);
			return IMAP_READ_MORE;
		}
		all = buf_span(&r->gathered);
	}
	(void)eat(in, piece.n);
	r->line += (uint32_t)piece.n;
	return at < 0 ? IMAP_READ_MORE : take_line(r, span_sub(all, r->segment, all.n), all);
}

static enum imap_read read_literal(struct imap_reader *r, struct span *in)
{
	struct span piece = span_sub(*in, 0, r->left < in->n ? (size_t)r->left : in->n);

	if (gather(r, piece) < 0) {
		note_too_long(r, r->gathered.err);
		return skip_literal(r, r->left, false);
	}
	r->left -= eat(in, piece.n).n;
	if (r->left == 0) {
		r->segment = r->gathered.n;
		r->state = IMAP_READER_LINE;
	}
	return IMAP_READ_MORE;
}

static enum imap_read read_message(struct imap_reader *r, struct span *in)
{
	if (r->sync) {
		r->sync = false;
		return IMAP_READ_GO_ON;
	}
	if (r->left == 0) {
		r->state = IMAP_READER_LINE;
		return IMAP_READ_MORE;
	}
	r->text = eat(in, r->left);
	r->left -= r->text.n;
	return r->text.n ? IMAP_READ_PIECE : IMAP_READ_MORE;
}

static enum imap_read skip_line(struct imap_reader *r, struct span *in)
{
	struct imap_literal_head head;
	ptrdiff_t at = span_find(*in, '\n');
	struct span tail;

	keep_tail(r, eat(in, at < 0 ? in->n : (size_t)at + 1));
	if (at < 0)
		return IMAP_READ_MORE;
	tail = span_make(r->tail, r->n_tail);
	if (r->plain || !span_ends_nocase(tail, SPAN("\r\n")) ||
	    !imap_literal_head_find(span_sub(tail, 0, tail.n - 2), &head))
		return finish(r, IMAP_READ_REFUSED);
	return skip_literal(r, head.n, head.sync);
}

static enum imap_read skip_octets(struct imap_reader *r, struct span *in)
{
	r->left -= eat(in, r->left).n;
	if (r->left == 0)
		r->state = IMAP_READER_SKIP_LINE;
	return IMAP_READ_MORE;
}

static enum imap_read turn(struct imap_reader *r, struct span *in)
{
	switch ((enum imap_reader_state)r->state) {
	case IMAP_READER_LITERAL: return read_literal(r, in);
	case IMAP_READER_MESSAGE: return read_message(r, in);
	case IMAP_READER_SKIP_LINE: return skip_line(r, in);
	case IMAP_READER_SKIP_LITERAL: return skip_octets(r, in);
	case IMAP_READER_OFFERED: return skip_literal(r, r->size, r->sync);
	case IMAP_READER_LINE: break;
	}
	return read_line(r, in);
}

/* Whether there may be an event without an octet more. */
static bool is_ripe(const struct imap_reader *r)
{
	switch ((enum imap_reader_state)r->state) {
	case IMAP_READER_LITERAL:
	case IMAP_READER_SKIP_LITERAL: return r->left == 0;
	case IMAP_READER_MESSAGE: return r->sync || r->left == 0;
	case IMAP_READER_OFFERED: return true;
	default: return false;
	}
}

static enum imap_read read_event(struct imap_reader *r, struct span *in)
{
	while (in->n > 0 || is_ripe(r)) {
		enum imap_read event = turn(r, in);

		if (event != IMAP_READ_MORE)
			return event;
	}
	return IMAP_READ_MORE;
}

enum imap_read imap_reader_next(struct imap_reader *r, struct span *in)
{
	go_on(r, false);
	return read_event(r, in);
}

enum imap_read imap_reader_line(struct imap_reader *r, struct span *in)
{
	go_on(r, true);
	return read_event(r, in);
}

void imap_reader_accept(struct imap_reader *r)
{
	r->state = IMAP_READER_MESSAGE;
	r->left = r->size;
	r->append = true;
	r->line = 0;
	r->segment = 0;
}

/* component/hand/talk.c - see talk.h. */
#include "component/hand/talk.h"

enum { PIECE_BYTES = 64 << 10, READ_BYTES = 16 << 10 };

int talk_open(struct talk *t, struct span path)
{
	*t = (struct talk){ .link = { .fd = -1 },
		            .out = BUF(SIZE_MAX / 4),
		            .room = BUF(2 * PIECE_BYTES),
		            .in = BUF(TALK_LINE_MAX + READ_BYTES) };
	return link_open(&t->link, &(struct deliver_candidate){ .host = path });
}

void talk_close(struct talk *t)
{
	link_close(&t->link);
	if (t->has_text)
		mail_reader_fini(&t->reader);
	buf_fini(&t->out);
	buf_fini(&t->room);
	buf_fini(&t->in);
}

void talk_put_text(struct talk *t, const struct mail_made *mail)
{
	mail_reader_init(&t->reader, mail);
	t->has_text = true;
}

static int write_some(struct talk *t, struct span octets)
{
	return octets.n ? link_write(&t->link, octets) : 0;
}

static int write_out(struct talk *t)
{
	while (t->put < t->out.n) {
		int n = write_some(t, span_sub(buf_span(&t->out), t->put, t->out.n));

		if (n < 0)
			return n;
		t->put += (size_t)n;
	}
	buf_reset(&t->out);
	t->put = 0;
	return 0;
}

static int write_text(struct talk *t)
{
	for (;;) {
		int r = 0;

		if (!t->piece.n && mail_reader_is_at_end(&t->reader))
			return 0;
		if (!t->piece.n)
			r = mail_reader_next(&t->reader, PIECE_BYTES, &t->room, &t->piece);
		if (r >= 0)
			r = write_some(t, t->piece);
		if (r < 0)
			return r;
		t->piece = span_sub(t->piece, (size_t)r, t->piece.n);
	}
}

int talk_write(struct talk *t)
{
	int r = write_out(t);

	if (r >= 0 && t->has_text)
		r = write_text(t);
	if (r >= 0 && t->has_text) {
		mail_reader_fini(&t->reader);
		t->has_text = false;
	}
	return r;
}

int talk_read(struct talk *t, struct span *line)
{
	for (;;) {
		struct span unused = span_sub(buf_span(&t->in), t->used, t->in.n);
		ptrdiff_t at = span_find(unused, '\n');
		int r;

		if (at >= 0) {
			*line = span_sub(unused, 0, (size_t)at);
			t->used += (size_t)at + 1;
			return 0;
		}
		buf_consume(&t->in, t->used);
		t->used = 0;
		if (t->in.n > TALK_LINE_MAX)
			return err(ERR_TOO_LONG, "the server's answer has a line too long");
		r = buf_reserve(&t->in, READ_BYTES);
		if (r >= 0)
			r = link_read(&t->link, t->in.p + t->in.n, READ_BYTES);
		if (r < 0)
			return r;
		t->in.n += (size_t)r;
	}
}

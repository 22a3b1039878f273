/* rt/stream/stream_pack.c - a stream compressed with DEFLATE, above the socket or TLS.
 *
 * RFC 1951; RFC 4978 (IMAP's COMPRESS).  Raw deflate, a sync flush behind all that is written.
 * What came compressed is undone as far as the input's block has room, so it takes no more memory
 * than other input, however large it would get.  At rest both engines are given back: ours begins
 * anew behind a flush, which is good deflate; of the other side's what it may still refer to is
 * kept, as many octets as came, at most 32 KiB.
 */
#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "rt/stream/stream_impl.h"

enum {
	LEVEL = 3,
	OUT_WINDOW_BITS = 12, /* with MEMORY_LEVEL some 40 KiB while something is written */
	MEMORY_LEVEL = 5,
	IN_WINDOW_BITS = 15, /* what the other side may use */
	WINDOW_BYTES = 1 << IN_WINDOW_BITS,
	BITS_LEFT = 0x1f, /* of z_stream.data_type (zlib.h, inflate()) */
	LAST_BLOCK = 64,
	AT_BLOCK = 128,
};
static_assert((int)WINDOW_BYTES <= (int)STREAM_IN_BYTES, "a window fits a block");

static int no_memory(void)
{
	return err(ERR_NO_MEMORY, "memory for a compressed stream");
}

WAITS int stream_compress(struct stream *s)
{
	struct stream_pack *p;
	int r = stream_out_take(s); /* WAITS */

	if (r < 0)
		return r;
	r = stream_out_flush(s); /* WAITS */
	if (r >= 0 && s->pack)
		r = err(ERR_BUG, "compression within compression");
	if (r >= 0) {
		p = calloc(1, sizeof *p);
		if (!p || !(p->raw_in = stream_block_take())) {
			free(p);
			r = no_memory();
		} else {
			p->in_to = s->in_to - s->in_from;
			if (p->in_to)
				memcpy(p->raw_in, s->in + s->in_from, p->in_to);
			s->in_from = s->in_to = s->in_scanned = 0;
			s->fresh = s->skipping = false;
			s->pack = p;
		}
	}
	stream_out_give(s);
	return r;
}

bool stream_compressed(const struct stream *s)
{
	return s->pack;
}

/* ---- in ---- */

static int begin_in(struct stream_pack *p)
{
	z_stream *z = calloc(1, sizeof *z);

	if (!z || inflateInit2(z, -IN_WINDOW_BITS) != Z_OK) {
		free(z);
		return no_memory();
	}
	if (p->window && inflateSetDictionary(z, (Bytef *)p->window, p->n_window) != Z_OK) {
		inflateEnd(z);
		free(z);
		return no_memory();
	}
	free(TAKE(p->window));
	p->n_window = 0;
	p->in = z;
	return 0;
}

static void end_in(struct stream_pack *p)
{
	if (p->in)
		inflateEnd(p->in);
	free(TAKE(p->in));
}

/* Octets that came of it; 0: more is to be read first. */
static int undo(struct stream *s)
{
	struct stream_pack *p = s->pack;
	uint32_t room = STREAM_IN_BYTES - s->in_to;
	int r = p->in ? 0 : begin_in(p);

	if (r < 0)
		return r;
	p->in->next_in = (Bytef *)p->raw_in + p->in_from;
	p->in->avail_in = p->in_to - p->in_from;
	p->in->next_out = (Bytef *)s->in + s->in_to;
	p->in->avail_out = room;
	r = inflate(p->in, Z_SYNC_FLUSH);
	p->in_from = p->in_to - p->in->avail_in;
	p->in_more = p->in->avail_out == 0;
	room -= p->in->avail_out;
	s->in_to += room;
	if (r == Z_STREAM_END && !room)
		return stream_in_end(s, ERR_CLOSED, 0);
	if (r != Z_OK && r != Z_BUF_ERROR && r != Z_STREAM_END)
		return stream_in_end(
		        s, err(ERR_NET, "what came is not compressed as RFC 1951 says"), 0);
	return (int)room;
}

static int read_raw(struct stream *s)
{
	struct stream_pack *p = s->pack;

	if (!p->raw_in && !(p->raw_in = stream_block_take()))
		return no_memory();
	int r = stream_read_raw(s, p->raw_in, STREAM_IN_BYTES);
	p->in_from = 0;
	p->in_to = r > 0 ? (uint32_t)r : 0;
	if (r <= 0)
		stream_block_give(TAKE(p->raw_in));
	return r;
}

int stream_pack_pull(struct stream *s)
{
	struct stream_pack *p = s->pack;
	int r = 0;

	while (r >= 0) {
		if (p->in_to > p->in_from || p->in_more) {
			r = undo(s);
			if (r > 0)
				return 0;
		}
		if (r >= 0 && p->in_from == p->in_to)
			r = read_raw(s);
	}
	return r;
}

bool stream_pack_buffered(const struct stream *s)
{
	return s->pack && (s->pack->in_more || s->pack->in_to > s->pack->in_from);
}

/* ---- out ---- */

static int begin_out(struct stream_pack *p)
{
	z_stream *z = calloc(1, sizeof *z);

	if (!z || deflateInit2(z, LEVEL, Z_DEFLATED, -OUT_WINDOW_BITS, MEMORY_LEVEL,
	                       Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return no_memory();
	}
	p->out = z;
	return 0;
}

static void end_out(struct stream_pack *p)
{
	if (p->out)
		deflateEnd(p->out);
	free(TAKE(p->out));
}

bool stream_pack_holds(const struct stream *s)
{
	return s->pack && (s->pack->out_more || s->pack->out_to > s->pack->out_from);
}

int stream_pack_next(struct stream *s, struct span *out)
{
	struct stream_pack *p = s->pack;

	if (p->out_from == p->out_to) {
		int r = p->out ? 0 : begin_out(p);
		if (r < 0 || (!p->raw_out && !(p->raw_out = stream_block_take())))
			return r < 0 ? r : no_memory();
		p->out->next_in = (Bytef *)s->out + s->out_from;
		p->out->avail_in = s->out_to - s->out_from;
		p->out->next_out = (Bytef *)p->raw_out;
		p->out->avail_out = STREAM_OUT_BYTES;
		if (deflate(p->out, Z_SYNC_FLUSH) == Z_STREAM_ERROR)
			return err(ERR_BUG, "deflate");
		s->out_from = s->out_to - p->out->avail_in;
		p->out_more = p->out->avail_out == 0;
		p->out_from = 0;
		p->out_to = STREAM_OUT_BYTES - p->out->avail_out;
	}
	*out = span_make(p->raw_out + p->out_from, p->out_to - p->out_from);
	return 0;
}

void stream_pack_written(struct stream *s, size_t n)
{
	struct stream_pack *p = s->pack;

	p->out_from += (uint32_t)n;
	if (p->out_from == p->out_to && !p->out_more)
		stream_block_give(TAKE(p->raw_out));
	if (p->out_from == p->out_to)
		p->out_from = p->out_to = 0;
}

/* ---- rest ---- */

/* Only at a block's beginning, on whole octets: another engine can go on from there. */
static void rest_in(struct stream_pack *p)
{
	char *block = p->in ? stream_block_take() : NULL;
	uInt n = 0;

	if (!block)
		return;
	int at = p->in->data_type & (BITS_LEFT | LAST_BLOCK | AT_BLOCK);
	if (at == AT_BLOCK && inflateGetDictionary(p->in, (Bytef *)block, &n) == Z_OK) {
		p->window = n ? malloc(n) : NULL;
		if (p->window)
			memcpy(p->window, block, n);
		p->n_window = n;
		if (p->window || !n)
			end_in(p);
	}
	stream_block_give(block);
}

void stream_pack_rest(struct stream *s)
{
	struct stream_pack *p = s->pack;

	if (p && !stream_pack_buffered(s)) {
		stream_block_give(TAKE(p->raw_in));
		p->in_from = p->in_to = 0;
		rest_in(p);
	}
	if (p && !stream_pack_holds(s) && s->out_from == s->out_to)
		end_out(p);
}

void stream_pack_close(struct stream *s)
{
	struct stream_pack *p = TAKE(s->pack);

	if (!p)
		return;
	end_in(p);
	end_out(p);
	free(p->window);
	stream_block_give(p->raw_in);
	stream_block_give(p->raw_out);
	free(p);
}

/* courier/body.c - see body.h. */
#include "courier/body.h"

#include "base/utf8.h"

enum {
	/* Of these each octet may become six (=2D, and a line break): one chunk for the client. */
	CONVERT_BYTES = 8 << 10,
	CONVERTED_MAX = SMTP_CLIENT_CHUNK_MAX,
};

/* The octets from the offset on, at most max of them and at least one; from the queue into mem. */
static WAITS int get_piece(const struct courier_attempt_args *args, uint64_t offset, uint32_t max,
                           struct arena *mem, struct span *out)
{
	struct queue_read_args ask = { .message = args->message, .offset = offset, .max = max };
	struct queue_read_reply piece;
	uint64_t left = args->size_bytes - offset;
	int r;

	if (args->body.n || !args->size_bytes) {
		*out = span_sub(args->body, offset, max);
		return 0;
	}
	r = queue_attempt_read(&ask, mem, &piece); /* WAITS */
	if (r < 0)
		return r;
	if (piece.octets.n != (left < max ? left : max))
		return err(ERR_CORRUPT, "a piece of message %ju at %ju has %zu octets",
		           (uintmax_t)ask.message, (uintmax_t)ask.offset, piece.octets.n);
	*out = piece.octets;
	return 0;
}

static uint64_t size_of(const struct courier_attempt_args *args)
{
	return args->body.n ? args->body.n : args->size_bytes;
}

static int give_as_it_is(struct body *b, struct smtp_client *client, struct span octets)
{
	int r = octets.n ? smtp_client_body(client, octets) : 0;

	if (r < 0)
		return r;
	b->offset += octets.n;
	return b->offset == size_of(b->args) ? smtp_client_body_end(client) : 0;
}

static int give_converted(struct body *b, struct smtp_client *client, struct span octets)
{
	AUTO_BUF out = BUF(CONVERTED_MAX);
	bool last = b->offset + octets.n == size_of(b->args);
	int r = message_seven_bit_put(b->convert, octets, &out);

	if (r >= 0 && last)
		r = message_seven_bit_end(b->convert, &out);
	if (r >= 0 && out.n)
		r = smtp_client_body(client, buf_span(&out));
	if (r < 0)
		return r;
	b->offset += octets.n;
	return last ? smtp_client_body_end(client) : 0;
}

WAITS int body_give(struct body *b, struct smtp_client *client)
{
	AUTO_ARENA mem = { 0 };
	uint32_t max = b->convert ? CONVERT_BYTES : QUEUE_PIECE_BYTES;
	struct span octets;
	int r = get_piece(b->args, b->offset, max, &mem, &octets); /* WAITS */

	if (r < 0)
		return r;
	return b->convert ? give_converted(b, client, octets) : give_as_it_is(b, client, octets);
}

WAITS int body_scan(const struct courier_attempt_args *args, struct message_seven_bit *scan)
{
	uint64_t size = size_of(args);

	message_seven_bit_init(scan);
	for (uint64_t offset = 0; offset < size;) {
		AUTO_ARENA mem = { 0 };
		struct span octets;
		int r = get_piece(args, offset, QUEUE_PIECE_BYTES, &mem, &octets); /* WAITS */

		if (r < 0)
			return r;
		message_seven_bit_scan(scan, octets);
		offset += octets.n;
	}
	message_seven_bit_scanned(scan);
	return 0;
}

/* An end that two pieces share is not seen: then some of the body is looked at as well. */
WAITS int body_header_is_8bit(const struct courier_attempt_args *args)
{
	uint64_t size = size_of(args);

	for (uint64_t offset = 0; offset < size;) {
		AUTO_ARENA mem = { 0 };
		struct span octets;
		ptrdiff_t end;
		int r = get_piece(args, offset, QUEUE_PIECE_BYTES, &mem, &octets); /* WAITS */

		if (r < 0)
			return r;
		end = span_find_span(octets, SPAN("\r\n\r\n"));
		if (!utf8_is_ascii(span_sub(octets, 0, end < 0 ? octets.n : (size_t)end)))
			return 1;
		if (end >= 0)
			return 0;
		offset += octets.n;
	}
	return 0;
}

/* courier/body.c - see body.h. */
#include "courier/body.h"

static int give(struct body *b, struct smtp_client *client, struct span octets, uint64_t size)
{
	int r = octets.n ? smtp_client_body(client, octets) : 0;

	if (r < 0)
		return r;
	b->offset += octets.n;
	return b->offset == size ? smtp_client_body_end(client) : 0;
}

static int give_piece(struct body *b, struct smtp_client *client)
{
	struct queue_read_args args = {
		.message = b->args->message,
		.offset = b->offset,
		.max = QUEUE_PIECE_BYTES,
	};
	struct queue_read_reply piece;
	AUTO_ARENA mem = { 0 };
	uint64_t left = b->args->size_bytes - b->offset;
	int r;

	r = queue_attempt_read(&args, &mem, &piece); /* WAITS */
	if (r < 0)
		return r;
	if (piece.octets.n != (left < QUEUE_PIECE_BYTES ? left : QUEUE_PIECE_BYTES))
		return err(ERR_CORRUPT, "a piece of message %ju at %ju has %zu octets",
		           (uintmax_t)args.message, (uintmax_t)args.offset, piece.octets.n);
	return give(b, client, piece.octets, b->args->size_bytes);
}

int body_give(struct body *b, struct smtp_client *client)
{
	struct span inl = b->args->body;

	if (!inl.n && b->args->size_bytes)
		return give_piece(b, client); /* WAITS */
	return give(b, client, span_sub(inl, b->offset, SMTP_CLIENT_CHUNK_MAX), inl.n);
}

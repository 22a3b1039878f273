/* courier/body.c - see body.h. */
#include "courier/body.h"

enum {
	PIECE_BYTES = SMTP_CLIENT_CHUNK_MAX,
	/* Of these each octet may become six (=2D, and a line break): one chunk for the client. */
	CONVERT_BYTES = 8 << 10,
	CONVERTED_MAX = SMTP_CLIENT_CHUNK_MAX,
};

static int give_as_it_is(struct body *b, struct smtp_client *client, struct span octets)
{
	int r = octets.n ? smtp_client_body(client, octets) : 0;

	if (r < 0)
		return r;
	b->offset += octets.n;
	return b->offset == b->text->size_bytes ? smtp_client_body_end(client) : 0;
}

static int give_converted(struct body *b, struct smtp_client *client, struct span octets)
{
	AUTO_BUF out = BUF(CONVERTED_MAX);
	bool last = b->offset + octets.n == b->text->size_bytes;
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
	size_t max = b->convert ? CONVERT_BYTES : PIECE_BYTES;
	struct span octets;
	int r = text_piece(b->text, b->offset, max, &mem, &octets); /* WAITS */

	if (r < 0)
		return r;
	return b->convert ? give_converted(b, client, octets) : give_as_it_is(b, client, octets);
}

WAITS int body_scan(const struct text *text, struct message_seven_bit *scan)
{
	uint64_t size = text->size_bytes;

	message_seven_bit_init(scan);
	for (uint64_t offset = 0; offset < size;) {
		AUTO_ARENA mem = { 0 };
		struct span octets;
		int r = text_piece(text, offset, PIECE_BYTES, &mem, &octets); /* WAITS */

		if (r < 0)
			return r;
		message_seven_bit_scan(scan, octets);
		offset += octets.n;
	}
	message_seven_bit_scanned(scan);
	return 0;
}

/* component/net/body.c - see body.h. */
#include "component/net/body.h"

#include <stdio.h>

enum {
	/* Of these each octet may become six (=2D, and a line break): one chunk for the client. */
	CONVERT_BYTES = 8 << 10,
	PIECE_BYTES = 16 << 10,
};

void body_init(struct body *b, const struct mail_made *mail)
{
	*b = (struct body){ .room = BUF(SMTP_CLIENT_CHUNK_MAX) };
	mail_reader_init(&b->reader, mail);
}

void body_fini(struct body *b)
{
	mail_reader_fini(&b->reader);
	buf_fini(&b->room);
}

static int give_converted(struct body *b, struct smtp_client *client, struct span octets)
{
	AUTO_BUF out = BUF(SMTP_CLIENT_CHUNK_MAX);
	int r = message_seven_bit_put(b->convert, octets, &out);

	if (r >= 0 && mail_reader_is_at_end(&b->reader))
		r = message_seven_bit_end(b->convert, &out);
	if (r >= 0 && out.n)
		r = smtp_client_body(client, buf_span(&out));
	return r;
}

/* The final dot follows only what was read to its end. */
int body_give(struct body *b, struct smtp_client *client)
{
	size_t max = b->convert ? CONVERT_BYTES : PIECE_BYTES;
	struct span octets;
	int r = mail_reader_next(&b->reader, max, &b->room, &octets);

	b->begun = true;
	b->failed = r < 0;
	if (b->failed)
		snprintf(b->words, sizeof b->words, "%s", err_str(r));
	if (r >= 0 && b->convert)
		r = give_converted(b, client, octets);
	else if (r >= 0 && octets.n)
		r = smtp_client_body(client, octets);
	if (r < 0)
		return r;
	return mail_reader_is_at_end(&b->reader) ? smtp_client_body_end(client) : 0;
}

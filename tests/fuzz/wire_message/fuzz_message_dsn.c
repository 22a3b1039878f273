/* Whatever a remote says, a notification is four parts without a fault (RFC 3464, RFC 6522). */
#include "fuzz.h"

#include "wire/message/write/dsn.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/write/trace.h"

static struct span take(struct span *in)
{
	size_t n = in->n ? (unsigned char)in->p[0] : 0;
	struct span piece = span_sub(*in, 1, n);

	*in = span_sub(*in, 1 + n, in->n);
	return piece;
}

static void check_dsn(struct span message)
{
	AUTO_ARENA arena = { 0 };
	struct message_mime mime;
	struct span line, text;

	MUST(message_mime_parse(message, &arena, &mime) == 0);
	MUST(mime.n_parts == 4 && mime.faults == 0);
	MUST(message_part_is(&mime.parts[2], "message", "delivery-status"));
	while (message_line_next(&message, &line, &text))
		MUST(text.n <= MESSAGE_LINE_MAX);
}

/* The same hostile words in a Received field. */
static void check_trace(const struct message_dsn *d, const struct message_dsn_rcpt *r)
{
	AUTO_BUF out = BUF(16384);
	struct message_received received = { .helo = d->received_from,
		                             .rdns = r->remote_mta,
		                             .ip = r->remote_ip,
		                             .hostname = d->hostname,
		                             .id = d->envid,
		                             .rcpt = r->address,
		                             .utf8 = true };
	struct message_header h;
	struct message_field f;

	MUST(message_received_put(&out, &received) == 0);
	MUST(message_return_path_put(&out, r->address) == 0);
	message_header_begin(&h, buf_span(&out));
	MUST(message_header_next(&h, &f) && span_eq(f.name, SPAN("Received")));
	MUST(message_header_next(&h, &f) && span_eq(f.name, SPAN("Return-Path")));
	MUST(!message_header_next(&h, &f) && h.end == MESSAGE_HEADER_ALL && h.at == out.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF out = BUF(64 * size + 65536);
	struct span in = span_make(data, size);
	struct message_dsn_rcpt r = { .action = size % 5,
		                      .address = take(&in),
		                      .orcpt = take(&in),
		                      .status = take(&in),
		                      .remote_mta = take(&in),
		                      .remote_ip = take(&in),
		                      .reply = take(&in),
		                      .meaning = take(&in),
		                      .retry_until_time_ms = 1 };
	struct message_dsn d = { .hostname = SPAN("h"),
		                 .to = SPAN("a@b"),
		                 .message_id = SPAN("i@h"),
		                 .envid = take(&in),
		                 .received_from = take(&in),
		                 .rcpts = &r,
		                 .n_rcpts = 1 };
	struct message_dsn_made made;

	d.header = in;
	check_trace(&d, &r);
	if (message_dsn_compose(&d, &out, &made) == 0)
		check_dsn(buf_span(&out));
	return 0;
}

/* component/web/request.c - see request.h. */
#include "component/web/request.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/os.h"

enum { PIECE_BYTES = 64 << 10, HEAD_BYTES = 8 << 10, OCTETS_MAX = 64 << 20 };

/* The key is in there: what grew would leave a copy behind. */
static int begin(struct web_request *q)
{
	web_request_fini(q);
	*q = (struct web_request){ .out = BUF(OCTETS_MAX),
		                   .behind = BUF(OCTETS_MAX),
		                   .room = BUF(2 * PIECE_BYTES) };
	return buf_reserve(&q->out, HEAD_BYTES);
}

static void wipe_out(struct web_request *q)
{
	if (q->out.n)
		os_wipe(q->out.p, q->out.n);
	buf_reset(&q->out);
	q->put = 0;
}

void web_request_fini(struct web_request *q)
{
	wipe_out(q);
	if (q->reads)
		mail_reader_fini(&q->reader);
	buf_fini(&q->out);
	buf_fini(&q->behind);
	buf_fini(&q->room);
	*q = (struct web_request){ 0 };
}

static void put_head(struct web_request *q, const struct web_target *to)
{
	bool v6 = span_find(to->host, ':') >= 0;

	buf_printf(&q->out, " HTTP/1.1\r\nHost: %s%.*s%s", v6 ? "[" : "", SPAN_ARG(to->host),
	           v6 ? "]" : "");
	if (to->port != 443)
		buf_printf(&q->out, ":%u", to->port);
	buf_puts(&q->out, "\r\nAuthorization: Bearer ");
	buf_put(&q->out, to->key);
	buf_puts(&q->out, "\r\nUser-Agent: libpostrider/" POSTRIDER_VERSION
	                  "\r\nAccept: application/json\r\n");
}

/* What stands before the message. */
static int put_envelope(struct buf *out, const struct mail_made *mail, const struct span *addresses,
                        const uint32_t *rows, size_t n, int64_t wait_ms)
{
	struct json j = JSON(out);

	json_begin_object(&j);
	json_key(&j, "from");
	json_span(&j, mail->return_path);
	json_key(&j, "to");
	json_begin_array(&j);
	for (size_t i = 0; i < n; i++)
		json_span(&j, addresses[rows[i]]);
	json_end_array(&j);
	buf_printf(out, ",\"wait\":\"%jdms\",\"raw\":\"", (intmax_t)wait_ms);
	return out->err;
}

int web_request_post(struct web_request *q, const struct web_target *to,
                     const struct mail_made *mail, const struct span *addresses,
                     const uint32_t *rows, size_t n, int64_t wait_ms)
{
	AUTO_BUF before = BUF(OCTETS_MAX);
	uint64_t size = 0;
	int r = begin(q);

	if (r >= 0)
		r = put_envelope(&before, mail, addresses, rows, n, wait_ms);
	if (r >= 0)
		r = buf_puts(&q->behind, "\"}");
	if (r >= 0)
		r = mail_reader_size(mail, &size);
	if (r < 0)
		return r;
	buf_puts(&q->out, "POST /v1/messages");
	put_head(q, to);
	buf_printf(&q->out,
	           "Content-Type: application/json\r\nIdempotency-Key: %s\r\n"
	           "Content-Length: %ju\r\n\r\n",
	           to->once, (uintmax_t)(before.n + (size + 2) / 3 * 4 + q->behind.n));
	buf_put(&q->out, buf_span(&before));
	q->mail = mail;
	mail_reader_init(&q->reader, mail);
	q->reads = true;
	return q->out.err;
}

int web_request_get(struct web_request *q, const struct web_target *to, struct span id,
                    int64_t wait_ms)
{
	int r = begin(q);

	if (r < 0)
		return r;
	buf_printf(&q->out, "GET /v1/messages/%.*s?wait=%jdms", SPAN_ARG(id), (intmax_t)wait_ms);
	put_head(q, to);
	return buf_puts(&q->out, "\r\n");
}

/* Threes of octets as fours; what is left over waits for the next. */
static int encode(struct web_request *q, struct span piece)
{
	int r = 0;

	while (q->n_carried && q->n_carried < sizeof q->carried && piece.n) {
		q->carried[q->n_carried++] = *piece.p;
		piece = span_sub(piece, 1, piece.n);
	}
	if (q->n_carried == sizeof q->carried) {
		r = base64_encode(&q->out, span_make(q->carried, q->n_carried));
		q->n_carried = 0;
	}
	if (r >= 0 && !q->n_carried) {
		size_t whole = piece.n / 3 * 3;

		r = base64_encode(&q->out, span_sub(piece, 0, whole));
		piece = span_sub(piece, whole, piece.n);
		memcpy(q->carried, piece.p, piece.n);
		q->n_carried = piece.n;
	}
	return r;
}

static int end_message(struct web_request *q)
{
	int r = base64_encode(&q->out, span_make(q->carried, q->n_carried));

	q->mail = NULL;
	return r < 0 ? r : buf_put(&q->out, buf_span(&q->behind));
}

int web_request_next(struct web_request *q, struct span *out)
{
	struct span piece;
	int r = 0;

	if (q->put == q->out.n)
		wipe_out(q);
	while (r >= 0 && !q->out.n && q->mail) {
		if (mail_reader_is_at_end(&q->reader)) {
			r = end_message(q);
			continue;
		}
		r = mail_reader_next(&q->reader, PIECE_BYTES, &q->room, &piece);
		if (r >= 0)
			r = encode(q, piece);
	}
	*out = span_sub(buf_span(&q->out), q->put, q->out.n);
	return r;
}

void web_request_wrote(struct web_request *q, size_t n)
{
	q->put += n;
}

/* wire/message/structure/decoder.c - see decoder.h.  RFC 2045 6.7, 6.8. */
#include "wire/message/structure/decoder.h"

void message_decoder_begin(struct message_decoder *d, enum message_encoding e)
{
	*d = (struct message_decoder){ .encoding = e };
}

/* 0-63; 64 ends a group; anything else is passed over. */
static unsigned base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0' + 52);
	return c == '+' ? 62 : c == '/' ? 63 : c == '=' ? 64 : 65;
}

/* What the characters of a group so far are worth. */
static char *end_group(struct message_decoder *d, char *to)
{
	uint32_t group = d->group << (6 * (4 - d->n_group));

	for (unsigned k = 1; k < d->n_group; k++)
		*to++ = (char)(group >> (24 - 8 * k) & 0xff);
	d->group = d->n_group = 0;
	return to;
}

static int put_base64(struct message_decoder *d, struct span in, struct buf *out)
{
	int r = buf_reserve(out, in.n / 4 * 3 + 6);
	char *to = out->p + out->n;

	if (r < 0)
		return r;
	for (size_t i = 0; i < in.n; i++) {
		unsigned value = base64_value(in.p[i]);

		if (value > 64)
			continue;
		if (value < 64) {
			d->group = d->group << 6 | value;
			d->n_group++;
		}
		if (value == 64 || d->n_group == 4)
			to = end_group(d, to);
	}
	out->n = (size_t)(to - out->p);
	return 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_special(char c)
{
	return c == '=' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What is held turned out to stand within a line. */
static void put_held(struct message_decoder *d, struct buf *out)
{
	buf_put(out, span_make(d->held, d->n_held));
	d->n_held = 0;
}

/* What is held stands at the end of a line, or of all when there is no lf. */
static void end_line(struct message_decoder *d, bool lf, struct buf *out)
{
	unsigned n = d->n_held;
	bool soft;

	if (lf && n && d->held[n - 1] == '\r')
		n--;
	while (n && (d->held[n - 1] == ' ' || d->held[n - 1] == '\t'))
		n--;
	soft = n == 1 && d->held[0] == '=';
	d->n_held = n;
	if (soft)
		d->n_held = 0;
	else
		put_held(d, out);
	if (lf && !soft)
		buf_put(out, SPAN("\r\n"));
}

/* Held is "=", "=4", or neither, then white space, then a CR. */
static void put_qp(struct message_decoder *d, char c, struct buf *out)
{
	unsigned n = d->n_held;
	bool escape = n && d->held[0] == '=';

	if (c == '\n') {
		end_line(d, true, out);
		return;
	}
	if (escape && n == 2 && hex_value(d->held[1]) >= 0 && hex_value(c) >= 0) {
		buf_putc(out, (char)(hex_value(d->held[1]) << 4 | hex_value(c)));
		d->n_held = 0;
		return;
	}
	if (n == sizeof(d->held) || (n && d->held[n - 1] == '\r') || c == '=' ||
	    (!is_special(c) && !(escape && n == 1 && hex_value(c) >= 0)))
		put_held(d, out);
	if (is_special(c) || d->n_held)
		d->held[d->n_held++] = c;
	else
		buf_putc(out, c);
}

static int put_all_qp(struct message_decoder *d, struct span in, struct buf *out)
{
	size_t i = 0;

	while (i < in.n && !out->err) {
		size_t from = i;

		while (!d->n_held && i < in.n && !is_special(in.p[i]))
			i++;
		buf_put(out, span_sub(in, from, i - from));
		if (i < in.n)
			put_qp(d, in.p[i++], out);
	}
	return out->err;
}

int message_decoder_put(struct message_decoder *d, struct span piece, struct buf *out)
{
	size_t from = out->n;
	int r;

	if (d->encoding == MESSAGE_ENCODING_BASE64)
		r = put_base64(d, piece, out);
	else if (d->encoding == MESSAGE_ENCODING_QP)
		r = put_all_qp(d, piece, out);
	else
		r = buf_put(out, piece);
	d->octets += out->n - from;
	return r;
}

int message_decoder_end(struct message_decoder *d, struct buf *out)
{
	size_t from = out->n;
	int r = 0;

	if (d->encoding == MESSAGE_ENCODING_BASE64) {
		r = buf_reserve(out, 3);
		if (r == 0)
			out->n = (size_t)(end_group(d, out->p + out->n) - out->p);
	} else if (d->encoding == MESSAGE_ENCODING_QP) {
		end_line(d, false, out);
	}
	d->octets += out->n - from;
	return r < 0 ? r : out->err;
}

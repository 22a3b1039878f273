/* wire/http/chunks.c - see chunks.h. */
#include "wire/http/chunks.h"

enum { SIZE, EXTENSION, DATA, DATA_END, TRAILER_START, TRAILER, OVER };
enum { DIGITS_MAX = 15 };

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_text(char c)
{
	return (unsigned char)c >= 0x20 ? c != 0x7f : c == '\t';
}

/* CR or LF: 1 when the line has ended, 0 when its LF has yet to come. */
static int take_end(struct http_chunks *c, char octet)
{
	if ((octet == '\r') == c->cr)
		return err(ERR_SYNTAX, "a line of a chunked body ends in CRLF");
	c->cr = !c->cr;
	return octet == '\n';
}

static void size_ended(struct http_chunks *c)
{
	c->state = c->left ? DATA : TRAILER_START;
	c->line = 0;
	c->digits = 0;
}

static int take_size(struct http_chunks *c, char octet)
{
	int digit = c->cr ? -1 : hex(octet);

	if (digit >= 0 && c->digits < DIGITS_MAX) {
		c->left = c->left << 4 | (unsigned)digit;
		c->digits++;
		return 0;
	}
	if (!c->digits || digit >= 0)
		return err(ERR_SYNTAX, "a chunk begins with its size");
	if (octet == '\r' || octet == '\n') {
		int r = take_end(c, octet);
		if (r == 1)
			size_ended(c);
		return r < 0 ? r : 0;
	}
	if (octet != ';' || c->cr)
		return err(ERR_SYNTAX, "behind the size of a chunk stands ;");
	c->state = EXTENSION;
	return 0;
}

/* Of a line that nobody reads: 1 at its end. */
static int pass(struct http_chunks *c, char octet)
{
	if (octet == '\r' || octet == '\n')
		return take_end(c, octet);
	if (c->cr || !is_text(octet))
		return err(ERR_SYNTAX, "a control octet in a chunked body");
	return 0;
}

static int take_extension(struct http_chunks *c, char octet)
{
	int r = pass(c, octet);

	if (++c->line > HTTP_CHUNK_LINE_MAX)
		return err(ERR_SYNTAX, "the line before a chunk is longer than 1 KiB");
	if (r == 1)
		size_ended(c);
	return r < 0 ? r : 0;
}

static int take_data_end(struct http_chunks *c, char octet)
{
	int r = octet == '\r' || octet == '\n'
	                ? take_end(c, octet)
	                : err(ERR_SYNTAX, "a chunk is not as long as it says");

	if (r == 1)
		c->state = SIZE;
	return r < 0 ? r : 0;
}

/* An empty line ends them. */
static int take_trailer(struct http_chunks *c, char octet)
{
	bool empty = c->state == TRAILER_START;
	int r = pass(c, octet);

	if (++c->trailers > HTTP_TRAILERS_MAX)
		return err(ERR_SYNTAX, "the trailers of a body are longer than 8 KiB");
	if (r == 1)
		c->state = empty ? OVER : TRAILER_START;
	else if (octet != '\r')
		c->state = TRAILER;
	return r < 0 ? r : 0;
}

static int take_octet(struct http_chunks *c, char octet)
{
	switch (c->state) {
	case SIZE: return take_size(c, octet);
	case EXTENSION: return take_extension(c, octet);
	case DATA_END: return take_data_end(c, octet);
	default: return take_trailer(c, octet);
	}
}

int http_chunks_take(struct http_chunks *c, struct span *in, struct span *out)
{
	*out = SPAN("");
	while (in->n && c->state != OVER && c->state != DATA) {
		int r = take_octet(c, in->p[0]);
		if (r < 0)
			return r;
		*in = span_sub(*in, 1, in->n);
	}
	if (c->state == DATA && in->n) {
		size_t n = c->left < in->n ? (size_t)c->left : in->n;
		*out = span_sub(*in, 0, n);
		*in = span_sub(*in, n, in->n);
		c->left -= n;
		if (!c->left)
			c->state = DATA_END;
	}
	return c->state != OVER;
}

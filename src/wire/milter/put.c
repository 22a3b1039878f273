/* wire/milter/put.c - packets for a filter.  See milter.h. */
#include "wire/milter/milter.h"

static void put_u32(struct buf *out, uint32_t v)
{
	const char octets[] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };

	buf_put(out, span_make(octets, sizeof octets));
}

/* data_n: octets behind the command. */
static void head(struct buf *out, char command, size_t data_n)
{
	put_u32(out, (uint32_t)data_n + 1);
	buf_putc(out, command);
}

/* A NUL would end it early. */
static void put_z(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_putc(out, s.p[i] ? s.p[i] : '?');
	buf_putc(out, '\0');
}

int milter_put_terms(struct buf *out, const struct milter_terms *offered)
{
	head(out, 'O', 12);
	put_u32(out, offered->version);
	put_u32(out, offered->actions);
	put_u32(out, offered->protocol);
	return out->err;
}

int milter_put_macros(struct buf *out, char for_command, const struct span *pairs, size_t n_pairs)
{
	size_t n = 1;

	for (size_t i = 0; i < 2 * n_pairs; i++)
		n += pairs[i].n + 1;
	head(out, 'D', n);
	buf_putc(out, for_command);
	for (size_t i = 0; i < 2 * n_pairs; i++)
		put_z(out, pairs[i]);
	return out->err;
}

int milter_put_connect(struct buf *out, struct span hostname, const struct ip *ip, uint16_t port)
{
	char text[IP_TEXT_BYTES];
	struct span address = span_str(ip->n ? ip_text(ip, text) : "");
	bool v4 = span_find(address, ':') < 0;

	head(out, 'C', hostname.n + 1 + 1 + (ip->n ? 2 + address.n + 1 : 0));
	put_z(out, hostname);
	buf_putc(out, !ip->n ? 'U' : v4 ? '4' : '6');
	if (ip->n) {
		buf_putc(out, (char)(port >> 8));
		buf_putc(out, (char)port);
		put_z(out, address);
	}
	return out->err;
}

static int put_one(struct buf *out, char command, struct span s)
{
	head(out, command, s.n + 1);
	put_z(out, s);
	return out->err;
}

int milter_put_helo(struct buf *out, struct span name)
{
	return put_one(out, 'H', name);
}

static int put_address(struct buf *out, char command, struct span address)
{
	head(out, command, address.n + 3);
	buf_putc(out, '<');
	for (size_t i = 0; i < address.n; i++)
		buf_putc(out, address.p[i] ? address.p[i] : '?');
	buf_putc(out, '>');
	buf_putc(out, '\0');
	return out->err;
}

int milter_put_mail(struct buf *out, struct span address)
{
	return put_address(out, 'M', address);
}

int milter_put_rcpt(struct buf *out, struct span address)
{
	return put_address(out, 'R', address);
}

static bool is_fold(struct span value, size_t i)
{
	return value.p[i] == '\r' && i + 1 < value.n && value.p[i + 1] == '\n';
}

int milter_put_header(struct buf *out, struct span name, struct span value, bool leading_space)
{
	size_t n = 0;

	if (!leading_space && value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
		value = span_sub(value, 1, value.n);
	for (size_t i = 0; i < value.n; i++)
		n += !is_fold(value, i);
	head(out, 'L', name.n + 1 + n + 1);
	put_z(out, name);
	for (size_t i = 0; i < value.n; i++)
		if (!is_fold(value, i))
			buf_putc(out, value.p[i] ? value.p[i] : '?');
	return buf_putc(out, '\0');
}

int milter_put_body(struct buf *out, struct span piece)
{
	piece = span_sub(piece, 0, MILTER_BODY_BYTES);
	head(out, 'B', piece.n);
	return buf_put(out, piece);
}

int milter_put_plain(struct buf *out, char command)
{
	head(out, command, 0);
	return out->err;
}

/* wire/message/encode.c - see encode.h.  RFC 2045 6. */
#include "wire/message/encode.h"
#include "base/base64.h"
#include "wire/message/header.h"

static const char *const names[] = {
	[MESSAGE_ENCODING_7BIT] = "7bit",     [MESSAGE_ENCODING_8BIT] = "8bit",
	[MESSAGE_ENCODING_BINARY] = "binary", [MESSAGE_ENCODING_QP] = "quoted-printable",
	[MESSAGE_ENCODING_BASE64] = "base64", [MESSAGE_ENCODING_UNKNOWN] = "unknown",
};

const char *message_encoding_name(enum message_encoding e)
{
	return names[e];
}

enum message_encoding message_encoding_parse(struct span name)
{
	enum message_encoding e = MESSAGE_ENCODING_7BIT;

	while (e < MESSAGE_ENCODING_UNKNOWN && !span_eq_nocase(name, span_str(names[e])))
		e++;
	return e;
}

static bool at_crlf(struct span in, size_t i)
{
	return i + 1 < in.n && in.p[i] == '\r' && in.p[i + 1] == '\n';
}

/* RFC 2045 6.7 (1)-(3); white space at a line's end would not survive, and "From "
 * at its beginning gets a > from mailbox files. */
static bool qp_plain(struct span in, size_t i, bool line_start)
{
	char c = in.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 < in.n && !at_crlf(in, i + 1);
	if (c <= ' ' || c >= 0x7f || c == '=')
		return false;
	return !(line_start && c == 'F' && in.n - i >= 5 && memcmp(in.p + i, "From ", 5) == 0);
}

enum message_encoding message_encoding_choose(struct span text)
{
	size_t line = 0, encoded = 0, longest = 0;
	bool ascii = true;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (at_crlf(text, i)) {
			i++;
			line = 0;
			continue;
		}
		/* White space at a line's end survives 7bit; only QP must encode it. */
		if (!qp_plain(text, i, line == 0)) {
			encoded++;
			ascii = ascii && (c == '=' || c == ' ' || c == '\t');
		}
		if (++line > longest)
			longest = line;
	}
	if (ascii && longest <= MESSAGE_LINE_MAX)
		return MESSAGE_ENCODING_7BIT;
	return encoded <= text.n / 2 ? MESSAGE_ENCODING_QP : MESSAGE_ENCODING_BASE64;
}

int message_base64_put(struct buf *out, struct span in)
{
	enum { CHUNK = MESSAGE_ENCODED_LINE / 4 * 3 };

	for (size_t i = 0; i < in.n && !out->err; i += CHUNK) {
		base64_encode(out, span_sub(in, i, CHUNK));
		buf_puts(out, "\r\n");
	}
	return out->err;
}

uint64_t message_base64_size(uint64_t n)
{
	const uint64_t line = MESSAGE_ENCODED_LINE / 4 * 3;

	return (n + 2) / 3 * 4 + (n + line - 1) / line * 2;
}

int message_qp_put(struct buf *out, struct span in)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0;
	bool line_start = true;

	for (size_t i = 0; i < in.n && !out->err; i++) {
		unsigned char c = (unsigned char)in.p[i];
		bool plain;

		if (at_crlf(in, i)) {
			buf_puts(out, "\r\n");
			i++;
			column = 0;
			line_start = true;
			continue;
		}
		plain = qp_plain(in, i, line_start);
		line_start = false;
		if (column + (plain ? 1 : 3) > MESSAGE_ENCODED_LINE - 1) {
			buf_puts(out, "=\r\n");
			column = 0;
			/* A soft break makes a new line, so that rule holds here too; and what was
			 * no boundary must not look like one now. */
			plain = plain && c != '-' && qp_plain(in, i, true);
		}
		if (plain)
			buf_putc(out, (char)c);
		else
			buf_put(out, span_make((char[]){ '=', hex[c >> 4], hex[c & 15] }, 3));
		column += plain ? 1 : 3;
	}
	return out->err;
}

int message_encode_put(struct buf *out, enum message_encoding e, struct span in)
{
	if (e == MESSAGE_ENCODING_BASE64)
		return message_base64_put(out, in);
	return e == MESSAGE_ENCODING_QP ? message_qp_put(out, in) : buf_put(out, in);
}

/* wire/message/write/leaf.c - see leaf.h. */
#include "wire/message/write/leaf.h"
#include "base/base64.h"

void message_boundary_print(char level, uint64_t seed, char out[MESSAGE_BOUNDARY_BYTES])
{
	out[0] = '=';
	out[1] = '_';
	out[2] = level;
	id_print(seed, out + 3);
}

enum message_encoding message_leaf_encoding(struct span octets)
{
	enum message_encoding e = message_encoding_choose(octets);

	if (e == MESSAGE_ENCODING_7BIT && span_find_span(octets, SPAN("--=_")) >= 0)
		return MESSAGE_ENCODING_QP;
	return e;
}

int message_leaf_put_text(struct buf *out, const char *type, struct span text)
{
	enum message_encoding e = message_leaf_encoding(text);

	buf_printf(out,
	           "Content-Type: %s; charset=utf-8\r\n"
	           "Content-Transfer-Encoding: %s\r\n\r\n",
	           type, message_encoding_name(e));
	return message_encode_put(out, e, text);
}

int message_multipart_begin(struct buf *out, const char *type, const char *boundary)
{
	return buf_printf(out, "Content-Type: %s;\r\n boundary=\"%s\"\r\n\r\n", type, boundary);
}

int message_multipart_next(struct buf *out, const char *boundary, bool last)
{
	return buf_printf(out, "\r\n--%s%s\r\n", boundary, last ? "--" : "");
}

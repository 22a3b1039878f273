/* wire/http/xml.c - see xml.h. */
#include "wire/http/xml.h"

#include "base/utf8.h"

enum { INSTEAD = 0xFFFD };

bool http_xml_may(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0xD800 || (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

static int put_one(struct buf *out, uint32_t c)
{
	char octets[4];

	switch (c) {
	case '&': return buf_puts(out, "&amp;");
	case '<': return buf_puts(out, "&lt;");
	case '>': return buf_puts(out, "&gt;");
	case '"': return buf_puts(out, "&quot;");
	case '\'': return buf_puts(out, "&apos;");
	case '\t':
	case '\n':
	case '\r': return buf_printf(out, "&#%u;", (unsigned)c); /* else a reader changes them */
	default: return buf_put(out, span_make(octets, utf8_encode(c, octets)));
	}
}

int http_xml_put(struct buf *out, struct span text)
{
	while (text.n) {
		uint32_t c;

		if (utf8_next(&text, &c) < 0 || !http_xml_may(c))
			c = INSTEAD;
		put_one(out, c);
	}
	return out->err;
}

int http_xml_element(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, "<%s>", name);
	http_xml_put(out, text);
	return buf_printf(out, "</%s>\n", name);
}

/* What autodiscover is asked; and what is put as XML is read as what it was. */
#include "fuzz.h"

#include "base/buf.h"
#include "wire/http/autodiscover.h"
#include "wire/http/xml.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* An address that was read, asked for once more, is the same. */
static void again(struct span address)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF xml = BUF(HTTP_AUTODISCOVER_MAX * 8);
	struct http_autodiscover got;

	buf_puts(&xml, "<Autodiscover><Request>");
	http_xml_element(&xml, "EMailAddress", address);
	buf_puts(&xml, "</Request></Autodiscover>");
	MUST(!xml.err);
	if (xml.n <= HTTP_AUTODISCOVER_MAX)
		MUST(http_autodiscover_parse(buf_span(&xml), &mem, &got) >= 0 &&
		     span_eq(got.address, address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct http_autodiscover got;
	int r = http_autodiscover_parse(span_make(data, size), &mem, &got);

	if (r < 0) {
		MUST(*err_str(r));
		return 0;
	}
	MUST(got.address.n && size <= HTTP_AUTODISCOVER_MAX);
	MUST(!is_space(*got.address.p) && !is_space(got.address.p[got.address.n - 1]));
	again(got.address);
	return 0;
}

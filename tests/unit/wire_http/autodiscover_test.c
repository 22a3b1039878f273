/* What Microsoft's autodiscover is asked (wire/http/autodiscover.h; [MS-OXDSCLI] 2.2.3). */
#include "wire/http/autodiscover.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "test.h"

#define IN(inner) "<Autodiscover><Request>" inner "</Request></Autodiscover>"

/* In a block of its exact size. */
static int parse(struct span text, struct arena *mem, struct http_autodiscover *out)
{
	char *p = malloc(text.n ? text.n : 1);

	memcpy(p, text.p, text.n);
	int r = http_autodiscover_parse(span_make(p, text.n), mem, out);
	free(p);
	return r;
}

TEST(requests)
{
	static const struct {
		struct span xml;
		const char *address, *schema;
	} rows[] = {
		{ SPAN("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
		       "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/"
		       "outlook/requestschema/2006\"><Request>\r\n"
		       "<EMailAddress>ann@home.test</EMailAddress>\r\n"
		       "<AcceptableResponseSchema>http://x/2006a</AcceptableResponseSchema>\r\n"
		       "</Request></Autodiscover>\r\n"),
		  "ann@home.test", "http://x/2006a" },
		{ SPAN(IN("<EMailAddress> a&amp;b&#64;&#x68;ome.test\n</EMailAddress>")),
		  "a&b@home.test", "" },
		{ SPAN(IN("<LegacyDN>a<x>b</x></LegacyDN><EMailAddress>a@b</EMailAddress>")), "a@b",
		  "" },
		{ SPAN("<!-- > --><a:Autodiscover xmlns:a='u>u' ><a:Request><x/><a:EMailAddress >"
		       "a@b</a:EMailAddress ></a:Request></a:Autodiscover>"),
		  "a@b", "" },
		/* what stands elsewhere is not meant */
		{ SPAN("<Autodiscover><x><EMailAddress>no@x</EMailAddress></x><Request>"
		       "<x><EMailAddress>no@x</EMailAddress></x><EMailAddress>a@b</EMailAddress>"
		       "</Request></Autodiscover>"),
		  "a@b", "" },
	};

	EACH_ROW(rows) {
		AUTO_ARENA mem = { 0 };
		struct http_autodiscover got;

		CHECK_INT(parse(rows[row].xml, &mem, &got), 0);
		CHECK(span_eq(got.address, span_str(rows[row].address)));
		CHECK(span_eq(got.schema, span_str(rows[row].schema)));
	}
}

TEST(requests_that_are_none)
{
	static const struct span rows[] = {
		SPAN(""),
		SPAN("ann@home.test"),
		SPAN("<"),
		SPAN("<Autodiscover"),
		SPAN("<Autodiscover/>"),
		SPAN(IN("")),
		SPAN(IN("<EMailAddress></EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b</EMailAddress>") "x"),
		SPAN(IN("<EMailAddress>a@b</EMailAddress>") "<x/>"),
		SPAN(IN("<EMailAddress>a@b</EMailAddress><EMailAddress>c@d</EMailAddress>")),
		SPAN(IN("<EMailAddress>a<!-- -->@b</EMailAddress>")),
		SPAN(IN("<EMailAddress>a<b/>@b</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b</emailaddress>")),
		SPAN(IN("<EMailAddress>&e;</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b&#0;</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b&#xD800;</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b&#99999999999999999999;</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b&amp</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b\xFF</EMailAddress>")),
		SPAN(IN("<EMailAddress>a@b\0</EMailAddress>")),
		SPAN(IN("<EMailAddress><![CDATA[a@b]]></EMailAddress>")),
		SPAN(IN("<EMailAddress x>a@b</EMailAddress>")),
		SPAN(IN("<EMailAddress x=y>a@b</EMailAddress>")),
		SPAN(IN("<EMailAddress x='<'>a@b</EMailAddress>")),
		SPAN("<!DOCTYPE x [<!ENTITY e \"a@b\">]>" IN("<EMailAddress>&e;</EMailAddress>")),
		SPAN("<Autodiscover><Request><EMailAddress>a@b</EMailAddress></Request>"),
		SPAN("<a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a>"),
		SPAN("<Request><EMailAddress>a@b</EMailAddress></Request>"),
	};

	EACH_ROW(rows) {
		AUTO_ARENA mem = { 0 };
		struct http_autodiscover got;

		CHECK_INT(parse(rows[row], &mem, &got), ERR_SYNTAX);
	}
}

TEST(one_that_is_too_long)
{
	AUTO_BUF xml = BUF(HTTP_AUTODISCOVER_MAX + 100);
	AUTO_ARENA mem = { 0 };
	struct http_autodiscover got;

	buf_puts(&xml, IN("<EMailAddress>a@b</EMailAddress>"));
	while (xml.n < HTTP_AUTODISCOVER_MAX)
		buf_putc(&xml, ' ');
	CHECK_INT(parse(buf_span(&xml), &mem, &got), 0);
	buf_putc(&xml, ' ');
	CHECK_INT(parse(buf_span(&xml), &mem, &got), ERR_SYNTAX);
}

/* Text as XML has it (wire/http/xml.h). */
#include "wire/http/xml.h"

#include "test.h"

TEST(what_means_something_is_escaped)
{
	static const struct {
		struct span text;
		const char *xml;
	} rows[] = {
		{ SPAN("a@home.test"), "a@home.test" },
		{ SPAN("<a href=\"x\">'&amp;"), "&lt;a href=&quot;x&quot;&gt;&apos;&amp;amp;" },
		{ SPAN("]]>"), "]]&gt;" },
		{ SPAN("b\xC3\xBC\n"), "b\xC3\xBC&#10;" },
		/* XML 1.0 2.2: not even as a number */
		{ SPAN("\0\x01\x1B\xEF\xBF\xBE\xFF"),
		  "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
	};

	EACH_ROW(rows) {
		AUTO_BUF out = BUF(1000);

		CHECK_INT(http_xml_put(&out, rows[row].text), 0);
		CHECK(span_eq(buf_span(&out), span_str(rows[row].xml)));
	}
}

TEST(an_element)
{
	AUTO_BUF out = BUF(1000);

	CHECK_INT(http_xml_element(&out, "domain", SPAN("a&b")), 0);
	CHECK(span_eq(buf_span(&out), SPAN("<domain>a&amp;b</domain>\n")));
}

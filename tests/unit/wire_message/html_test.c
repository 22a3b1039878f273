/* wire/message/html.h and filetype.h. */
#include "test.h"

#include "wire/message/write/filetype.h"
#include "wire/message/write/html.h"

TEST(html_becomes_text)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN(""), SPAN("") },
		{ SPAN("<p></p>"), SPAN("") },
		{ SPAN("a  b\r\n\tc"), SPAN("a b c\r\n") },
		{ SPAN("<p>a</p>\n<p>b</p>"), SPAN("a\r\n\r\nb\r\n") },
		{ SPAN("a<br>b<br/><br>c"), SPAN("a\r\nb\r\n\r\nc\r\n") },
		{ SPAN("<div>a</div><div>b</div>"), SPAN("a\r\nb\r\n") },
		{ SPAN("<ul><li>a<li>b</ul>c"), SPAN("- a\r\n- b\r\n\r\nc\r\n") },
		{ SPAN("<tr><td>a</td><td>b</td></tr><tr><td>c"), SPAN("a b\r\nc\r\n") },
		{ SPAN("<b>a</b><i>b</i>"), SPAN("ab\r\n") },
		{ SPAN("<html><head><title>t</title><style>p{}</style></head>a"), SPAN("a\r\n") },
		{ SPAN("a<script>if (1 < 2) '</p>'</SCRIPT >b"), SPAN("ab\r\n") },
		{ SPAN("a<script>b"), SPAN("a\r\n") },
		{ SPAN("a<!-- <p> > -->b<!DOCTYPE x>c<?x?>"), SPAN("abc\r\n") },
		{ SPAN("a<!-- b"), SPAN("a\r\n") },
		{ SPAN("<a href=\"x>y\">z</a>"), SPAN("z\r\n") },
		{ SPAN("<a href='x"), SPAN("") },
		{ SPAN("1 < 2 <3 & 4"), SPAN("1 < 2 <3 & 4\r\n") },
		{ SPAN("&lt;p&gt; &amp;amp; &quot;&apos;&euro;&nbsp;x"),
		  SPAN("<p> &amp; \"'\xe2\x82\xac x\r\n") },
		{ SPAN("&#65;&#x42;&#X43;&#8364;"), SPAN("ABC\xe2\x82\xac\r\n") },
		{ SPAN("&unknown; &#; &#x; &#xg; &"), SPAN("&unknown; &#; &#x; &#xg; &\r\n") },
		{ SPAN("&#xd800;&#x110000;&#99999999;"),
		  SPAN("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\r\n") },
		{ SPAN("a&#13;&#10;b&#27;c"), SPAN("a b c\r\n") },
		{ SPAN("\xc3\xa9"), SPAN("\xc3\xa9\r\n") },
		{ SPAN("<"), SPAN("<\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(200);

		CHECK_INT(message_html_text(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

TEST(filetype_guesses)
{
	static const struct {
		struct span name, type;
	} t[] = {
		{ SPAN("a.pdf"), SPAN("application/pdf") },
		{ SPAN("a.b.JPG"), SPAN("image/jpeg") },
		{ SPAN("a"), SPAN("application/octet-stream") },
		{ SPAN("a."), SPAN("application/octet-stream") },
		{ SPAN(".pdf"), SPAN("application/pdf") },
		{ SPAN("pdf"), SPAN("application/octet-stream") },
		{ SPAN("a.pdf.exe"), SPAN("application/octet-stream") },
		{ SPAN(""), SPAN("application/octet-stream") },
	};
	EACH_ROW(t)
		CHECK_SPAN(message_filetype(exact(t[row].name)), t[row].type);
}

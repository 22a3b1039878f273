/* wire/message/param.h: RFC 2045 5.1, RFC 2231 3-4. */
#include "test.h"

#include "base/clock.h"
#include "wire/message/param.h"

TEST(params_read)
{
	static const struct {
		struct span in, value, name, out;
		int r;
	} t[] = {
		{ SPAN(" text/plain; charset=utf-8"), SPAN("text/plain"), SPAN("charset"),
		  SPAN("utf-8"), 1 },
		{ SPAN("text/plain"), SPAN("text/plain"), SPAN("charset"), SPAN(""), 0 },
		{ SPAN("text/plain;CHARSET=\"utf-8\" (x)"), SPAN("text/plain"), SPAN("charset"),
		  SPAN("utf-8"), 1 },
		{ SPAN("(x) text/plain (y);\r\n\tcharset = (z) us-ascii ; a=b"), SPAN("text/plain"),
		  SPAN("charset"), SPAN("us-ascii"), 1 },
		{ SPAN("a; x=\"b;c\\\"d\\\\\"; y=z"), SPAN("a"), SPAN("x"), SPAN("b;c\"d\\"), 1 },
		{ SPAN("a; x=\"b;y=no\"; y=z"), SPAN("a"), SPAN("y"), SPAN("z"), 1 },
		{ SPAN("a; x=1; x=2"), SPAN("a"), SPAN("x"), SPAN("1"), 1 },
		{ SPAN("a;;; x=1"), SPAN("a"), SPAN("x"), SPAN("1"), 1 },
		{ SPAN("a; junk; x=1"), SPAN("a"), SPAN("x"), SPAN("1"), 1 },
		{ SPAN("a; x=1 \r\n ;y"), SPAN("a"), SPAN("x"), SPAN("1"), 1 },
		{ SPAN("a; y z\"; x=2\"; x=1"), SPAN("a"), SPAN("x"), SPAN("1"), 1 },
		{ SPAN("a; xy=1"), SPAN("a"), SPAN("x"), SPAN(""), 0 },
		{ SPAN("a; x="), SPAN("a"), SPAN("x"), SPAN(""), 1 },
		{ SPAN("a; x=\"open"), SPAN("a"), SPAN("x"), SPAN("open"), 1 },
		{ SPAN("a; x=\"open\\"), SPAN("a"), SPAN("x"), SPAN("open\\"), 1 },
		{ SPAN("a; x=my file.txt; y"), SPAN("a"), SPAN("x"), SPAN("my file.txt"), 1 },
		{ SPAN("a; (open x=1"), SPAN("a"), SPAN("x"), SPAN(""), 0 },
		/* RFC 2231 4 */
		{ SPAN("a; x*=utf-8''%E2%82%AC%20x"), SPAN("a"), SPAN("x"), SPAN("\xe2\x82\xac x"),
		  2 },
		{ SPAN("a; x*=iso-8859-1'en'%e9"), SPAN("a"), SPAN("x"), SPAN("\xc3\xa9"), 2 },
		{ SPAN("a; x*=no%2fquotes"), SPAN("a"), SPAN("x"), SPAN("no/quotes"), 2 },
		{ SPAN("a; x*=u''%zz%4"), SPAN("a"), SPAN("x"), SPAN("%zz%4"), 2 },
		{ SPAN("a; x=plain; x*=utf-8''ext"), SPAN("a"), SPAN("x"), SPAN("ext"), 2 },
		/* RFC 2231 3: in any order, mixed; the plain one where the first piece is missing
		 */
		{ SPAN("a; x*1=b; x*0=a"), SPAN("a"), SPAN("x"), SPAN("ab"), 2 },
		{ SPAN("a; x*0*=utf-8''%E2%82; x*1*=%AC; x*2=\"%20\""), SPAN("a"), SPAN("x"),
		  SPAN("\xe2\x82\xac%20"), 2 },
		{ SPAN("a; x*0=a; x*2=c"), SPAN("a"), SPAN("x"), SPAN("a"), 2 },
		{ SPAN("a; x*1=b; x=c"), SPAN("a"), SPAN("x"), SPAN("c"), 1 },
		{ SPAN("a; x*1=b"), SPAN("a"), SPAN("x"), SPAN(""), 0 },
		{ SPAN("a; x*0=a; x*0=b"), SPAN("a"), SPAN("x"), SPAN("a"), 2 },
		{ SPAN("a; x*100=a; x*-1=a; x*99999999999999999999=b"), SPAN("a"), SPAN("x"),
		  SPAN(""), 0 },
		/* controls become spaces */
		{ SPAN("a; x*=utf-8''a%0D%0Ab%00"), SPAN("a"), SPAN("x"), SPAN("a  b "), 2 },
		{ SPAN("a; x=\"b\r\n c\""), SPAN("a"), SPAN("x"), SPAN("b c"), 1 },
		{ SPAN("a; x=\xff"), SPAN("a"), SPAN("x"), SPAN("\xef\xbf\xbd"), 1 },
		{ SPAN(""), SPAN(""), SPAN("x"), SPAN(""), 0 },
		{ SPAN(";"), SPAN(""), SPAN("x"), SPAN(""), 0 },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);
		struct message_params p;

		message_params_begin(&p, exact(t[row].in));
		CHECK_SPAN(p.value, t[row].value);
		CHECK_INT(message_param_get(&p, t[row].name, &out), t[row].r);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

/* threats: Dovecot's CVE-2026-27859, unbounded RFC 2231 pieces. */
TEST(params_are_capped)
{
	static const struct {
		const char *format; /* %d is the number of the parameter */
		int n;
		size_t out_n;
	} t[] = {
		{ "; x*%d=a", MESSAGE_PARAM_PIECES_MAX, MESSAGE_PARAM_PIECES_MAX },
		{ "; x*%d=a", 100000, MESSAGE_PARAM_PIECES_MAX },
		{ "; y%d=a; x*0=b", MESSAGE_PARAMS_MAX / 2, 1 },
		{ "; y%1$d=a; z%1$d=a; z%1$d=a", 100000, 0 },
		{ "; x*%d*=utf-8''%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41"
		  "%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41%%41"
		  "%%41%%41%%41%%41%%41%%41%%41%%41",
		  99, MESSAGE_PARAM_BYTES_MAX },
	};
	EACH_ROW(t) {
		AUTO_BUF in = BUF(16 << 20);
		AUTO_BUF out = BUF(16 << 20);
		struct message_params p;
		int r;

		buf_puts(&in, "a");
		for (int i = 0; i < t[row].n; i++)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			buf_printf(&in, t[row].format, i);
#pragma GCC diagnostic pop
		message_params_begin(&p, exact(buf_span(&in)));
		r = message_param_get(&p, SPAN("x"), &out);
		CHECK_INT(r, t[row].out_n ? 2 : 0);
		CHECK_INT(out.n, t[row].out_n);
	}
}

TEST(type_splits)
{
	static const struct {
		struct span in, type, subtype;
		bool ok;
	} t[] = {
		{ SPAN("text/plain"), SPAN("text"), SPAN("plain"), true },
		{ SPAN("application/vnd.x+y"), SPAN("application"), SPAN("vnd.x+y"), true },
		{ SPAN("text"), SPAN(""), SPAN(""), false },
		{ SPAN("text/"), SPAN(""), SPAN(""), false },
		{ SPAN("/plain"), SPAN(""), SPAN(""), false },
		{ SPAN("text/plain/x"), SPAN(""), SPAN(""), false },
		{ SPAN("text/pl ain"), SPAN(""), SPAN(""), false },
		{ SPAN("text/plain\r"), SPAN(""), SPAN(""), false },
		{ SPAN(""), SPAN(""), SPAN(""), false },
	};
	EACH_ROW(t) {
		struct span type = { 0 }, subtype = { 0 };

		CHECK_INT(message_type_split(exact(t[row].in), &type, &subtype), t[row].ok);
		CHECK_SPAN(type, t[row].type);
		CHECK_SPAN(subtype, t[row].subtype);
	}
}

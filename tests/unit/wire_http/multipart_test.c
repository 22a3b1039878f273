/* Forms with files (wire/http/multipart.h). */
#include "wire/http/multipart.h"

#include "base/buf.h"
#include "test.h"

#define TYPE "multipart/form-data; boundary=bb"

/* All that is told of a form that comes in pieces of `step`. */
static int tell(struct span in, size_t step, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	struct http_multipart m;
	struct http_part part;
	struct span window = span_sub(in, 0, 0), data;
	int r = http_multipart_begin(&m, SPAN(TYPE));

	buf_reset(out);
	while (r >= 0 && r != HTTP_PARTS_OVER) {
		r = http_multipart_take(&m, &window, &mem, &part, &data);
		if (r == HTTP_PART_BEGIN)
			buf_printf(out, "<%.*s|%.*s|%.*s>", SPAN_ARG(part.name),
			           SPAN_ARG(part.file_name), SPAN_ARG(part.type));
		else if (r == HTTP_PART_DATA)
			buf_put(out, data);
		else if (r == HTTP_PART_END)
			buf_puts(out, "</>");
		if (r != HTTP_PART_MORE)
			continue;
		size_t left = (size_t)(in.p + in.n - (window.p + window.n));
		if (!left)
			return r;
		window.n += left < step ? left : step;
	}
	return r;
}

#define HEAD(parameters) "--bb\r\nContent-Disposition: form-data; " parameters "\r\n\r\n"

TEST(forms)
{
	static const struct {
		const char *form, *told;
	} t[] = {
		{ HEAD("name=\"a\"") "x\r\n--bb--\r\n", "<a||>x</>" },
		{ "\r\n" HEAD("name=a") "\r\n--bb--", "<a||></>" },
		{ HEAD("name=a") "--bb--", "<a||></>" }, /* RFC 2046 5.1.1: no body at all */
		{ HEAD("name=a") "1\r\n" HEAD("name=b") "\r\n--b\r\n--bb--",
		  "<a||>1</><b||>\r\n--b</>" },
		{ HEAD("name=\"a\"; filename=\"C:\\x\\q.pdf\"") "x\r\n--bb--", "<a|q.pdf|>x</>" },
		{ HEAD("name=\"a\"; filename=\"../../etc/passwd\"") "x\r\n--bb--",
		  "<a|passwd|>x</>" },
		{ HEAD("name=\"a\"; filename=\"1%22%0D%0a%41\\\"\\\\2\"") "x\r\n--bb--",
		  "<a|2|>x</>" },
		{ HEAD("name=\"1%22%0D%0a%41\\\"2\"") "x\r\n--bb--", "<1\"\r\n%41\"2||>x</>" },
		{ "--bb  \r\nContent-Type: a/b; c=d\r\nX-Y: "
		  "z\r\ncontent-disposition:form-data;name=a\r\n"
		  "Content-Transfer-Encoding: binary\r\n\r\nx\r\n--bb--",
		  "<a||a/b; c=d>x</>" },
	};
	AUTO_BUF out = BUF(4096);

	EACH_ROW(t)
		for (size_t step = 1; step < 80; step++) {
			CHECK_INT(tell(span_str(t[row].form), step, &out), HTTP_PARTS_OVER);
			CHECK_SPAN(buf_span(&out), span_str(t[row].told));
		}
}

TEST(what_is_no_form)
{
	static const char *const t[] = {
		"preamble\r\n--bb\r\n\r\n",
		"--bb\r\n\r\nx\r\n--bb--",
		"--bb\r\nContent-Type: text/plain\r\n\r\nx\r\n--bb--",
		"--bb\r\nnothing\r\n\r\nx\r\n--bb--",
		"--bbb\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--bb--",
		"--bb\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--bb--",
		"--bb\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n--bb--",
		"--bb\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--bb--",
		"--bb\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--bb--",
	};
	AUTO_BUF out = BUF(4096);

	for (size_t i = 0; i < N_ELEMS(t); i++)
		for (size_t step = 1; step < 80; step++)
			CHECK_INT(tell(span_str(t[i]), step, &out), ERR_SYNTAX);
}

TEST(what_goes_on)
{
	static const char *const t[] = { "--b",
		                         "--bb",
		                         "--bb-",
		                         "--bb\r\nContent-",
		                         HEAD("name=a"),
		                         HEAD("name=a") "x\r\n--b",
		                         HEAD("name=a") "x\r\n--bb" };
	AUTO_BUF out = BUF(4096);

	for (size_t i = 0; i < N_ELEMS(t); i++)
		CHECK_INT(tell(span_str(t[i]), 1, &out), HTTP_PART_MORE);
}

TEST(a_head_is_bounded)
{
	AUTO_BUF form = BUF(3 * HTTP_PART_HEAD_MAX);
	AUTO_BUF out = BUF(4096);

	buf_puts(&form, "--bb\r\nX: ");
	for (int i = 0; i < HTTP_PART_HEAD_MAX; i++)
		buf_putc(&form, 'x');
	CHECK_INT(tell(buf_span(&form), 100, &out), ERR_SYNTAX);
	buf_puts(&form, "\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--bb--");
	CHECK_INT(tell(buf_span(&form), form.n, &out), ERR_SYNTAX);
}

TEST(boundaries)
{
	static const struct {
		const char *type;
		int r;
	} t[] = {
		{ "multipart/form-data; boundary=x", 0 },
		{ "Multipart/Form-Data ; charset=utf-8; Boundary=\"x y\"", 0 },
		{ "multipart/form-data", ERR_SYNTAX },
		{ "multipart/form-data; boundary=", ERR_SYNTAX },
		{ "multipart/form-data; boundary", ERR_SYNTAX },
		{ "multipart/form-data; boundary=\"x", ERR_SYNTAX },
		{ "multipart/form-data; boundary="
		  "12345678901234567890123456789012345678901234567890123456789012345678901",
		  ERR_SYNTAX },
		{ "application/json", ERR_NOT_FOUND },
		{ "", ERR_NOT_FOUND },
	};
	struct http_multipart m;
	AUTO_BUF long_one = BUF(16384);

	CHECK_INT(http_multipart_begin(&m, SPAN("multipart/form-data; boundary=BB; charset=CC")),
	          0);
	CHECK_SPAN(span_make(m.delimiter, m.delimiter_n), SPAN("\r\n--BB"));
	buf_puts(&long_one, "multipart/form-data; boundary=BB; x=");
	for (int i = 0; i < 6000; i++)
		buf_putc(&long_one, 'C');
	CHECK_INT(http_multipart_begin(&m, buf_span(&long_one)), 0);
	CHECK_SPAN(span_make(m.delimiter, m.delimiter_n), SPAN("\r\n--BB"));
	EACH_ROW(t)
		CHECK_INT(http_multipart_begin(&m, span_str(t[row].type)), t[row].r);
}

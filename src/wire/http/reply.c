/* wire/http/reply.c - see reply.h. */
#include "wire/http/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

enum { VALUE_MAX = 1024 };

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 100, "Continue" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 207, "Multi-Status" },
	{ 301, "Moved Permanently" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

const char *http_status_text(int status)
{
	for (size_t i = 0; i < N_ELEMS(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "";
}

void http_reply_begin(struct buf *out, int status, int64_t now_ms)
{
	buf_printf(out, "HTTP/1.1 %d %s\r\n", status, http_status_text(status));
	buf_puts(out, "Date: ");
	clock_put_http(out, now_ms);
	buf_puts(out, "\r\nServer: Postrider\r\n");
}

void http_reply_field(struct buf *out, const char *name, const char *fmt, ...)
{
	char value[VALUE_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(value, sizeof value, fmt, ap);
	va_end(ap);
	buf_printf(out, "%s: ", name);
	for (int i = 0; i < n && i < (int)sizeof value - 1; i++)
		buf_putc(out, (unsigned char)value[i] < 0x20 || value[i] == 0x7f ? ' ' : value[i]);
	buf_puts(out, "\r\n");
}

void http_reply_end(struct buf *out)
{
	buf_puts(out, "\r\n");
}

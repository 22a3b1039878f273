/* httpd/unsubscribe.c - a link by which a recipient wants no more: RFC 8058.
 *
 * Who looks at it (a scanner, a preview) changes nothing; a POST does, whoever sends it: the mail
 * program, or a person by the button.
 */
#include "calls/suppressions.h"
#include "httpd/session.h"
#include "wire/http/xml.h"

#define HEAD                                                                                       \
	"<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"                              \
	"<meta name=\"viewport\" content=\"width=device-width\">"                                  \
	"<title>Unsubscribe</title>\n"

enum { PAGE_ROOM = 16 << 10 };

static void put_what(struct buf *out, const struct suppressions_unsubscribe_reply *got)
{
	buf_puts(out, "<b>");
	http_xml_put(out, got->address);
	buf_puts(out, "</b>");
	if (got->list.n) {
		buf_puts(out, " (list ");
		http_xml_put(out, got->list);
		buf_puts(out, ")");
	}
}

static WAITS int answer(struct httpd_request *q, int status, const struct buf *page)
{
	static const struct span fields =
	        SPAN("Content-Security-Policy: default-src 'none'; form-action 'self'; "
	             "frame-ancestors 'none'\r\n"
	             "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n");

	return page->err ? page->err
	                 : httpd_answer(q, status, "text/html; charset=utf-8", fields,
	                                buf_span(page)); /* WAITS */
}

WAITS int httpd_unsubscribe(struct httpd_request *q)
{
	const bool posts = q->head.method == HTTP_POST;
	const struct suppressions_unsubscribe_args a = { q->segments[1], !posts };
	struct suppressions_unsubscribe_reply got;
	AUTO_BUF page = BUF(PAGE_ROOM);
	int r = suppressions_unsubscribe(&a, &q->mem, &got); /* WAITS */

	if (r < 0 && r != ERR_NOT_FOUND)
		return httpd_problem_of(q, r); /* WAITS */
	buf_puts(&page, HEAD);
	if (r == ERR_NOT_FOUND) {
		buf_puts(&page,
		         "<p>This link is not complete, or not of this server. Copy all of it "
		         "from the message.</p>\n");
	} else if (posts) {
		buf_puts(&page, "<p>No more is sent to ");
		put_what(&page, &got);
		buf_puts(&page, ".</p>\n");
	} else {
		buf_puts(&page, "<p>Shall no more be sent to ");
		put_what(&page, &got);
		buf_puts(&page, "?</p>\n<form method=\"post\">"
		                "<input type=\"hidden\" name=\"List-Unsubscribe\" "
		                "value=\"One-Click\"><button>Unsubscribe</button></form>\n");
	}
	return answer(q, r == ERR_NOT_FOUND ? 404 : 200, &page); /* WAITS */
}

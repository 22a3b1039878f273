/* httpd/openapi.c - GET /v1/openapi.json: what is described there is what is tested (OpenAPI 3.1).
 */
#include "httpd/session.h"

static const char text[] =
#include "httpd/openapi.json.inc"
        ;

WAITS int httpd_openapi(struct httpd_request *q)
{
	return httpd_answer(q, 200, "application/json", SPAN(""), SPAN(text)); /* WAITS */
}

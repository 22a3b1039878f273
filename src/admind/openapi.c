/* admind/openapi.c - GET /admin/v1/openapi.json: what is described there is what is tested. */
#include "admind/ops.h"

static const char text[] =
#include "admind/openapi.json.inc"
        ;

WAITS int admind_openapi(struct httpd_request *q)
{
	return httpd_answer(q, 200, "application/json", SPAN(""), SPAN(text)); /* WAITS */
}

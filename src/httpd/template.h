/* httpd/template.h - texts of a message with places for values, given with it or kept under a name.
 */
#ifndef HTTPD_TEMPLATE_H
#define HTTPD_TEMPLATE_H

#include "httpd/session.h"

/* What is to be sent: body itself with one more reference, or, where it has the members "template"
 * or "variables", one without these in which subject, text and html are filled in.  The caller's.
 * ERR_SYNTAX, ERR_LIMIT, ERR_TOO_LONG, and what the call returned. */
NODISCARD WAITS int httpd_template_fill(struct httpd_request *q, const json_t *body, json_t **out);

#endif

/* httpd/form.h - what a form of an account says: who gets what is filled in, and from where. */
#ifndef HTTPD_FORM_H
#define HTTPD_FORM_H

#include <jansson.h>

#include "base/err.h"
#include "base/span.h"

enum {
	FORM_ORIGINS_MAX = 20,
	FORM_FIELDS_MAX = 100,
	FORM_PER_HOUR = 100,
	FORM_PER_VISITOR = 10, /* an hour */
	FORM_MIN_TIME_MAX_MS = 60 * 60 * 1000,
};

/* Borrowed from the JSON. */
struct form {
	struct span name, to, subject, redirect, reply_to, honeypot;
	const json_t *origins, *required; /* arrays of texts; required NULL: none */
	int64_t min_time_ms, per_hour, per_visitor;
};

/* ERR_SYNTAX, with words that name the member. */
NODISCARD int form_read(json_t *body, struct form *out);
/* Of what Origin or Referer says: may such a page fill it in? */
bool form_has_origin(const struct form *f, struct span origin);

#endif

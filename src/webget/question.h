/* webget/question.h - what a web server is asked for; without libcurl's header, which not every
 * system has. */
#ifndef WEBGET_QUESTION_H
#define WEBGET_QUESTION_H

#include "base/span.h"

struct sockaddr;

/* What is posted. */
struct webget_post {
	const char *const *fields; /* each "Name: value" */
	size_t n_fields;
	struct span body;
};

/* Borrowed until it is answered. */
struct webget_question {
	const char *url;       /* https://HOST:PORT/PATH; http:// where it is permitted */
	const char *addresses; /* "HOST:PORT:192.0.2.1,[2001:db8::1]"; NULL: the host is one */
	const char *type;      /* of the content, in front of any parameters; NULL: any */
	int64_t ms;            /* all of it                                              */
	const struct webget_post *post; /* NULL: it is asked for by GET                   */
	bool may_be_clear;
	/* Asked of each address before it is connected to; NULL: any may be. */
	bool (*may)(const struct sockaddr *to, void *arg);
	void *arg;
};

#endif

/* webget/question.h - what a web server is asked for; without libcurl's header, which not every
 * system has. */
#ifndef WEBGET_QUESTION_H
#define WEBGET_QUESTION_H

#include <stdint.h>

/* Borrowed until it is answered. */
struct webget_question {
	const char *url;       /* https://HOST:PORT/PATH                     */
	const char *addresses; /* "HOST:PORT:192.0.2.1,[2001:db8::1]"        */
	const char *type;      /* of the content, in front of any parameters */
	int64_t ms;            /* all of it                                  */
};

#endif

/* webget/webget.h - one small text from a web server, or for one, by libcurl; who waits for its
 * sockets is not this folder's affair.
 *
 * Nothing is followed, kept or guessed: no redirect, no proxy, no cookie, no connection of before,
 * no name that libcurl would look up itself; TLS 1.2 and later, and a certificate that is good for
 * the host.
 */
#ifndef WEBGET_WEBGET_H
#define WEBGET_WEBGET_H

#include <curl/curl.h>

#include "base/buf.h"
#include "base/err.h"
#include "webget/question.h"

#define WEBGET_FUNCTIONS(X)                                                                        \
	X(easy_cleanup)                                                                            \
	X(easy_getinfo)                                                                            \
	X(easy_init)                                                                               \
	X(easy_setopt)                                                                             \
	X(easy_strerror)                                                                           \
	X(global_init)                                                                             \
	X(multi_add_handle)                                                                        \
	X(multi_assign)                                                                            \
	X(multi_cleanup)                                                                           \
	X(multi_info_read)                                                                         \
	X(multi_init)                                                                              \
	X(multi_remove_handle)                                                                     \
	X(multi_setopt)                                                                            \
	X(multi_socket_action)                                                                     \
	X(slist_append)                                                                            \
	X(slist_free_all)

/* Its functions, once it is loaded. */
#define WEBGET_POINTER(name) typeof(curl_##name) *name;
struct webget_curl {
	WEBGET_FUNCTIONS(WEBGET_POINTER)
};
#undef WEBGET_POINTER
extern struct webget_curl curl;

/* Loads it, once for the process, by whichever thread is the first.  ERR_UNAVAILABLE, with words:
 * it is not there. */
NODISCARD int webget_load(void);

struct webget {
	CURL *easy;
	struct webget_question asked;
	struct curl_slist *addresses, *fields;
	struct buf *body; /* its cap is the most that is taken */
	size_t n_taken;
	char words[CURL_ERROR_SIZE];
	bool too_big;
};

/* Ready to be added to a multi handle; arg: its CURLINFO_PRIVATE.  Of a post's answer what does not
 * fit body is dropped, and a connection may serve the next.  Which roots count is the
 * caller's to set on g->easy.  ERR_NO_MEMORY; webget_end is due all the same. */
NODISCARD int webget_begin(struct webget *g, const struct webget_question *q, struct buf *body,
                           void *arg);
/* It has ended with that code: 0 with status 200, of that type, and its body; else ERR_NET,
 * ERR_CERTIFICATE, ERR_TOO_BIG, ERR_TIMEOUT with words. */
NODISCARD int webget_judge(const struct webget *g, CURLcode code);
/* What was answered to a post: any status that is final, whatever became of what stood behind its
 * head.  A redirect is one, and is not followed.  Errors as webget_judge. */
struct webget_answer {
	int status;
	int64_t retry_after_s; /* 0: it said nothing of that */
};
NODISCARD int webget_answered(const struct webget *g, CURLcode code, struct webget_answer *out);
/* It is in no multi handle any more. */
void webget_end(struct webget *g);

#endif

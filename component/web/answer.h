/* component/web/answer.h - an answer of HTTP/1.1 as it comes, and what stands in its JSON.
 *
 * RFC 9112 4, 6, 7; RFC 8259.  Pure.
 */
#ifndef COMPONENT_WEB_ANSWER_H
#define COMPONENT_WEB_ANSWER_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/http/chunks.h"

enum { WEB_PIECE_MAX = 16 << 10, WEB_HEAD_MAX = 32 << 10, WEB_BODY_MAX = 8 << 20 };

struct web_answer {
	struct buf head, body;
	int status; /* 0: the head is not all there */
	bool chunked, closes, has_length;
	uint64_t left;
	struct http_chunks chunks;
	unsigned retry_after_s; /* 0: not said */
};

void web_answer_begin(struct web_answer *a);
void web_answer_fini(struct web_answer *a);
/* What has come, WEB_PIECE_MAX at most.  1: more is to come; 0: it is all there; ERR_SYNTAX,
 * ERR_TOO_LONG. */
NODISCARD int web_answer_take(struct web_answer *a, struct span octets);
/* The connection has ended: is it all there? */
bool web_answer_is_whole(const struct web_answer *a);

/* A member of an object, as it stands; empty: it is not there.  ERR_SYNTAX: it is no object. */
NODISCARD int web_member(struct span object, const char *name, struct span *out);
/* The next element of an array, as it stands.  1; 0: there is no other; ERR_SYNTAX.  At first *at
 * is the array as it stands. */
NODISCARD int web_element(struct span *at, struct span *out);

#endif

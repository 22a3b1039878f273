/* httpd/challenge.c - see challenge.h. */
#include "httpd/challenge.h"

static struct challenge {
	char token[CHALLENGE_TOKEN_MAX + 1]; /* empty: free */
	char key[CHALLENGE_KEY_MAX + 1];
} table[CHALLENGES_MAX];

static struct challenge *find(struct span token)
{
	for (struct challenge *c = table; c < table + CHALLENGES_MAX; c++)
		if (span_eq(span_str(c->token), token))
			return c;
	return NULL;
}

static bool is_token(struct span s, size_t max, const char *more)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-_";

	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || (!strchr(letters, s.p[i]) && !strchr(more, s.p[i])))
			return false;
	return s.n && s.n <= max;
}

int challenge_put(struct span token, struct span key)
{
	if (!is_token(token, CHALLENGE_TOKEN_MAX, "") || !is_token(key, CHALLENGE_KEY_MAX, "."))
		return err(ERR_SYNTAX, "no challenge's token");
	struct challenge *c = find(token);
	if (!c)
		c = find(SPAN(""));
	if (!c)
		return err(ERR_LIMIT, "more than %d challenges at once", CHALLENGES_MAX);
	*c = (struct challenge){ 0 };
	memcpy(c->token, token.p, token.n);
	memcpy(c->key, key.p, key.n);
	return 0;
}

void challenge_drop(struct span token)
{
	struct challenge *c = token.n ? find(token) : NULL;

	if (c)
		*c = (struct challenge){ 0 };
}

WAITS int challenge_serve(struct httpd_request *q)
{
	struct span token = q->head.path;
	struct challenge *c;

	if (q->head.method != HTTP_GET || !span_eat(&token, SPAN("/.well-known/acme-challenge/")) ||
	    !token.n || !(c = find(token)))
		return 0;
	int r = httpd_answer(q, 200, "application/octet-stream", SPAN(""),
	                     span_str(c->key)); /* WAITS */
	return r < 0 ? r : 1;
}

/* wire/http/bearer.c - see bearer.h. */
#include "wire/http/bearer.h"

#include "base/base64.h"

#define BEGIN    SPAN("pr.")
#define OPERATOR SPAN("po.")

/* base64 to base64url (RFC 4648 5), or back. */
static void change_alphabet(struct span text, const char *from, const char *to, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		buf_putc(out, text.p[i] == from[0]   ? to[0]
		              : text.p[i] == from[1] ? to[1]
		                                     : text.p[i]);
}

int http_bearer_put(struct buf *out, struct span account, struct span secret)
{
	AUTO_BUF text = BUF(HTTP_BEARER_ACCOUNT_MAX);
	int r = base64_encode(&text, account);

	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	buf_put(out, BEGIN);
	change_alphabet(buf_span(&text), "+/", "-_", out);
	buf_putc(out, '.');
	buf_put(out, secret);
	return r < 0 ? r : out->err;
}

static int account_take(struct span text, struct buf *out)
{
	AUTO_BUF padded = BUF(HTTP_BEARER_ACCOUNT_MAX);

	change_alphabet(text, "-_", "+/", &padded);
	while (padded.n % 4)
		buf_putc(&padded, '=');
	return padded.err < 0 ? ERR_SYNTAX : base64_decode(buf_span(&padded), out);
}

static int take(struct span authorization, struct span *key)
{
	struct span word;

	if (!span_split(&authorization, ' ', &word) || !span_eq_nocase(word, SPAN("bearer")))
		return err(ERR_SYNTAX, "Authorization is not \"Bearer KEY\"");
	*key = span_trim(authorization);
	return 0;
}

int http_bearer_take(struct span authorization, struct buf *account, struct span *secret)
{
	struct span rest;
	int r = take(authorization, &rest);

	return r < 0 ? r : http_bearer_read(rest, account, secret);
}

int http_bearer_read(struct span token, struct buf *account, struct span *secret)
{
	struct span rest = token, word;

	if (!span_eat(&rest, BEGIN) || !span_split(&rest, '.', &word) ||
	    account_take(word, account) < 0 || !account->n || !rest.n)
		return err(ERR_SYNTAX, "this is no key of this server");
	*secret = rest;
	return 0;
}

int http_bearer_operator_put(struct buf *out, struct span secret)
{
	buf_put(out, OPERATOR);
	return buf_put(out, secret);
}

int http_bearer_operator_take(struct span authorization, struct span *secret)
{
	struct span rest;
	int r = take(authorization, &rest);

	if (r < 0)
		return r;
	if (!span_eat(&rest, OPERATOR) || !rest.n)
		return err(ERR_SYNTAX, "this is no key of the operator's");
	*secret = rest;
	return 0;
}

/* auth/unsubscribe.c - see unsubscribe.h.
 *
 * A token is its account, address and list, and an HMAC over them: nothing is kept, and it holds
 * for as long as the key does, since people unsubscribe from old mail as well.
 */
#include "auth/unsubscribe.h"

#include <openssl/crypto.h>

#include "auth/srs_key.h"
#include "calls/suppressions.h"
#include "rt/loop.h"
#include "ticket/ticket.h"
#include "wire/http/bearer.h"

enum { MAC_LETTERS = 20, NAMED_MAX = HTTP_BEARER_ACCOUNT_MAX / 4 * 3 };

static int sign(struct span named, char out[MAC_LETTERS])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char mac[32];
	AUTO_BUF octets = BUF(NAMED_MAX + 16);

	buf_put(&octets, SPAN("unsubscribe\0")); /* no address has that octet */
	int r = buf_put(&octets, named);
	if (r >= 0)
		r = srs_key_mac(buf_span(&octets), mac, NULL);
	for (size_t i = 0; r >= 0 && i < MAC_LETTERS; i++)
		out[i] = letters[mac[i] & 31];
	return r;
}

static WAITS int make(const struct unsubscribe_make_args *a, struct arena *mem,
                      struct unsubscribe_make_reply *out)
{
	AUTO_BUF named = BUF(NAMED_MAX), token = BUF(2 * HTTP_BEARER_ACCOUNT_MAX);
	char mac[MAC_LETTERS];
	struct ticket t;
	int r = ticket_open(a->ticket, loop_now_at(), mem, &t);

	if (r >= 0 && !(t.rights & TICKET_SUBMIT))
		r = err(ERR_TICKET, "a ticket for something else");
	if (r >= 0)
		r = buf_printf(&named, "%.*s\n%.*s\n%.*s", SPAN_ARG(t.account),
		               SPAN_ARG(a->address), SPAN_ARG(a->list));
	if (r == ERR_TOO_LONG)
		return err(r, "the recipient's address and the list's name are too long together "
		              "for a link to unsubscribe");
	if (r >= 0)
		r = sign(buf_span(&named), mac);
	if (r >= 0)
		r = http_bearer_put(&token, buf_span(&named), span_make(mac, sizeof mac));
	return r < 0 ? r : arena_copy(mem, buf_span(&token), &out->token);
}

static WAITS int read_token(const struct unsubscribe_read_args *a, struct arena *mem,
                            struct unsubscribe_read_reply *out)
{
	AUTO_BUF named = BUF(NAMED_MAX);
	struct span given, rest;
	char mac[MAC_LETTERS];

	if (http_bearer_read(a->token, &named, &given) < 0 || given.n != MAC_LETTERS)
		return err(ERR_NOT_FOUND, "that is no link to unsubscribe of this server");
	int r = sign(buf_span(&named), mac);
	if (r >= 0 && CRYPTO_memcmp(mac, given.p, sizeof mac) != 0)
		return err(ERR_NOT_FOUND, "that is no link to unsubscribe of this server");
	if (r >= 0)
		r = arena_copy(mem, buf_span(&named), &rest);
	if (r < 0)
		return r;
	span_split(&rest, '\n', &out->account);
	span_split(&rest, '\n', &out->address);
	out->list = rest;
	return 0;
}

void unsubscribe_serve(void)
{
	unsubscribe_make_serve(make);
	unsubscribe_read_serve(read_token);
}

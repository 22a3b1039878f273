/* wire/smtp/return_path.c - see return_path.h. */
#include "wire/smtp/return_path.h"

#include "base/base64.h"
#include "wire/smtp/path.h"

enum { HASH_LETTERS = 12, TAG_LETTERS = 2 + ID_TEXT_LEN + 1 + HASH_LETTERS };

/* Base 32 (RFC 4648 6), whose letters mean the same in either case. */
static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int hash(return_path_mac *mac, void *arg, struct span address, struct span id,
                char out[HASH_LETTERS])
{
	unsigned char octets[RETURN_PATH_MAC_BYTES];
	AUTO_BUF all = BUF(2 * SMTP_PATH_MAX);
	int r = buf_printf(&all, "%.*s=%.*s", SPAN_ARG(id), SPAN_ARG(address));

	for (size_t i = 0; r >= 0 && i < all.n; i++)
		all.p[i] = lower(all.p[i]);
	if (r >= 0)
		r = mac(buf_span(&all), octets, arg);
	for (size_t i = 0; r >= 0 && i < HASH_LETTERS; i++)
		out[i] = letters[octets[i] & 31];
	return r;
}

/* Its last part, behind the last +. */
static struct span tag_of(struct span local)
{
	ptrdiff_t plus = span_find_last(local, '+');

	return plus < 1 ? SPAN("") : span_sub(local, (size_t)plus + 1, local.n);
}

bool return_path_is(struct span local)
{
	struct span tag = tag_of(local);
	uint64_t id;

	return tag.n == TAG_LETTERS && span_starts_nocase(tag, SPAN("b-")) &&
	       tag.p[2 + ID_TEXT_LEN] == '-' && id_parse(span_sub(tag, 2, ID_TEXT_LEN), &id) >= 0;
}

int return_path_put(return_path_mac *mac, void *arg, struct span address, uint64_t id,
                    struct buf *out)
{
	ptrdiff_t at = span_find_last(address, '@');
	struct span local = span_sub(address, 0, at < 0 ? 0 : (size_t)at);
	char text[ID_TEXT_LEN + 1], h[HASH_LETTERS];

	if (!local.n || local.p[0] == '"')
		return ERR_SYNTAX;
	if (local.n + 1 + TAG_LETTERS > SMTP_LOCAL_MAX ||
	    address.n + 1 + TAG_LETTERS > SMTP_PATH_MAX - 2)
		return ERR_TOO_LONG;
	id_print(id, text);
	for (size_t i = 0; i < ID_TEXT_LEN; i++)
		text[i] = lower(text[i]);
	int r = hash(mac, arg, address, span_str(text), h);
	return r < 0 ? r
	             : buf_printf(out, "%.*s+b-%s-%.*s%.*s", SPAN_ARG(local), text, HASH_LETTERS, h,
	                          (int)(address.n - local.n), address.p + local.n);
}

int return_path_read(return_path_mac *mac, void *arg, struct span address, uint64_t *id,
                     struct buf *base)
{
	ptrdiff_t at = span_find_last(address, '@');
	struct span local = span_sub(address, 0, at < 0 ? 0 : (size_t)at), tag, given;
	size_t before = base->n;
	unsigned differs = 0;
	char h[HASH_LETTERS];

	if (!return_path_is(local))
		return ERR_NOT_FOUND;
	tag = tag_of(local);
	given = span_sub(tag, TAG_LETTERS - HASH_LETTERS, HASH_LETTERS);
	buf_put(base, span_sub(local, 0, local.n - tag.n - 1));
	int r = buf_put(base, span_sub(address, local.n, address.n));
	if (r >= 0)
		r = hash(mac, arg, span_sub(buf_span(base), before, base->n),
		         span_sub(tag, 2, ID_TEXT_LEN), h);
	for (size_t i = 0; r >= 0 && i < HASH_LETTERS; i++)
		differs |= (unsigned)(lower(given.p[i]) ^ h[i]);
	if (r >= 0 && !differs)
		return id_parse(span_sub(tag, 2, ID_TEXT_LEN), id);
	base->n = before;
	return r < 0 ? r : ERR_NOT_FOUND;
}

/* deliver/ascii.c - addresses that need no SMTPUTF8; see deliver_state.h.
 *
 * RFC 6531 3.2 and 3.3: a domain may be written in A-labels (RFC 5890 2.3.2.1), which every server
 * understands; a local part may not.
 */
#include "base/utf8.h"
#include "deliver/deliver_state.h"

/* 1: *out is the address with its domain in A-labels; 0: it stays as it is. */
static int to_ascii(struct deliver *d, struct span address, struct span *out)
{
	ptrdiff_t at = span_find_last(address, '@');
	struct span local, domain;
	char *text;

	if (at < 0 || utf8_is_ascii(address))
		return 0;
	local = span_sub(address, 0, (size_t)at);
	if (!utf8_is_ascii(local) ||
	    d->rules->to_ascii(span_sub(address, (size_t)at + 1, address.n), d->mem, &domain) < 0)
		return 0;
	text = arena_printf(d->mem, "%.*s@%.*s", SPAN_ARG(local), SPAN_ARG(domain));
	if (!text)
		return ERR_NO_MEMORY;
	*out = span_str(text);
	return 1;
}

static int put_rcpt(struct deliver *d, size_t i)
{
	struct span ascii;
	int r = to_ascii(d, d->tx.rcpts[i].address, &ascii);

	if (r <= 0)
		return r;
	if (!d->own_rcpts) {
		d->own_rcpts = arena_array(d->mem, struct smtp_client_rcpt, d->tx.n_rcpts);
		if (!d->own_rcpts)
			return ERR_NO_MEMORY;
		memcpy(d->own_rcpts, d->tx.rcpts, d->tx.n_rcpts * sizeof *d->own_rcpts);
		d->tx.rcpts = d->own_rcpts;
	}
	d->own_rcpts[i].address = ascii;
	return 0;
}

int deliver_put_in_ascii(struct deliver *d)
{
	int r;

	if (!d->rules->to_ascii)
		return 0;
	r = to_ascii(d, d->tx.return_path, &d->tx.return_path);
	for (size_t i = 0; r >= 0 && i < d->tx.n_rcpts; i++)
		r = put_rcpt(d, i);
	return r < 0 ? r : 0;
}

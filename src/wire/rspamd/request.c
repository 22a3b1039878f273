/* wire/rspamd/request.c - the request.  See rspamd.h. */
#include "wire/rspamd/rspamd.h"

/* RFC 9110 5.5: nothing of a value ends its field. */
static void put_field(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "%s: ", name);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		buf_putc(out, c < 0x20 || c == 0x7f ? '?' : (char)c);
	}
	buf_puts(out, "\r\n");
}

static void put_known(struct buf *out, const char *name, struct span value)
{
	if (value.n)
		put_field(out, name, value);
}

int rspamd_begin(struct buf *out, const struct rspamd_envelope *e, uint64_t n_bytes)
{
	buf_puts(out, "POST /checkv2 HTTP/1.1\r\n");
	put_field(out, "Host", e->host);
	buf_printf(out, "Content-Length: %ju\r\nConnection: close\r\n", (uintmax_t)n_bytes);
	put_known(out, "IP", e->ip);
	put_known(out, "Helo", e->helo);
	put_known(out, "Hostname", e->hostname);
	put_known(out, "MTA-Name", e->mta);
	put_known(out, "User", e->user);
	buf_puts(out, "From: <");
	for (size_t i = 0; i < e->sender.n; i++)
		buf_putc(out, (unsigned char)e->sender.p[i] < 0x20 || e->sender.p[i] == 0x7f
		                      ? '?'
		                      : e->sender.p[i]);
	return buf_puts(out, ">\r\n");
}

int rspamd_rcpt_put(struct buf *out, struct span address)
{
	put_field(out, "Rcpt", address);
	return out->err;
}

int rspamd_ping_put(struct buf *out, struct span host)
{
	buf_puts(out, "GET /ping HTTP/1.1\r\n");
	put_field(out, "Host", host);
	return buf_puts(out, "Connection: close\r\n\r\n");
}

int rspamd_end(struct buf *out)
{
	return buf_puts(out, "\r\n");
}

/* wire/message/write/trace.c - see trace.h.  RFC 5321 4.4, RFC 3848, RFC 6531 4.3. */
#include "wire/message/write/trace.h"
#include "base/clock.h"
#include "base/utf8.h"

enum { NAME_MAX_BYTES = 255, ADDRESS_MAX_BYTES = 330 };

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Puts what is alphanumeric or among `also`, and UTF-8 when that may be; else '?'. */
static void put_clean(struct buf *out, struct span s, const char *also, bool utf8, size_t max)
{
	s = span_sub(s, 0, max);
	while (s.n) {
		struct span whole = s;
		uint32_t code_point;
		char c = s.p[0];
		bool ok = utf8_next(&s, &code_point) == 0;

		if (ok && (code_point < 0x80 ? is_alnum(c) || (c && strchr(also, c))
		                             : utf8 && code_point >= 0xa0))
			buf_put(out, span_sub(whole, 0, whole.n - s.n));
		else
			buf_putc(out, '?');
	}
}

static void put_name(struct buf *out, struct span name, bool utf8)
{
	put_clean(out, name, ".-_:[]", utf8, NAME_MAX_BYTES);
}

static void put_address(struct buf *out, struct span address, bool utf8)
{
	buf_putc(out, '<');
	put_clean(out, address, "!#$%&'*+-/=?^_`{|}~.@\" []:,;()\\", utf8, ADDRESS_MAX_BYTES);
	buf_putc(out, '>');
}

const char *message_received_with(const struct message_received *r)
{
	static const char names[4][4][12] = {
		{ "ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA" },
		{ "UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA" },
		{ "LMTP", "LMTPA", "LMTPS", "LMTPSA" },
		{ "UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA" },
	};

	if (!r->lmtp && !r->ehlo)
		return "SMTP";
	return names[(r->lmtp ? 2 : 0) + (r->utf8 ? 1 : 0)][(r->tls ? 2 : 0) + (r->auth ? 1 : 0)];
}

/* RFC 5321 4.4 From-domain with TCP-info. */
static void put_from(struct buf *out, const struct message_received *r)
{
	buf_puts(out, "Received: from ");
	put_name(out, r->helo.n ? r->helo : SPAN("unknown"), r->utf8);
	if (r->ip.n) {
		buf_puts(out, " (");
		put_name(out, r->rdns.n ? r->rdns : SPAN("unknown"), false);
		buf_puts(out, span_find(r->ip, ':') >= 0 ? " [IPv6:" : " [");
		put_clean(out, r->ip, ".:", false, NAME_MAX_BYTES);
		buf_puts(out, "])");
	}
}

int message_received_put(struct buf *out, const struct message_received *r)
{
	put_from(out, r);
	buf_puts(out, "\r\n\tby ");
	put_name(out, r->hostname, r->utf8);
	buf_puts(out, " with ");
	buf_puts(out, message_received_with(r));
	if (r->tls && r->tls_version.n) {
		buf_puts(out, "\r\n\t(");
		put_name(out, r->tls_version, false);
		buf_puts(out, r->tls_cipher.n ? " cipher " : "");
		put_name(out, r->tls_cipher, false);
		buf_putc(out, ')');
	}
	if (r->id.n) {
		buf_puts(out, " id ");
		put_name(out, r->id, false);
	}
	if (r->rcpt.n) {
		buf_puts(out, "\r\n\tfor ");
		put_address(out, r->rcpt, r->utf8);
	}
	buf_puts(out, ";\r\n\t");
	clock_put_rfc5322(out, r->time_ms);
	return buf_puts(out, "\r\n");
}

int message_return_path_put(struct buf *out, struct span sender)
{
	buf_puts(out, "Return-Path: ");
	put_address(out, sender, true);
	return buf_puts(out, "\r\n");
}

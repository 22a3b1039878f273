/* notice/address.c - where a message of our own goes, and its signature.  See notice.h. */
#include "base/utf8.h"
#include "notice/notice.h"
#include "signing/signing.h"
#include "wire/message/header.h"

int notice_address(struct span to, const struct directory_route *route, struct arena *mem,
                   struct record_message *m)
{
	size_t n = route->n_targets ? route->n_targets : 1;

	m->recipients = arena_array(mem, struct record_recipient, n);
	if (!m->recipients)
		return ERR_NO_MEMORY;
	m->n_recipients = n;
	m->recipients[0] = (struct record_recipient){ .address = to,
		                                      .domain = route->domain,
		                                      .account = route->account };
	for (size_t i = 0; i < route->n_targets; i++) {
		struct span address = route->targets[i].address;
		ptrdiff_t at = span_find_last(address, '@');
		m->recipients[i] = (struct record_recipient){
			.address = address,
			.domain = span_sub(address, (size_t)(at + 1), address.n),
			.account = route->targets[i].account,
		};
	}
	return 0;
}

static struct span subject_of(struct span text, struct arena *mem)
{
	struct message_field field;

	return message_header_find(text, SPAN("Subject"), &field)
	               ? message_value_text(field.value, MESSAGE_LINE_MAX, mem)
	               : SPAN("");
}

/* One that leaves is from MAILER-DAEMON here, and so of a domain of ours. */
static WAITS int sign(struct record_message *m, struct arena *mem, struct buf *out)
{
	struct signing_text text = { .header = m->header, .body = m->body, .file = -1 };
	struct span domain;
	bool leaves = false;

	for (size_t i = 0; i < m->n_recipients; i++)
		leaves = leaves || !m->recipients[i].account.n;
	int r = leaves ? signing_put(&text, mem, out, &domain) : 0; /* WAITS */
	m->prefix = buf_span(out);
	return r;
}

WAITS int notice_take(struct span text, struct arena *mem, struct buf *out,
                      struct record_message *m)
{
	m->header = span_sub(text, 0, message_header_body(text));
	m->body = span_sub(text, m->header.n, text.n);
	m->body_8bit = !utf8_is_ascii(m->body);
	m->subject = subject_of(m->header, mem);
	return sign(m, mem, out); /* WAITS */
}

/* wire/message/write/dsn.c - see dsn.h.  RFC 3464, RFC 3461 6, RFC 6522, RFC 6533. */
#include "wire/message/write/dsn.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "wire/message/address.h"
#include "wire/message/write/dsn_text.h"
#include "wire/message/write/field.h"
#include "wire/message/header.h"
#include "wire/message/write/leaf.h"

enum { TEXT_BYTES_MAX = 16 << 20, VALUE_BYTES_MAX = 8 << 10 };

static const char *const action_names[] = {
	[MESSAGE_DSN_FAILED] = "failed",       [MESSAGE_DSN_DELAYED] = "delayed",
	[MESSAGE_DSN_DELIVERED] = "delivered", [MESSAGE_DSN_RELAYED] = "relayed",
	[MESSAGE_DSN_EXPANDED] = "expanded",
};

static const char *const default_status[] = {
	[MESSAGE_DSN_FAILED] = "5.0.0",    [MESSAGE_DSN_DELAYED] = "4.0.0",
	[MESSAGE_DSN_DELIVERED] = "2.0.0", [MESSAGE_DSN_RELAYED] = "2.0.0",
	[MESSAGE_DSN_EXPANDED] = "2.0.0",
};

/* Puts the value with controls as spaces and, where only ASCII may be, the rest as '?'. */
static void put_ascii(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_putc(out, c < ' ' || c == 0x7f ? ' ' : c >= 0x80 ? '?' : (char)c);
	}
}

/* A field `name: prefix value`, folded; nothing for an empty value. */
static int put_status(struct buf *out, const char *name, const char *prefix, struct span value)
{
	AUTO_BUF clean = BUF(VALUE_BYTES_MAX);
	struct message_field_writer w;

	if (!value.n)
		return 0;
	buf_puts(&clean, prefix);
	put_ascii(&clean, span_sub(value, 0, MESSAGE_DSN_WORDS_MAX));
	message_field_begin(&w, out, span_str(name));
	message_field_raw(&w, buf_span(&clean));
	return message_field_end(&w);
}

static int put_date(struct buf *out, const char *name, int64_t time_ms)
{
	buf_puts(out, name);
	buf_puts(out, ": ");
	clock_put_rfc5322(out, time_ms);
	return buf_puts(out, "\r\n");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3461 4: +XX; what is no xtext stays as it is. */
static void put_xtext(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '+' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex_value(s.p[i + 2]) : -1;

		if (low >= 0) {
			buf_putc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_putc(out, s.p[i]);
		}
	}
}

/* RFC 6533 3: utf-8-addr-xtext, ASCII for an address that is not. */
static void put_utf8_address(struct buf *out, struct span address)
{
	while (address.n) {
		char c = address.p[0];
		uint32_t code_point = 0xfffd;

		utf8_next(&address, &code_point);
		if (c > ' ' && c < 0x7f && c != '+' && c != '=' && c != '\\')
			buf_putc(out, c);
		else
			buf_printf(out, "\\x{%02X}", code_point);
	}
}

static int put_final_recipient(struct buf *out, struct span address)
{
	AUTO_BUF encoded = BUF(VALUE_BYTES_MAX);

	if (utf8_is_ascii(address))
		return put_status(out, "Final-Recipient", "rfc822; ", address);
	put_utf8_address(&encoded, address);
	return put_status(out, "Final-Recipient", "utf-8; ", buf_span(&encoded));
}

/* ORCPT is `type;xtext`. */
static int put_original_recipient(struct buf *out, struct span orcpt)
{
	AUTO_BUF decoded = BUF(VALUE_BYTES_MAX);
	struct span value = orcpt, type;

	span_split(&value, ';', &type);
	if (!type.n || !value.n)
		return 0;
	buf_put(&decoded, type);
	buf_puts(&decoded, "; ");
	put_xtext(&decoded, span_sub(value, 0, MESSAGE_DSN_WORDS_MAX));
	return put_status(out, "Original-Recipient", "", buf_span(&decoded));
}

/* RFC 3464 2.3. */
static int put_rcpt(struct buf *out, const struct message_dsn_rcpt *rcpt)
{
	struct span status = rcpt->status.n ? rcpt->status : span_str(default_status[rcpt->action]);
	int r;

	buf_puts(out, "\r\n");
	r = put_original_recipient(out, rcpt->orcpt);
	if (r == 0)
		r = put_final_recipient(out, rcpt->address);
	if (r == 0)
		r = put_status(out, "Action", "", span_str(action_names[rcpt->action]));
	if (r == 0)
		r = put_status(out, "Status", "", status);
	if (r == 0)
		r = put_status(out, "Remote-MTA", "dns; ", rcpt->remote_mta);
	if (r == 0)
		r = put_status(out, "Diagnostic-Code", "smtp; ", rcpt->reply);
	if (r == 0 && rcpt->last_attempt_time_ms)
		r = put_date(out, "Last-Attempt-Date", rcpt->last_attempt_time_ms);
	if (r == 0 && rcpt->action == MESSAGE_DSN_DELAYED && rcpt->retry_until_time_ms)
		r = put_date(out, "Will-Retry-Until", rcpt->retry_until_time_ms);
	return r;
}

/* RFC 3464 2.2. */
static int put_status_part(struct buf *out, const struct message_dsn *d)
{
	AUTO_BUF envid = BUF(VALUE_BYTES_MAX);
	int r;

	put_xtext(&envid, span_sub(d->envid, 0, MESSAGE_DSN_WORDS_MAX));
	buf_puts(out, "Content-Type: message/delivery-status\r\n\r\n");
	r = put_status(out, "Original-Envelope-Id", "", buf_span(&envid));
	if (r == 0)
		r = put_status(out, "Reporting-MTA", "dns; ", d->hostname);
	if (r == 0)
		r = put_status(out, "Received-From-MTA", "dns; ", d->received_from);
	if (r == 0 && d->arrival_time_ms)
		r = put_date(out, "Arrival-Date", d->arrival_time_ms);
	for (size_t i = 0; i < d->n_rcpts && r == 0; i++)
		r = put_rcpt(out, &d->rcpts[i]);
	return r;
}

/* RFC 6522 4: fields only, whole ones, as many as the limit holds. */
static int put_original_header(struct buf *out, struct span message)
{
	struct message_header h;
	struct message_field field;
	enum message_encoding e;
	struct span fields;
	size_t n = 0;

	message_header_begin(&h, message);
	while (message_header_next(&h, &field) && h.fields_n <= MESSAGE_DSN_HEADER_MAX)
		n = h.fields_n;
	fields = span_sub(message, 0, n);
	e = message_leaf_encoding(fields);
	buf_printf(out,
	           "Content-Type: text/rfc822-headers\r\n"
	           "Content-Transfer-Encoding: %s\r\n\r\n",
	           message_encoding_name(e));
	return message_encode_put(out, e, fields);
}

/* The original's id, so that readers show the notification beside it. */
static int put_reference(struct buf *out, struct span message)
{
	struct message_field field;
	AUTO_BUF id = BUF(MESSAGE_LINE_MAX);
	struct span s;
	struct message_field_writer w;
	int r;

	if (!message_header_find(message, SPAN("Message-ID"), &field) ||
	    message_unfold(field.value, &id) < 0)
		return 0;
	s = buf_span(&id);
	if (s.n < 5 || s.p[0] != '<' || s.p[s.n - 1] != '>' || s.n > MESSAGE_LINE_MAX / 2)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return 0;
	message_field_begin(&w, out, SPAN("In-Reply-To"));
	message_field_token(&w, s);
	r = message_field_end(&w);
	if (r < 0)
		return r;
	message_field_begin(&w, out, SPAN("References"));
	message_field_token(&w, s);
	return message_field_end(&w);
}

static int put_header(struct buf *out, const struct message_dsn *d)
{
	AUTO_BUF subject = BUF(VALUE_BYTES_MAX);
	struct message_field_writer w;
	int r;

	put_date(out, "Date", d->time_ms);
	buf_printf(out, "From: Mail Delivery System <MAILER-DAEMON@%.*s>\r\n",
	           SPAN_ARG(d->hostname));
	message_field_begin(&w, out, SPAN("To"));
	message_field_mailbox(&w, (struct span){ 0 }, d->to);
	r = message_field_end(&w);
	if (r < 0)
		return r;
	message_dsn_subject(d, &subject);
	message_field_begin(&w, out, SPAN("Subject"));
	message_field_text(&w, buf_span(&subject));
	r = message_field_end(&w);
	if (r < 0)
		return r;
	buf_printf(out, "Message-ID: <%.*s>\r\n", SPAN_ARG(d->message_id));
	r = put_reference(out, d->header);
	return r < 0 ? r : buf_puts(out, "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n");
}

/* A word that goes into the header as it is. */
static int check_word(struct span s, const char *what)
{
	bool bad = !s.n || s.n > 255;

	for (size_t i = 0; i < s.n && !bad; i++)
		bad = s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("<>()\\\",;", s.p[i]);
	return bad ? err(ERR_SYNTAX, "%s of a notification is malformed", what) : 0;
}

static int check(const struct message_dsn *d, struct message_dsn_made *made)
{
	struct message_mailbox m;
	int r = message_field_check(d->to, "the address of a notification");

	if (!d->n_rcpts || d->n_rcpts > MESSAGE_DSN_RCPTS_MAX)
		return err(ERR_LIMIT, "a notification about %zu recipients", d->n_rcpts);
	if (r == 0)
		r = check_word(d->hostname, "the host name");
	if (r == 0)
		r = check_word(d->message_id, "the message id");
	if (r < 0)
		return r;
	if (message_mailbox_parse(d->to, &m) < 0 || m.name.p || m.local.p != d->to.p ||
	    m.whole.n != d->to.n)
		return err(ERR_SYNTAX, "the address of a notification is malformed");
	for (size_t i = 0; i < d->n_rcpts; i++)
		if (!d->rcpts[i].address.n)
			return err(ERR_SYNTAX, "a recipient of a notification has no address");
	made->smtputf8_needed = m.utf8;
	return 0;
}

int message_dsn_compose(const struct message_dsn *dsn, struct buf *out,
                        struct message_dsn_made *made)
{
	struct message_dsn_made need = { 0 };
	AUTO_BUF text = BUF(TEXT_BYTES_MAX);
	char boundary[MESSAGE_BOUNDARY_BYTES];
	int r = check(dsn, &need);

	if (r == 0)
		r = message_dsn_text(dsn, &text);
	if (r == 0)
		r = put_header(out, dsn);
	if (r < 0)
		return r;
	message_boundary_print('d', dsn->seed, boundary);
	message_multipart_begin(out, "multipart/report; report-type=delivery-status", boundary);
	message_multipart_next(out, boundary, false);
	message_leaf_put_text(out, "text/plain", buf_span(&text));
	message_multipart_next(out, boundary, false);
	r = put_status_part(out, dsn);
	message_multipart_next(out, boundary, false);
	if (r == 0)
		r = put_original_header(out, dsn->header);
	message_multipart_next(out, boundary, true);
	if (r == 0)
		r = out->err;
	if (r == 0)
		*made = need;
	return r;
}

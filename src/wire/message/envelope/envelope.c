/* wire/message/envelope/envelope.c - reads and prints the record of envelope.h. */
#include "wire/message/envelope/envelope.h"
#include "wire/message/envelope/envelope_kinds.h"
#include "wire/message/envelope/imap_string.h"
#include "wire/message/envelope/items.h"

enum { ZONE_MAX = 100 * 60 };

static int read_sent(struct span s, struct message_envelope *e)
{
	uint64_t sent, zone;

	if (message_number_get(&s, &sent) < 0 || message_number_get(&s, &zone) < 0 ||
	    message_unzigzag(zone) > ZONE_MAX || message_unzigzag(zone) < -ZONE_MAX)
		return ERR_CORRUPT;
	e->dated = true;
	e->sent_s = message_unzigzag(sent);
	e->zone_minutes = (int)message_unzigzag(zone);
	return 0;
}

static int read_base(struct span s, struct message_envelope *e)
{
	uint64_t at, n;

	if (message_number_get(&s, &at) < 0 || message_number_get(&s, &n) < 0 ||
	    at > e->subject.n || n > e->subject.n - at)
		return ERR_CORRUPT;
	e->base_subject = span_sub(e->subject, (size_t)at, (size_t)n);
	return 0;
}

static int read_flags(struct span s, struct message_envelope *e)
{
	if (!s.n)
		return ERR_CORRUPT;
	e->reply = s.p[0] & MESSAGE_ENVELOPE_REPLY;
	e->cut = s.p[0] & MESSAGE_ENVELOPE_CUT;
	return 0;
}

static int read_item(uint8_t kind, struct span s, struct message_envelope *e)
{
	switch (kind) {
	case MESSAGE_ENVELOPE_KIND_FLAGS: return read_flags(s, e);
	case MESSAGE_ENVELOPE_KIND_SENT: return read_sent(s, e);
	case MESSAGE_ENVELOPE_KIND_BASE_AT: return read_base(s, e);
	case MESSAGE_ENVELOPE_KIND_BASE: e->base_subject = s; break;
	case MESSAGE_ENVELOPE_KIND_MESSAGE_ID: e->message_id = s; break;
	case MESSAGE_ENVELOPE_KIND_SUBJECT: e->subject = s; break;
	case MESSAGE_ENVELOPE_KIND_REFERENCES: e->references = s; break;
	case MESSAGE_ENVELOPE_KIND_IN_REPLY_TO: e->in_reply_to = s; break;
	case MESSAGE_ENVELOPE_KIND_DATE: e->date = s; break;
	default:
		if (kind >= MESSAGE_ENVELOPE_KIND_LISTS &&
		    kind < MESSAGE_ENVELOPE_KIND_LISTS + MESSAGE_ENVELOPE_LISTS)
			e->lists[kind - MESSAGE_ENVELOPE_KIND_LISTS] = s;
	}
	return 0;
}

int message_envelope_unpack(struct span record, struct message_envelope *out)
{
	struct message_envelope e = { 0 };
	struct span s;
	uint8_t kind;
	int r;

	if (!record.n || record.p[0] != MESSAGE_ENVELOPE_VERSION)
		return err(ERR_CORRUPT, "an envelope of a version that is not known");
	record = span_sub(record, 1, record.n);
	while ((r = message_item_get(&record, &kind, &s)) > 0 && read_item(kind, s, &e) == 0)
		;
	if (r != 0)
		return err(ERR_CORRUPT, "an envelope that cannot be read");
	*out = e;
	return 0;
}

static int get_nstring(struct span *in, struct span *s)
{
	uint64_t n;

	if (message_number_get(in, &n) < 0 || n > (uint64_t)in->n + 1)
		return ERR_CORRUPT;
	*s = n ? span_sub(*in, 0, (size_t)n - 1) : (struct span){ 0 };
	if (n)
		*in = span_sub(*in, (size_t)n - 1, in->n);
	return 0;
}

int message_envelope_address(struct span *list, struct message_envelope_address *out)
{
	struct message_envelope_address a;
	struct span rest = *list;

	if (!rest.n)
		return 0;
	if (get_nstring(&rest, &a.name) < 0 || get_nstring(&rest, &a.mailbox) < 0 ||
	    get_nstring(&rest, &a.host) < 0)
		return err(ERR_CORRUPT, "an address list that cannot be read");
	*list = rest;
	*out = a;
	return 1;
}

struct span message_envelope_list(const struct message_envelope *e,
                                  enum message_envelope_list which)
{
	bool default_from = which == MESSAGE_ENVELOPE_SENDER || which == MESSAGE_ENVELOPE_REPLY_TO;

	return e->lists[default_from && !e->lists[which].n ? MESSAGE_ENVELOPE_FROM : which];
}

static void print_list(struct buf *out, struct span list, bool utf8)
{
	struct message_envelope_address a;
	bool any = false;

	while (message_envelope_address(&list, &a) > 0) {
		buf_put(out, any ? SPAN("(") : SPAN("(("));
		message_nstring_print(out, a.name, utf8);
		buf_put(out, SPAN(" NIL "));
		message_nstring_print(out, a.mailbox, utf8);
		buf_putc(out, ' ');
		message_nstring_print(out, a.host, utf8);
		buf_putc(out, ')');
		any = true;
	}
	buf_put(out, any ? SPAN(") ") : SPAN("NIL "));
}

int message_envelope_print(struct buf *out, const struct message_envelope *e, bool utf8)
{
	buf_putc(out, '(');
	message_nstring_print(out, e->date, utf8);
	buf_putc(out, ' ');
	message_nstring_print(out, e->subject, utf8);
	buf_putc(out, ' ');
	for (unsigned i = 0; i < MESSAGE_ENVELOPE_LISTS; i++)
		print_list(out, message_envelope_list(e, i), utf8);
	message_nstring_print(out, e->in_reply_to, utf8);
	buf_putc(out, ' ');
	message_nstring_print(out, e->message_id, utf8);
	return buf_putc(out, ')');
}

/* ---- as a header section ---- */

static int put_addresses(struct buf *out, struct span list)
{
	struct message_envelope_address a;
	int r;

	while ((r = message_envelope_address(&list, &a)) > 0) {
		buf_put(out, a.name);
		buf_put(out, SPAN(" <"));
		buf_put(out, a.mailbox);
		buf_put(out, a.host.n ? SPAN("@") : SPAN(""));
		buf_put(out, a.host);
		buf_put(out, list.n ? SPAN(">, ") : SPAN(">"));
	}
	return r;
}

int message_envelope_fields(const struct message_envelope *e, unsigned which, struct buf *out)
{
	static const struct span names[MESSAGE_ENVELOPE_LISTS] = {
		[MESSAGE_ENVELOPE_FROM] = SPAN("From: "),
		[MESSAGE_ENVELOPE_SENDER] = SPAN("Sender: "),
		[MESSAGE_ENVELOPE_REPLY_TO] = SPAN("Reply-To: "),
		[MESSAGE_ENVELOPE_TO] = SPAN("To: "),
		[MESSAGE_ENVELOPE_CC] = SPAN("Cc: "),
		[MESSAGE_ENVELOPE_BCC] = SPAN("Bcc: "),
	};
	int r = 0;

	if (e->subject.p && which & MESSAGE_ENVELOPE_SUBJECT) {
		buf_put(out, SPAN("Subject: "));
		buf_put(out, e->subject);
		buf_put(out, SPAN("\r\n"));
	}
	for (size_t i = 0; r >= 0 && i < MESSAGE_ENVELOPE_LISTS; i++) {
		if (!e->lists[i].p || !(which & 1U << i))
			continue;
		buf_put(out, names[i]);
		r = put_addresses(out, e->lists[i]);
		buf_put(out, SPAN("\r\n"));
	}
	return r < 0 ? r : buf_put(out, SPAN("\r\n"));
}

/* wire/message/envelope/envelope_pack.c - makes the record of envelope.h.
 *
 * What threads, sorting and lists of messages need comes first, so that it is there when the rest
 * does not fit.
 */
#include "wire/message/envelope/envelope.h"
#include "wire/message/date.h"
#include "wire/message/envelope/address_list.h"
#include "wire/message/envelope/envelope_kinds.h"
#include "wire/message/envelope/ids.h"
#include "wire/message/envelope/items.h"
#include "wire/message/envelope/subject.h"
#include "wire/message/header.h"

enum field {
	FIELD_DATE,
	FIELD_SUBJECT,
	FIELD_MESSAGE_ID,
	FIELD_IN_REPLY_TO,
	FIELD_REFERENCES,
	FIELD_LISTS,
	FIELDS = FIELD_LISTS + MESSAGE_ENVELOPE_LISTS,
};

static const struct span names[FIELDS] = {
	[FIELD_DATE] = SPAN("Date"),
	[FIELD_SUBJECT] = SPAN("Subject"),
	[FIELD_MESSAGE_ID] = SPAN("Message-ID"),
	[FIELD_IN_REPLY_TO] = SPAN("In-Reply-To"),
	[FIELD_REFERENCES] = SPAN("References"),
	[FIELD_LISTS + MESSAGE_ENVELOPE_FROM] = SPAN("From"),
	[FIELD_LISTS + MESSAGE_ENVELOPE_SENDER] = SPAN("Sender"),
	[FIELD_LISTS + MESSAGE_ENVELOPE_REPLY_TO] = SPAN("Reply-To"),
	[FIELD_LISTS + MESSAGE_ENVELOPE_TO] = SPAN("To"),
	[FIELD_LISTS + MESSAGE_ENVELOPE_CC] = SPAN("Cc"),
	[FIELD_LISTS + MESSAGE_ENVELOPE_BCC] = SPAN("Bcc"),
};

struct packer {
	struct span values[FIELDS]; /* raw; p NULL where absent */
	struct buf *out;
	size_t from, max;
	struct buf text; /* a value on its way */
	bool cut;
};

/* The first field of a name counts. */
static void find_fields(struct span header, struct span values[FIELDS])
{
	struct message_header h;
	struct message_field field;

	message_header_begin(&h, header);
	while (message_header_next(&h, &field))
		for (size_t i = 0; i < FIELDS; i++)
			if (!values[i].p && span_eq_nocase(field.name, names[i])) {
				values[i] = field.value;
				break;
			}
}

/* Octets that an item of `most` may have. */
static size_t room(const struct packer *p, size_t most)
{
	size_t used = p->out->n - p->from + MESSAGE_NUMBER_MAX + 1;
	size_t left = used < p->max ? p->max - used : 0;

	return left < most ? left : most;
}

/* Returns what is kept of s. */
static struct span put_cut(struct packer *p, uint8_t kind, struct span s)
{
	size_t n = room(p, p->max / MESSAGE_ENVELOPE_SHARE);

	if (s.n > n) {
		p->cut = true;
		s.n = n;
		if (!n)
			return s;
	}
	message_item_put(p->out, kind, s);
	return s;
}

/* The value on one line, in p->text. */
static struct span one_line(struct packer *p, struct span value)
{
	buf_reset(&p->text);
	message_unfold(value, &p->text);
	for (size_t i = 0; i < p->text.n; i++)
		if ((unsigned char)p->text.p[i] < ' ' || p->text.p[i] == 0x7f)
			p->text.p[i] = ' ';
	return p->text.n ? buf_span(&p->text) : SPAN("");
}

static void put_text(struct packer *p, uint8_t kind, enum field field)
{
	if (p->values[field].p)
		put_cut(p, kind, one_line(p, p->values[field]));
}

static void put_date(struct packer *p)
{
	AUTO_BUF item = BUF(2 * MESSAGE_NUMBER_MAX);
	struct span value = p->values[FIELD_DATE];
	int64_t time_ms;
	int zone;

	if (!value.p || message_date_sent(value, &time_ms, &zone) < 0)
		return;
	message_number_put(&item, message_zigzag(time_ms / 1000));
	message_number_put(&item, message_zigzag(zone));
	message_item_put(p->out, MESSAGE_ENVELOPE_KIND_SENT, buf_span(&item));
}

/* The subject, and the base subject, most often as a piece of it.  True for a reply or forward. */
static bool put_subject(struct packer *p, struct span value)
{
	AUTO_BUF base = BUF(4 * value.n + 16);
	AUTO_BUF item = BUF(2 * MESSAGE_NUMBER_MAX);
	bool reply = false;
	int r = message_subject_base(value, &base, &reply);
	struct span subject = put_cut(p, MESSAGE_ENVELOPE_KIND_SUBJECT, one_line(p, value));
	ptrdiff_t at = span_find_span(subject, buf_span(&base));

	if (r < 0)
		p->out->err = r;
	if (base.n && at < 0) {
		put_cut(p, MESSAGE_ENVELOPE_KIND_BASE, buf_span(&base));
	} else if (base.n) {
		message_number_put(&item, (uint64_t)at);
		message_number_put(&item, base.n);
		put_cut(p, MESSAGE_ENVELOPE_KIND_BASE_AT, buf_span(&item));
	}
	return reply;
}

/* RFC 5256 3: the ids of References, or else the first one of In-Reply-To; the last ones when not
 * all fit. */
static void put_references(struct packer *p)
{
	size_t n = room(p, p->max / MESSAGE_ENVELOPE_SHARE);
	struct span rest = p->values[FIELD_REFERENCES], id;

	buf_reset(&p->text);
	while (message_id_next(&rest, &id))
		message_id_put(&p->text, id);
	rest = p->values[FIELD_IN_REPLY_TO];
	if (!p->text.n && message_id_next(&rest, &id))
		message_id_put(&p->text, id);
	rest = buf_span(&p->text);
	if (rest.n > n) {
		p->cut = true;
		rest = span_sub(rest, rest.n - n, n);
		while (rest.n && rest.p[0] != '<')
			rest = span_sub(rest, 1, rest.n);
	}
	if (rest.n)
		message_item_put(p->out, MESSAGE_ENVELOPE_KIND_REFERENCES, rest);
}

static void put_list(struct packer *p, enum message_envelope_list which)
{
	struct span value = p->values[FIELD_LISTS + which];
	bool addressee = which >= MESSAGE_ENVELOPE_TO;
	size_t n = room(p, addressee ? SIZE_MAX : p->max / MESSAGE_ENVELOPE_SHARE);

	if (!value.p)
		return;
	buf_reset(&p->text);
	message_address_list_put(&p->text, value, n, &p->cut);
	if (p->text.n)
		message_item_put(p->out, (uint8_t)(MESSAGE_ENVELOPE_KIND_LISTS + which),
		                 buf_span(&p->text));
}

static void pack(struct packer *p)
{
	size_t flags_at;
	bool reply = false;

	buf_putc(p->out, MESSAGE_ENVELOPE_VERSION);
	message_item_put(p->out, MESSAGE_ENVELOPE_KIND_FLAGS, SPAN("\0"));
	flags_at = p->out->n - 1;
	put_date(p);
	put_text(p, MESSAGE_ENVELOPE_KIND_MESSAGE_ID, FIELD_MESSAGE_ID);
	if (p->values[FIELD_SUBJECT].p)
		reply = put_subject(p, p->values[FIELD_SUBJECT]);
	put_references(p);
	put_text(p, MESSAGE_ENVELOPE_KIND_IN_REPLY_TO, FIELD_IN_REPLY_TO);
	put_text(p, MESSAGE_ENVELOPE_KIND_DATE, FIELD_DATE);
	for (unsigned i = 0; i < MESSAGE_ENVELOPE_LISTS; i++)
		put_list(p, i);
	if (!p->out->err)
		p->out->p[flags_at] = (char)((reply ? MESSAGE_ENVELOPE_REPLY : 0) |
		                             (p->cut ? MESSAGE_ENVELOPE_CUT : 0));
}

int message_envelope_pack(struct span header, size_t max, struct buf *out)
{
	struct packer p = { .out = out, .from = out->n, .max = max };

	if (max < MESSAGE_ENVELOPE_LEAST)
		p.max = MESSAGE_ENVELOPE_LEAST;
	p.text = BUF(MESSAGE_ENVELOPE_BYTES_MAX);
	find_fields(header, p.values);
	pack(&p);
	if (p.text.err)
		out->err = p.text.err;
	buf_fini(&p.text);
	return out->err;
}

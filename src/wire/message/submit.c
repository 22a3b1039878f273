/* wire/message/submit.c - see submit.h.  RFC 6409 8, RFC 5322 3.6. */
#include "wire/message/submit.h"
#include "base/clock.h"

/* Fields that may occur once.  RFC 5322 3.6; RFC 2045 3, 5-8 and RFC 2183 2 for
 * those of MIME, which readers disagree about when they come twice. */
static const char *const once[] = {
	"Date",
	"From",
	"Sender",
	"Reply-To",
	"To",
	"Cc",
	"Message-ID",
	"In-Reply-To",
	"References",
	"Subject",
	"MIME-Version",
	"Content-Type",
	"Content-ID",
	"Content-Transfer-Encoding",
	"Content-Description",
	"Content-Disposition",
};

/* Places in `once`. */
enum { ONCE_DATE = 0, ONCE_FROM = 1, ONCE_SENDER = 2, ONCE_MESSAGE_ID = 6 };

struct work {
	struct arena *arena;
	struct message_submit *out;
	unsigned seen; /* bit i: once[i] was there */
	size_t from_room, sender_room;
};

static const struct {
	enum message_submit_fault fault;
	const char *text;
} faults_text[] = {
	{ MESSAGE_FAULT_MALFORMED, "the header holds a line that is no field" },
	{ MESSAGE_FAULT_NO_FROM, "the message has no From field" },
	{ MESSAGE_FAULT_FROM_TWICE, "the message has more than one From field" },
	{ MESSAGE_FAULT_FROM_SYNTAX, "the From field is not a list of addresses" },
	{ MESSAGE_FAULT_FROM_GROUP, "the From field holds a group" },
	{ MESSAGE_FAULT_SENDER_SYNTAX, "the Sender field is not one address" },
	{ MESSAGE_FAULT_SENDER_MISSING, "several From addresses need a Sender field" },
	{ MESSAGE_FAULT_DUPLICATE, "a field that may occur once occurs again" },
	{ MESSAGE_FAULT_LINE_LENGTH, "a header line is longer than 998 octets" },
};

const char *message_submit_fault_str(unsigned faults)
{
	for (size_t i = 0; i < N_ELEMS(faults_text); i++)
		if (faults & faults_text[i].fault)
			return faults_text[i].text;
	return NULL;
}

static int push(struct arena *a, struct message_mailbox **list, size_t *n, size_t *room,
                const struct message_mailbox *m)
{
	if (*n >= MESSAGE_ADDRESSES_MAX)
		return ERR_LIMIT;
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 4;
		struct message_mailbox *new = arena_array(a, struct message_mailbox, more);

		if (!new)
			return ERR_NO_MEMORY;
		for (size_t i = 0; i < *n; i++)
			new[i] = (*list)[i];
		*list = new;
		*room = more;
	}
	(*list)[(*n)++] = *m;
	return 0;
}

static int note_from(struct work *w, struct span value)
{
	struct message_submit *out = w->out;
	struct message_addresses it;
	struct message_mailbox m;
	int r;

	message_addresses_begin(&it, value);
	while ((r = message_addresses_next(&it, &m)) > 0) {
		r = push(w->arena, &out->from, &out->n_from, &w->from_room, &m);
		if (r < 0)
			return r;
	}
	if (it.n_groups)
		out->faults |= MESSAGE_FAULT_FROM_GROUP;
	if (r == ERR_LIMIT)
		return r;
	if (r < 0 || it.n_mailboxes + it.n_groups == 0)
		out->faults |= MESSAGE_FAULT_FROM_SYNTAX;
	return 0;
}

static int note_sender(struct work *w, struct span value)
{
	struct message_submit *out = w->out;
	struct message_mailbox m;

	if (message_mailbox_parse(value, &m) < 0) {
		out->faults |= MESSAGE_FAULT_SENDER_SYNTAX;
		return 0;
	}
	return push(w->arena, &out->sender, &out->n_sender, &w->sender_room, &m);
}

/* Counts fields that may occur once; reads those that say who. */
static int note_once(struct work *w, const struct message_field *field)
{
	struct message_submit *out = w->out;
	size_t i = 0;

	while (i < N_ELEMS(once) && !span_eq_nocase(field->name, span_str(once[i])))
		i++;
	if (i == N_ELEMS(once))
		return 0;
	if (w->seen & 1u << i) {
		out->faults |= MESSAGE_FAULT_DUPLICATE;
		if (!out->duplicate.n)
			out->duplicate = field->name;
		if (i == ONCE_FROM)
			out->faults |= MESSAGE_FAULT_FROM_TWICE;
	} else if (i == ONCE_MESSAGE_ID) {
		out->message_id = span_trim(field->value);
	}
	w->seen |= 1u << i;
	if (i == ONCE_FROM)
		return note_from(w, field->value);
	return i == ONCE_SENDER ? note_sender(w, field->value) : 0;
}

/* Octets that no header may hold; the length of lines; UTF-8. */
static int check_octets(struct message_submit *out, struct span whole)
{
	size_t line = 0;

	for (size_t i = 0; i < whole.n; i++) {
		char c = whole.p[i];

		if (c == '\r' && i + 1 < whole.n && whole.p[i + 1] == '\n') {
			i++;
			line = 0;
			continue;
		}
		if (!c || c == '\r' || c == '\n')
			return err(ERR_SYNTAX, "the header holds a bare CR or LF, or a NUL");
		if ((unsigned char)c >= 0x80)
			out->utf8 = true;
		if (++line > MESSAGE_LINE_MAX)
			out->faults |= MESSAGE_FAULT_LINE_LENGTH;
	}
	return 0;
}

/* What the field is removed as, or 0. */
static unsigned removed_as(struct span name)
{
	if (span_eq_nocase(name, SPAN("Bcc")) || span_eq_nocase(name, SPAN("Resent-Bcc")))
		return MESSAGE_EDIT_REMOVED_BCC;
	if (span_eq_nocase(name, SPAN("Return-Path")))
		return MESSAGE_EDIT_REMOVED_RETURN_PATH;
	return 0;
}

static int edit_fields(struct work *w, struct message_header *h, struct buf *header)
{
	struct message_submit *out = w->out;
	struct message_field field;

	while (message_header_next(h, &field)) {
		unsigned removed = removed_as(field.name);
		int r = check_octets(out, field.whole);

		if (r == 0)
			r = note_once(w, &field);
		if (r < 0)
			return r;
		if (span_eq_nocase(field.name, SPAN("Received")))
			out->n_received++;
		out->edits |= removed;
		if (removed)
			continue;
		buf_put(header, field.whole);
		if (field.whole.p[field.whole.n - 1] != '\n')
			buf_puts(header, "\r\n");
	}
	return header->err;
}

/* RFC 6409 8.2, 8.3. */
static int add_missing(const struct work *w, const struct message_submit_facts *facts,
                       struct buf *header)
{
	if (!(w->seen & 1u << ONCE_DATE)) {
		w->out->edits |= MESSAGE_EDIT_ADDED_DATE;
		buf_puts(header, "Date: ");
		clock_put_rfc5322(header, facts->time_ms);
		buf_puts(header, "\r\n");
	}
	if (!(w->seen & 1u << ONCE_MESSAGE_ID)) {
		w->out->edits |= MESSAGE_EDIT_ADDED_MESSAGE_ID;
		buf_puts(header, "Message-ID: <");
		buf_put(header, facts->id);
		buf_putc(header, '@');
		buf_put(header, facts->hostname);
		buf_puts(header, ">\r\n");
	}
	return buf_puts(header, "\r\n");
}

static void judge(const struct work *w)
{
	struct message_submit *out = w->out;

	if (!(w->seen & 1u << ONCE_FROM))
		out->faults |= MESSAGE_FAULT_NO_FROM;
	if (out->n_from > 1 && !(w->seen & 1u << ONCE_SENDER))
		out->faults |= MESSAGE_FAULT_SENDER_MISSING;
}

/* The facts make a msg-id, RFC 5322 3.6.4. */
static int check_facts(const struct message_submit_facts *facts)
{
	struct span both[] = { facts->id, facts->hostname };

	for (size_t i = 0; i < N_ELEMS(both); i++) {
		if (!both[i].n)
			return err(ERR_SYNTAX, "a host name and an id are needed");
		for (size_t j = 0; j < both[i].n; j++) {
			char c = both[i].p[j];

			if (c <= ' ' || c >= 0x7f || strchr("<>@()\\\",;:", c))
				return err(ERR_SYNTAX, "the host name or id is malformed");
		}
	}
	return 0;
}

int message_submit(struct span in, const struct message_submit_facts *facts, struct arena *arena,
                   struct buf *header, struct message_submit *out)
{
	struct message_submit made = { 0 };
	struct work w = { .arena = arena, .out = &made };
	struct message_header h;
	int r = check_facts(facts);

	message_header_begin(&h, in);
	if (r == 0)
		r = edit_fields(&w, &h, header);
	if (r == 0 && h.end == MESSAGE_HEADER_CUT)
		r = err(ERR_TOO_BIG, "the header is too big");
	if (r == 0)
		r = add_missing(&w, facts, header);
	if (r < 0)
		return r;
	judge(&w);
	if (h.end == MESSAGE_HEADER_MALFORMED)
		made.faults |= MESSAGE_FAULT_MALFORMED;
	made.header_n = h.at;
	*out = made;
	return 0;
}

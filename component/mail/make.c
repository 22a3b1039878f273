/* component/mail/make.c - a mail becomes a message with an envelope. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/os.h"
#include "base/utf8.h"
#include "component/mail/envelope.h"
#include "component/mail/reader.h"
#include "idn/idn.h"
#include "wire/message/encode.h"
#include "wire/message/header.h"
#include "wire/message/signed.h"
#include "wire/message/submit.h"
#include "wire/message/write/filetype.h"

enum { ID_HOST_MAX = 200, WRITE_BYTES = 64 << 10 };

static struct span domain_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return span_sub(address, (size_t)(at + 1), SIZE_MAX);
}

/* For ids: ASCII, and short. */
static struct span host_of(struct postrider_mail *m, struct span address)
{
	struct span host;

	if (!address.n || idn_to_ascii(domain_of(address), &m->mem, &host) < 0 || !host.n ||
	    host.n > ID_HOST_MAX || host.p[0] == '[')
		return SPAN("localhost");
	return host;
}

/* ---- composed -------------------------------------------------------------------------- */

/* The same each time that the mail is made. */
static int set_date_and_id(struct postrider_mail *m)
{
	struct message_draft *d = &m->draft;
	uint64_t noise;
	char *id;

	if (!d->time_ms)
		d->time_ms = clock_wall_time_ms();
	if (d->message_id.n)
		return 0;
	os_random(&noise, sizeof noise);
	id = arena_printf(&m->mem, "%016jx.%jx@%.*s", (uintmax_t)noise, (uintmax_t)d->time_ms,
	                  SPAN_ARG(host_of(m, d->from.address)));
	if (!id)
		return err(ERR_NO_MEMORY, "out of memory");
	d->message_id = span_str(id);
	return 0;
}

static bool is_text(const struct message_attachment *a)
{
	return span_starts_nocase(a->type.n ? a->type : message_filetype(a->file_name),
	                          SPAN("text/"));
}

int mail_look(struct postrider_mail *m)
{
	int r = 0;

	for (size_t i = 0; i < m->attachments.n && r >= 0 && !m->looked; i++)
		if (m->attachments.v[i].source)
			r = source_look(m->attachments.v[i].source);
	return r;
}

/* The attachments as the composer takes them; what is read later gets a place. */
static int put_attachments(struct postrider_mail *m, struct mail_made *made)
{
	size_t n = m->attachments.n;
	struct message_attachment *v = arena_array(&made->mem, struct message_attachment, n);

	int r = mail_look(m);

	made->pieces = arena_array(&made->mem, struct mail_piece, n);
	if (n && (!v || !made->pieces))
		return err(ERR_NO_MEMORY, "out of memory");
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct source *source = m->attachments.v[i].source;

		v[i] = m->attachments.v[i].part;
		if (!source)
			continue;
		v[i].place = &made->pieces[made->n_pieces].at;
		v[i].utf8 = is_text(&v[i]) && source_is_utf8(source);
		made->pieces[made->n_pieces++].source = source;
	}
	m->draft.attachments = v;
	m->draft.n_attachments = n;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct mail_piece *one = a, *two = b;

	return one->at < two->at ? -1 : one->at > two->at;
}

static void measure(struct mail_made *made)
{
	made->size = made->text.n;
	for (size_t i = 0; i < made->n_pieces; i++) {
		const struct source *s = made->pieces[i].source;

		made->exclusive = made->exclusive || s->kind == SOURCE_PROGRAM;
		if (s->size == SOURCE_UNKNOWN)
			made->size = 0;
		else if (made->size)
			made->size += message_base64_size(s->size);
	}
}

static int compose(struct postrider_mail *m, struct mail_made *made)
{
	struct message_draft *d = &m->draft;
	struct message_composed composed;
	int r;

	if (!d->from.address.n)
		return err(ERR_SYNTAX, "from: there is no sender");
	r = set_date_and_id(m);
	if (r >= 0)
		r = put_attachments(m, made);
	if (r < 0)
		return r;
	d->to = m->to.v;
	d->n_to = m->to.n;
	d->cc = m->cc.v;
	d->n_cc = m->cc.n;
	d->extras = m->extras.v;
	d->n_extras = m->extras.n;
	r = message_compose(d, &made->octets, &composed);
	if (r == ERR_TOO_LONG)
		return err(ERR_LIMIT, "the message has more than %d octets", MAIL_BYTES_MAX);
	if (r < 0)
		return r;
	if (made->n_pieces)
		qsort(made->pieces, made->n_pieces, sizeof *made->pieces, by_place);
	made->smtputf8 = composed.smtputf8_needed;
	return 0;
}

/* ---- raw ------------------------------------------------------------------------------- */

static const unsigned RAW_FAULTS = MESSAGE_FAULT_NO_FROM | MESSAGE_FAULT_FROM_TWICE |
                                   MESSAGE_FAULT_FROM_SYNTAX | MESSAGE_FAULT_SENDER_SYNTAX |
                                   MESSAGE_FAULT_DUPLICATE | MESSAGE_FAULT_MALFORMED;

/* Those whom its header names, when nobody else was named. */
static int people_of_raw(struct postrider_mail *m, struct mail_people *out)
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, buf_span(&m->raw));
	while (message_header_next(&h, &f)) {
		AUTO_BUF value = BUF(MESSAGE_HEADER_BYTES_MAX);

		if (!span_eq_nocase(f.name, SPAN("To")) && !span_eq_nocase(f.name, SPAN("Cc")) &&
		    !span_eq_nocase(f.name, SPAN("Bcc")))
			continue;
		if (message_unfold(f.value, &value) < 0)
			return err(ERR_NO_MEMORY, "out of memory");
		if (mail_add_people(m, out, buf_span(&value), "raw"))
			return ERR_SYNTAX;
	}
	return 0;
}

/* Who sent it, for the return path and a new Message-ID. */
static int sender_of(struct mail_made *made, const struct message_submit *s, struct span *out)
{
	AUTO_BUF address = BUF(2048);
	const struct message_mailbox *who = s->n_sender ? s->sender : s->n_from ? s->from : NULL;

	if (!who)
		return err(ERR_SYNTAX, "raw: the message has no sender");
	if (message_address_put(&address, who) < 0)
		return err(ERR_LIMIT, "raw: its sender's address is too long");
	return arena_copy(&made->mem, buf_span(&address), out);
}

static int edit_raw(struct postrider_mail *m, struct mail_made *made)
{
	char id[ID_TEXT_LEN + 1];
	struct message_submit_facts facts = { .hostname = SPAN("localhost") };
	struct message_submit s;
	struct span in = buf_span(&m->raw), sender;
	int r;

	id_print(m->draft.seed, id);
	if (!m->draft.time_ms)
		m->draft.time_ms = clock_wall_time_ms();
	facts.time_ms = m->draft.time_ms;
	facts.id = span_str(id);
	if (m->draft.from.address.n)
		facts.hostname = host_of(m, m->draft.from.address);
	r = message_submit(in, &facts, &made->mem, &made->octets, &s);
	if (r < 0)
		return r == ERR_SYNTAX ? err(r, "raw: its header holds a bare CR or LF, or a NUL")
		                       : r;
	if (s.faults & RAW_FAULTS)
		return err(ERR_SYNTAX, "raw: %s", message_submit_fault_str(s.faults & RAW_FAULTS));
	r = sender_of(made, &s, &sender);
	if (r < 0)
		return r;
	if (!m->has_return_path)
		made->return_path = sender;
	made->smtputf8 = s.utf8;
	in = span_sub(in, s.header_n, SIZE_MAX);
	made->eight_bit = !utf8_is_ascii(in);
	return buf_put(&made->octets, in);
}

/* ---- both ------------------------------------------------------------------------------ */

static bool is_signed(struct span text)
{
	struct message_header h;
	struct message_field f;
	bool found = false;

	message_header_begin(&h, text);
	while (!found && message_header_next(&h, &f))
		found = message_field_signs(&f);
	return found;
}

static int make(struct postrider_mail *m, struct mail_made *made)
{
	struct mail_people more = { 0 };
	int r = 0;

	if (m->has_raw && !(m->to.n + m->cc.n + m->bcc.n))
		r = people_of_raw(m, &more);
	if (r >= 0)
		r = envelope_make(m, &more, made);
	mail_people_fini(&more);
	if (r < 0 || m->err)
		return r;
	r = m->has_raw ? edit_raw(m, made) : compose(m, made);
	made->text = buf_span(&made->octets);
	measure(made);
	made->is_signed = is_signed(made->text);
	return r;
}

int mail_make(struct postrider_mail *m, struct mail_made *out)
{
	int r;

	*out = (struct mail_made){ .mem = { .cap = SIZE_MAX / 2 }, .octets = BUF(MAIL_BYTES_MAX) };
	if (!m)
		return POSTRIDER_INVALID;
	out->return_path = m->has_return_path ? m->return_path : m->draft.from.address;
	m->passing = false;
	r = make(m, out);
	if (m->err)
		return m->err;
	if (r >= 0)
		return POSTRIDER_OK;
	return code_is_own(code_of(r)) ? mail_fail_once(m, r, NULL) : mail_fail(m, r, NULL);
}

void mail_made_fini(struct mail_made *made)
{
	buf_fini(&made->octets);
	arena_fini(&made->mem);
}

static int write_all(const struct mail_made *made,
                     int (*put)(void *arg, const void *octets, size_t n), void *arg)
{
	AUTO_BUF room = BUF(SIZE_MAX / 2);
	struct mail_reader reader;
	struct span octets;
	int r;

	mail_reader_init(&reader, made);
	while ((r = mail_reader_next(&reader, WRITE_BYTES, &room, &octets)) >= 0 && octets.n)
		if (put(arg, octets.p, octets.n) != 0) {
			r = err(ERR_CANCELLED, "the function that takes the octets failed");
			break;
		}
	mail_reader_fini(&reader);
	return r;
}

/* The mail is as good as before, whatever becomes of this. */
int postrider_mail_write(struct postrider_mail *m,
                         int (*put)(void *arg, const void *octets, size_t n), void *arg)
{
	struct mail_made made;
	int r = mail_begin(m, put ? "" : NULL, "write");

	if (r)
		return r;
	r = mail_make(m, &made);
	if (!r) {
		int e = write_all(&made, put, arg);

		r = e < 0 ? mail_fail_once(m, e, "write") : 0;
	}
	mail_made_fini(&made);
	return r;
}

/* component/mail/mail.c - a mail: its life, its errors, its people and fields; see mail.h. */
#include "component/mail/mail.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"
#include "base/utf8.h"
#include "idn/idn.h"
#include "wire/message/address.h"
#include "wire/message/write/field.h"
#include "wire/smtp/path.h"

enum { LOCAL_BYTES_MAX = 64, ADDRESS_BYTES_MAX = 254, SHOWN_BYTES = 200 };

struct postrider_mail *postrider_mail_new(const char *from, const char *to, const char *subject)
{
	struct postrider_mail *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->mem.cap = SIZE_MAX / 2;
	os_random(&m->draft.seed, sizeof m->draft.seed);
	if (from)
		(void)postrider_mail_from(m, from);
	if (to)
		(void)postrider_mail_to(m, to);
	if (subject)
		(void)postrider_mail_subject(m, subject);
	return m;
}

void postrider_mail_free(struct postrider_mail *m)
{
	if (!m)
		return;
	mail_people_fini(&m->to);
	mail_people_fini(&m->cc);
	mail_people_fini(&m->bcc);
	for (size_t i = 0; i < m->attachments.n; i++)
		if (m->attachments.v[i].source)
			source_fini(m->attachments.v[i].source);
	free(m->attachments.v);
	free(m->extras.v);
	buf_fini(&m->raw);
	arena_fini(&m->mem);
	free(m);
}

/* ---- errors --------------------------------------------------------------------------- */

const char *postrider_mail_error(const struct postrider_mail *m)
{
	return !m ? MAIL_NULL : m->err || m->passing ? m->words : NULL;
}

static void put_words(struct postrider_mail *m, int r, const char *what)
{
	const char *why = err_str(r);
	bool says = !what || span_starts(span_str(why), span_str(what));

	snprintf(m->words, sizeof m->words, "%s%s%s", says ? "" : what, says ? "" : ": ", why);
}

int mail_fail(struct postrider_mail *m, int r, const char *what)
{
	if (m->err)
		return m->err;
	put_words(m, r, what);
	m->err = code_of(r);
	return m->err;
}

int mail_fail_once(struct postrider_mail *m, int r, const char *what)
{
	if (m->err)
		return m->err;
	put_words(m, r, what);
	m->passing = true;
	return code_of(r);
}

bool mail_is_bad(const struct postrider_mail *m)
{
	return m && m->err && m->err != POSTRIDER_NO_MEMORY;
}

int mail_begin(struct postrider_mail *m, const void *value, const char *what)
{
	if (!m)
		return POSTRIDER_INVALID;
	if (m->err)
		return m->err;
	m->passing = false;
	if (!value)
		return mail_fail(m, err(ERR_SYNTAX, "a value is needed, and it is NULL"), what);
	return 0;
}

int mail_begin_part(struct postrider_mail *m, const void *value, const char *what)
{
	int r = mail_begin(m, value, what);

	if (r || !m->has_raw)
		return r;
	return mail_fail(
	        m,
	        err(ERR_SYNTAX, "the mail is a whole message already (raw), which goes as it is"),
	        what);
}

int mail_set_line(struct postrider_mail *m, const char *text, const char *what, struct span *out)
{
	int r = mail_begin_part(m, text, what);

	if (r)
		return r;
	r = message_field_check(span_str(text), what);
	if (r >= 0)
		r = arena_copy(&m->mem, span_str(text), out);
	return r < 0 ? mail_fail(m, r, what) : 0;
}

void *mail_grow(struct postrider_mail *m, void *v, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 8;
	void *grown;

	if (n < *room)
		return v;
	grown = more <= SIZE_MAX / 2 / size ? realloc(v, more * size) : NULL;
	if (!grown)
		mail_fail(m, err(ERR_NO_MEMORY, "out of memory"), NULL);
	else
		*room = more;
	return grown;
}

void mail_people_fini(struct mail_people *people)
{
	free(people->v);
	*people = (struct mail_people){ 0 };
}

/* ---- people --------------------------------------------------------------------------- */

/* RFC 6531 3.2: a domain alone that is international needs no SMTPUTF8 in A-labels. */
static int put_address(struct postrider_mail *m, const struct message_mailbox *from,
                       struct span *out)
{
	AUTO_BUF address = BUF(1024);
	struct span domain;
	ptrdiff_t at;
	int r = message_address_put(&address, from);

	if (r < 0)
		return r == ERR_TOO_LONG ? err(ERR_LIMIT, "an address is too long") : r;
	at = span_find_last(buf_span(&address), '@');
	domain = span_sub(buf_span(&address), (size_t)(at + 1), SIZE_MAX);
	if (utf8_is_ascii(domain) || !utf8_is_ascii(span_sub(buf_span(&address), 0, (size_t)at)))
		return arena_copy(&m->mem, buf_span(&address), out);
	r = idn_to_ascii(domain, &m->mem, &domain);
	if (r >= 0) {
		*out = span_str(
		        arena_printf(&m->mem, "%.*s@%.*s", (int)at, address.p, SPAN_ARG(domain)));
		r = out->p ? 0 : ERR_NO_MEMORY;
	}
	return r;
}

static int take_person(struct postrider_mail *m, const struct message_mailbox *from,
                       struct message_person *out)
{
	AUTO_BUF name = BUF(4096);
	int r = message_name_put(&name, from);

	if (r < 0)
		return r == ERR_TOO_LONG ? err(ERR_LIMIT, "a name is too long") : r;
	out->name = (struct span){ 0 };
	if (name.n)
		r = arena_copy(&m->mem, buf_span(&name), &out->name);
	return r < 0 ? r : put_address(m, from, &out->address);
}

int mail_check_recipient(struct span address)
{
	struct span shown = span_sub(address, 0, SHOWN_BYTES);
	ptrdiff_t at = span_find_last(address, '@');
	struct smtp_path path;

	if (smtp_address_split(address, 0, &path) >= 0)
		return 0;
	if (at > LOCAL_BYTES_MAX)
		return err(ERR_SYNTAX, "%.*s: more than 64 octets before the @", SPAN_ARG(shown));
	if (address.n > ADDRESS_BYTES_MAX)
		return err(ERR_SYNTAX, "%.*s: an address of more than 254 octets", SPAN_ARG(shown));
	return err(ERR_SYNTAX, "%.*s: %.*s is no domain that mail can have", SPAN_ARG(shown),
	           SPAN_ARG(span_sub(shown, (size_t)(at + 1), shown.n)));
}

static int add_mailboxes(struct postrider_mail *m, struct mail_people *to, struct span list)
{
	struct message_addresses it;
	struct message_mailbox mailbox;
	int r;

	message_addresses_begin(&it, list);
	while ((r = message_addresses_next(&it, &mailbox)) > 0) {
		struct message_person *v = mail_grow(m, to->v, to->n, &to->room, sizeof *v);

		if (!v)
			return ERR_NO_MEMORY;
		to->v = v;
		r = take_person(m, &mailbox, &to->v[to->n]);
		if (r >= 0)
			r = mail_check_recipient(to->v[to->n].address);
		if (r < 0)
			return r;
		to->n++;
	}
	return r < 0 ? err(r,
	                   "%.*s is no list of addresses: write local@domain, or Name "
	                   "<local@domain>, with commas between",
	                   SPAN_ARG(span_sub(list, 0, SHOWN_BYTES)))
	             : 0;
}

int mail_add_people(struct postrider_mail *m, struct mail_people *to, struct span list,
                    const char *what)
{
	int r = message_field_check(list, what);

	if (r < 0)
		return mail_fail(m, r, what);
	r = add_mailboxes(m, to, list);
	return r < 0 ? mail_fail(m, r, what) : 0;
}

int mail_person(struct postrider_mail *m, const char *text, const char *what,
                struct message_person *out)
{
	struct message_mailbox mailbox;
	struct message_person made;
	int r = mail_begin(m, text, what);

	if (r)
		return r;
	r = message_field_check(span_str(text), what);
	if (r >= 0 && message_mailbox_parse(span_str(text), &mailbox) < 0)
		r = err(ERR_SYNTAX,
		        "%.200s is no address: write local@domain, or Name <local@domain>", text);
	if (r >= 0)
		r = take_person(m, &mailbox, &made);
	if (r >= 0)
		r = mail_check_recipient(made.address);
	if (r < 0)
		return mail_fail(m, r, what);
	*out = made;
	return 0;
}

int postrider_mail_from(struct postrider_mail *m, const char *mailbox)
{
	return mail_person(m, mailbox, "from", m ? &m->draft.from : NULL);
}

int postrider_mail_reply_to(struct postrider_mail *m, const char *mailbox)
{
	int r = mail_begin_part(m, mailbox, "reply_to");

	return r ? r : mail_person(m, mailbox, "reply_to", &m->draft.reply_to);
}

static int add(struct postrider_mail *m, struct mail_people *to, const char *mailboxes,
               const char *what)
{
	int r = mail_begin(m, mailboxes, what);
	size_t n = r ? 0 : to->n;

	if (!r)
		r = mail_add_people(m, to, span_str(mailboxes), what);
	if (!r && to->n == n)
		r = mail_fail(m,
		              err(ERR_SYNTAX,
		                  "\"%.200s\" names nobody: leave the call out where there is "
		                  "nobody",
		                  mailboxes),
		              what);
	return r;
}

int postrider_mail_to(struct postrider_mail *m, const char *mailboxes)
{
	return add(m, m ? &m->to : NULL, mailboxes, "to");
}

int postrider_mail_cc(struct postrider_mail *m, const char *mailboxes)
{
	return add(m, m ? &m->cc : NULL, mailboxes, "cc");
}

int postrider_mail_bcc(struct postrider_mail *m, const char *mailboxes)
{
	return add(m, m ? &m->bcc : NULL, mailboxes, "bcc");
}

int postrider_mail_return_path(struct postrider_mail *m, const char *address)
{
	struct message_person person = { 0 };
	int r = mail_begin(m, address, "return_path");

	if (!r && *address)
		r = mail_person(m, address, "return_path", &person);
	if (r)
		return r;
	m->return_path = person.address;
	m->has_return_path = true;
	return 0;
}

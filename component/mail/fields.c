/* component/mail/fields.c - subject, date, ids and further fields of a mail. */
#include "component/mail/mail.h"
#include "wire/message/address.h"
#include "wire/message/write/field.h"

enum {
	SUBJECT_MAX = 64 << 10,
	VALUE_MAX = 64 << 10,
	URL_MAX = 800,
	SHOWN_MAX = 200,
	EXTRAS_MAX = 1000,
	ID_MAX = 995, /* RFC 5322 2.1.1: with a space and brackets it is a line */
};

/* What has a call of its own, or is not a sender's to put (RFC 5322 3.6, RFC 2045 3). */
static const struct {
	const char *name, *instead;
} reserved[] = {
	{ "From", "postrider_mail_from" },
	{ "To", "postrider_mail_to" },
	{ "Cc", "postrider_mail_cc" },
	{ "Bcc", "postrider_mail_bcc" },
	{ "Reply-To", "postrider_mail_reply_to" },
	{ "Subject", "postrider_mail_subject" },
	{ "Date", "postrider_mail_date" },
	{ "Message-ID", "postrider_mail_message_id" },
	{ "Return-Path", "postrider_mail_return_path" },
	{ "List-Unsubscribe-Post", "postrider_mail_unsubscribe" },
	{ "MIME-Version", "what the text and attachments are for" },
	{ "Resent-Bcc", "postrider_mail_bcc" },
	{ "Received", "nothing: servers put it" },
	{ "Delivered-To", "nothing: servers put it" },
};

int postrider_mail_subject(struct postrider_mail *m, const char *subject)
{
	struct span text;
	int r = mail_set_line(m, subject, "subject", &text);

	if (!r && text.n > SUBJECT_MAX)
		r = mail_fail(m, err(ERR_LIMIT, "more than %d octets", SUBJECT_MAX), "subject");
	if (!r)
		m->draft.subject = text;
	return r;
}

static int check_name(struct span name)
{
	if (span_starts_nocase(name, SPAN("Content-")))
		return err(ERR_SYNTAX, "%.*s is for the message's parts, which are made here",
		           SPAN_ARG(name));
	for (size_t i = 0; i < N_ELEMS(reserved); i++)
		if (span_eq_nocase(name, span_str(reserved[i].name)))
			return err(ERR_SYNTAX, "%s is not set by this call: use %s",
			           reserved[i].name, reserved[i].instead);
	return 0;
}

/* Both are checked. */
static int add_extra(struct postrider_mail *m, struct span name, struct span value)
{
	struct message_extra *v =
	        mail_grow(m, m->extras.v, m->extras.n, &m->extras.room, sizeof *v);
	int r;

	if (!v)
		return m->err;
	m->extras.v = v;
	r = arena_copy(&m->mem, name, &v[m->extras.n].name);
	if (r >= 0)
		r = arena_copy(&m->mem, value, &v[m->extras.n].value);
	if (r < 0)
		return mail_fail(m, r, "header");
	m->extras.n++;
	return 0;
}

/* Fields whose value has a form: RFC 5322 3.6.2, 3.6.4, 3.6.6; RFC 8098 2.1. */
static const struct {
	const char *name;
	enum { ONE_MAILBOX, MAILBOXES, IDS } form;
} structured[] = {
	{ "Sender", ONE_MAILBOX },    { "Resent-Sender", ONE_MAILBOX },
	{ "Resent-From", MAILBOXES }, { "Resent-To", MAILBOXES },
	{ "Resent-Cc", MAILBOXES },   { "Disposition-Notification-To", MAILBOXES },
	{ "Resent-Message-ID", IDS }, { "In-Reply-To", IDS },
	{ "References", IDS },
};

static bool are_mailboxes(struct span value)
{
	struct message_addresses it;
	struct message_mailbox mailbox;
	size_t n = 0;
	int r;

	message_addresses_begin(&it, value);
	while ((r = message_addresses_next(&it, &mailbox)) > 0)
		n++;
	return r >= 0 && n;
}

/* Without brackets it is to look like one. */
static bool are_ids(struct span value)
{
	for (size_t n = 0;; n++) {
		struct span id;
		bool bare;

		value = span_trim(value);
		if (!value.n)
			return n > 0;
		bare = value.p[0] != '<';
		id = value;
		id.n = (size_t)(bare ? span_find(value, ' ') : span_find(value, '>') + 1);
		id = span_sub(value, 0, id.n);
		if (message_id_check(id, bare) < 0)
			return false;
		value = span_sub(value, id.n, SIZE_MAX);
	}
}

static int check_form(struct span name, struct span value)
{
	struct span shown = span_sub(value, 0, SHOWN_MAX);
	struct message_mailbox mailbox;

	for (size_t i = 0; i < N_ELEMS(structured); i++) {
		if (!span_eq_nocase(name, span_str(structured[i].name)))
			continue;
		if (structured[i].form == ONE_MAILBOX && message_mailbox_parse(value, &mailbox) < 0)
			return err(ERR_SYNTAX,
			           "%.*s: %.*s is no address: write local@domain, or Name "
			           "<local@domain>",
			           SPAN_ARG(name), SPAN_ARG(shown));
		if (structured[i].form == MAILBOXES && !are_mailboxes(value))
			return err(ERR_SYNTAX, "%.*s: %.*s is no list of addresses", SPAN_ARG(name),
			           SPAN_ARG(shown));
		if (structured[i].form == IDS && !are_ids(value))
			return err(ERR_SYNTAX, "%.*s: %.*s is no message id: write <id@host>",
			           SPAN_ARG(name), SPAN_ARG(shown));
	}
	return 0;
}

int postrider_mail_header(struct postrider_mail *m, const char *name, const char *value)
{
	struct span n = span_str(name), v = span_str(value);
	int r = mail_begin_part(m, name && value ? name : NULL, "header");

	if (r)
		return r;
	r = message_extra_name_check(n);
	if (r < 0)
		return mail_fail(m, r, "header");
	r = check_name(n);
	if (r >= 0)
		r = message_field_check(v, name);
	if (r >= 0)
		r = check_form(n, v);
	if (r >= 0 && (v.n > VALUE_MAX || m->extras.n == EXTRAS_MAX))
		r = err(ERR_LIMIT, "%s: more than %d fields, or %d octets", name, EXTRAS_MAX,
		        VALUE_MAX);
	return r < 0 ? mail_fail(m, r, "header") : add_extra(m, n, v);
}

int postrider_mail_date(struct postrider_mail *m, int64_t seconds)
{
	int r = mail_begin(m, "", "date");

	if (!r && (seconds <= 0 || seconds > INT64_C(253402300799)))
		r = mail_fail(m,
		              err(ERR_SYNTAX,
		                  "%jd seconds since 1970 are not between 1970 and 9999",
		                  (intmax_t)seconds),
		              "date");
	if (!r)
		m->draft.time_ms = seconds * 1000;
	return r;
}

int postrider_mail_message_id(struct postrider_mail *m, const char *id)
{
	struct span text;
	int r = mail_set_line(m, id, "message_id", &text);

	if (r)
		return r;
	if (message_id_check(text, true) < 0)
		return mail_fail(m,
		                 err(ERR_SYNTAX,
		                     "%.200s is no message id: write id@host, in ASCII, with at "
		                     "most %d octets",
		                     id, ID_MAX),
		                 "message_id");
	if (text.n > 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
		text = span_sub(text, 1, text.n - 2);
	m->draft.message_id = text;
	return 0;
}

/* RFC 8058 3.1: https, and what may stand between < and >. */
static int check_url(struct span url)
{
	bool good = span_starts_nocase(url, SPAN("https://")) && url.n > sizeof "https://" - 1 &&
	            url.n <= URL_MAX;

	for (size_t i = 0; i < url.n; i++)
		good = good && url.p[i] > ' ' && url.p[i] < 0x7f && url.p[i] != '<' &&
		       url.p[i] != '>';
	return good ? 0
	            : err(ERR_SYNTAX,
	                  "%.*s is no https URL of printable ASCII, with at most %d octets (RFC "
	                  "8058)",
	                  SPAN_ARG(span_sub(url, 0, SHOWN_MAX)), URL_MAX);
}

int postrider_mail_unsubscribe(struct postrider_mail *m, const char *url)
{
	int r = mail_begin_part(m, url, "unsubscribe");
	const char *value;

	if (r)
		return r;
	r = message_field_check(span_str(url), "unsubscribe");
	if (r >= 0)
		r = check_url(span_str(url));
	if (r < 0)
		return mail_fail(m, r, "unsubscribe");
	value = arena_printf(&m->mem, "<%s>", url);
	if (!value)
		return mail_fail(m, err(ERR_NO_MEMORY, "out of memory"), NULL);
	r = add_extra(m, SPAN("List-Unsubscribe"), span_str(value));
	return r ? r
	         : add_extra(m, SPAN("List-Unsubscribe-Post"), SPAN("List-Unsubscribe=One-Click"));
}

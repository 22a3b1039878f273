/* component/mail/fields.c - subject, date, ids and further fields of a mail. */
#include "component/mail/mail.h"
#include "base/utf8.h"
#include "wire/message/write/field.h"

enum { SUBJECT_MAX = 64 << 10, VALUE_MAX = 64 << 10, URL_MAX = 800, EXTRAS_MAX = 1000 };

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

int postrider_mail_header(struct postrider_mail *m, const char *name, const char *value)
{
	struct span n = span_str(name), v = span_str(value);
	int r = mail_begin(m, name && value ? name : NULL, "header");

	if (r)
		return r;
	r = message_extra_name_check(n);
	if (r < 0)
		return mail_fail(m, r, "header");
	r = check_name(n);
	if (r >= 0)
		r = message_field_check(v, name);
	if (r >= 0 && (v.n > VALUE_MAX || m->extras.n == EXTRAS_MAX))
		r = err(ERR_LIMIT, "%s: more than %d fields, or %d octets", name, EXTRAS_MAX,
		        VALUE_MAX);
	return r < 0 ? mail_fail(m, r, "header") : add_extra(m, n, v);
}

int postrider_mail_date(struct postrider_mail *m, int64_t seconds)
{
	int r = mail_begin(m, "", "date");

	if (!r && (seconds <= 0 || seconds > INT64_C(253402300799)))
		r = mail_fail(m, err(ERR_SYNTAX, "it is not between the years 1970 and 9999"),
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
	                  "no https URL of printable ASCII, with at most %d octets (RFC 8058)",
	                  URL_MAX);
}

int postrider_mail_unsubscribe(struct postrider_mail *m, const char *url)
{
	int r = mail_begin(m, url, "unsubscribe");
	const char *value;

	if (r)
		return r;
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

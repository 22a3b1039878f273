/* wire/report/plain.c - bounces of servers that know no RFC 3464, by their text.
 *
 * qmail (QSBMF, D. J. Bernstein 1997), Exim, old Sendmail and others: an address that stands alone,
 * and the words why soon behind it.  Taken only where both the sender and the subject say that it
 * is one, and the words are such as are understood.
 */
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/report/report_impl.h"
#include "wire/smtp/verdict/verdict.h"

enum {
	LINES_MAX = 200, /* what was sent follows, and is not looked at */
	NEAR = 8,        /* lines from the address to the reason */
	ADDRESS_MAX = 320,
};

static bool is_daemon(struct span from)
{
	return span_find_nocase(from, SPAN("mailer-daemon@")) >= 0 ||
	       span_find_nocase(from, SPAN("postmaster@")) >= 0 ||
	       span_find_nocase(from, SPAN("mail delivery s")) >= 0; /* System, Subsystem */
}

static bool is_failure(struct span subject)
{
	static const struct span words[] = { SPAN("undeliver"),        SPAN("failure notice"),
		                             SPAN("returned mail"),    SPAN("returned to sender"),
		                             SPAN("delivery failed"),  SPAN("delivery failure"),
		                             SPAN("delivery status"),  SPAN("delivery has failed"),
		                             SPAN("delivery problem"), SPAN("non-deliver") };

	if (span_find_nocase(subject, SPAN("delayed")) >= 0 ||
	    span_find_nocase(subject, SPAN("warning")) >= 0)
		return false;
	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (span_find_nocase(subject, words[i]) >= 0)
			return true;
	return false;
}

static bool is_bounce(const struct report_case *c)
{
	struct message_field from, subject;

	return message_header_find(c->text, SPAN("From"), &from) &&
	       message_header_find(c->text, SPAN("Subject"), &subject) && is_daemon(from.value) &&
	       is_failure(subject.value);
}

/* "<bob@example.net>:", "  bob@example.net", and nothing else in the line. */
static bool is_address(struct span line, struct span *out)
{
	struct span a = span_trim(line);
	ptrdiff_t at;

	while (a.n && (a.p[a.n - 1] == ':' || a.p[a.n - 1] == '>'))
		a.n--;
	if (a.n && a.p[0] == '<')
		a = span_sub(a, 1, a.n);
	at = span_find(a, '@');
	if (at < 1 || (size_t)at + 1 >= a.n || a.n > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if ((unsigned char)a.p[i] <= ' ' || strchr("<>(),;:\"", a.p[i]) ||
		    (a.p[i] == '@' && i != (size_t)at))
			return false;
	*out = a;
	return true;
}

/* The line says why for good, in words that are understood. */
static bool tells(struct report_case *c, struct span line, struct report_about *a)
{
	struct report_about said = { .kind = RECIPIENT_BOUNCED };

	report_words(c, line, &said);
	if ((!said.code && !said.enhanced.n) || said.code / 100 == 4 ||
	    (said.enhanced.n && said.enhanced.p[0] == '4'))
		return false;
	report_classify(&said);
	if (said.class == SMTP_CLASS_REFUSED || said.class == SMTP_CLASS_DELIVERED)
		return false;
	said.address = a->address;
	*a = said;
	return true;
}

/* Behind this what was sent begins. */
static bool ends(struct span line)
{
	return span_starts(line, SPAN("--- Below this line")) ||
	       span_find_nocase(line, SPAN("copy of the message")) >= 0 ||
	       span_find_nocase(line, SPAN("original message")) >= 0;
}

static int read_lines(struct report_case *c, struct span text)
{
	struct report_about a = { 0 }, *kept;
	size_t n = 0, since = 0;
	struct span line, whole, address;

	while (n++ < LINES_MAX && message_line_next(&text, &whole, &line) && !ends(line)) {
		if (is_address(line, &address)) {
			a = (struct report_about){ .address = report_line(c, address) };
			since = n;
			continue;
		}
		if (!a.address.n || n - since > NEAR || !tells(c, line, &a))
			continue;
		kept = report_add(c, a.kind);
		if (!kept)
			break;
		*kept = a;
		a = (struct report_about){ 0 };
	}
	return c->out->n_about > 0;
}

int report_plain(struct report_case *c)
{
	AUTO_BUF body = BUF(REPORT_BYTES_MAX);
	const struct message_part *p = NULL;
	struct span text;

	if (!is_bounce(c))
		return 0;
	for (size_t i = 0; i < c->mime.n_parts && !p; i++)
		if (message_part_is(&c->mime.parts[i], "text", "plain"))
			p = &c->mime.parts[i];
	int r = p ? message_decode(message_part_body(c->text, p), p->encoding, &body) : 1;
	if (r == ERR_NO_MEMORY || !p)
		return p ? r : 0;
	r = arena_copy(c->mem, buf_span(&body), &text);
	return r < 0 ? r : read_lines(c, text);
}

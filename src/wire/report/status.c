/* wire/report/status.c - machine-readable reports: RFC 3464 2, RFC 5965 3. */
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/report/report_impl.h"

/* The part of that type in a multipart; NULL: there is none. */
static const struct message_part *find(const struct report_case *c, const char *subtype,
                                       const char *global)
{
	for (size_t i = 1; i < c->mime.n_parts; i++) {
		const struct message_part *p = &c->mime.parts[i];

		if (p->depth <= 2 && (message_part_is(p, "message", subtype) ||
		                      (global && message_part_is(p, "message", global))))
			return p;
	}
	return NULL;
}

static int decoded(struct report_case *c, const struct message_part *p, struct span *out)
{
	AUTO_BUF body = BUF(REPORT_BYTES_MAX);
	int r = message_decode(message_part_body(c->text, p), p->encoding, &body);

	if (r == ERR_TOO_LONG)
		r = 0; /* as far as it goes */
	return r < 0 ? r : arena_copy(c->mem, buf_span(&body), out);
}

/* ---- RFC 3464 ---- */

/* RFC 3464 2.2 */
static void read_message(struct report_case *c, const struct message_field *f)
{
	struct span value = report_line(c, f->value);

	if (span_eq_nocase(f->name, SPAN("Reporting-MTA")))
		c->out->reporter = report_typed(value);
	else if (span_eq_nocase(f->name, SPAN("Original-Envelope-Id")))
		c->out->envelope_id = value;
}

/* RFC 3464 2.3.3: what is delivered, relayed or expanded is no news of ours. */
static uint8_t kind_of(struct span action)
{
	if (span_starts_nocase(action, SPAN("failed")))
		return RECIPIENT_BOUNCED;
	return span_starts_nocase(action, SPAN("delayed")) ? RECIPIENT_DELAYED : 0;
}

/* RFC 3464 2.3 */
static void read_recipient(struct report_case *c, const struct message_field *f,
                           struct report_about *a, struct report_about *status)
{
	struct span value = report_line(c, f->value), type;

	if (span_eq_nocase(f->name, SPAN("Final-Recipient")))
		a->address = report_typed(value);
	else if (span_eq_nocase(f->name, SPAN("Original-Recipient")))
		a->original = report_typed(value);
	else if (span_eq_nocase(f->name, SPAN("Action")))
		a->kind = kind_of(value);
	else if (span_eq_nocase(f->name, SPAN("Status")))
		report_words(c, value, status);
	else if (span_eq_nocase(f->name, SPAN("Diagnostic-Code"))) {
		if (span_find(value, ';') >= 0)
			span_split(&value, ';', &type);
		report_words(c, span_trim(value), a);
	}
}

/* One group of fields, RFC 3464 2.1; *rest behind it.  False: there is none any more. */
static bool next_group(struct span *rest, struct span *group)
{
	struct message_header h;
	struct message_field f;

	while (span_starts(*rest, SPAN("\r\n")))
		*rest = span_sub(*rest, 2, rest->n);
	message_header_begin(&h, *rest);
	while (message_header_next(&h, &f))
		;
	*group = span_sub(*rest, 0, h.fields_n);
	*rest = span_sub(*rest, h.at, rest->n);
	return h.n_fields > 0;
}

static void take_recipient(struct report_case *c, struct span group)
{
	struct report_about a = { 0 }, status = { 0 }, *kept;
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, group);
	while (message_header_next(&h, &f))
		read_recipient(c, &f, &a, &status);
	if (!a.enhanced.n) /* the server's own is more to the point */
		a.enhanced = status.enhanced;
	if (!a.kind || (!a.address.n && !a.original.n))
		return;
	report_classify(&a);
	kept = report_add(c, a.kind);
	if (kept)
		*kept = a;
}

int report_status(struct report_case *c)
{
	const struct message_part *p = find(c, "delivery-status", "global-delivery-status");
	struct message_header h;
	struct message_field f;
	struct span rest, group;
	int r = p ? decoded(c, p, &rest) : 0;

	if (!p || r < 0)
		return r;
	if (!next_group(&rest, &group))
		return 0;
	message_header_begin(&h, group);
	while (message_header_next(&h, &f))
		read_message(c, &f);
	while (next_group(&rest, &group))
		take_recipient(c, group);
	return c->out->n_about > 0;
}

/* ---- RFC 5965 ---- */

/* RFC 5965 3.1, 7.3: what is no complaint of a reader's. */
static bool is_complaint(struct span type)
{
	return type.n && !span_eq_nocase(type, SPAN("not-spam")) &&
	       !span_starts_nocase(type, SPAN("auth-failure")) &&
	       !span_eq_nocase(type, SPAN("dkim"));
}

static void read_feedback(struct report_case *c, const struct message_field *f, struct span *type)
{
	struct span value = report_line(c, f->value);
	struct report_about *a;

	if (span_eq_nocase(f->name, SPAN("Feedback-Type")))
		*type = value;
	else if (span_eq_nocase(f->name, SPAN("Reporting-MTA")) ||
	         (span_eq_nocase(f->name, SPAN("User-Agent")) && !c->out->reporter.n))
		c->out->reporter = report_typed(value);
	else if (span_eq_nocase(f->name, SPAN("Original-Mail-From")))
		c->out->mail_from = report_typed(value);
	else if (span_eq_nocase(f->name, SPAN("Original-Envelope-Id")))
		c->out->envelope_id = value;
	else if (span_eq_nocase(f->name, SPAN("Original-Rcpt-To")) &&
	         (a = report_add(c, RECIPIENT_COMPLAINED)))
		a->address = report_typed(value);
}

int report_feedback(struct report_case *c)
{
	const struct message_part *p = find(c, "feedback-report", NULL);
	struct span rest, group, type = { 0 };
	struct message_header h;
	struct message_field f;
	int r = p ? decoded(c, p, &rest) : 0;

	if (!p || r < 0 || !next_group(&rest, &group))
		return r;
	message_header_begin(&h, group);
	while (message_header_next(&h, &f))
		read_feedback(c, &f, &type);
	if (!is_complaint(type)) {
		*c->out = (struct report){ 0 };
		return 0;
	}
	if (!c->out->n_about) /* many do not say whose it is */
		(void)report_add(c, RECIPIENT_COMPLAINED);
	for (size_t i = 0; i < c->out->n_about; i++) {
		c->out->about[i].text = type;
		c->out->about[i].class = 0;
	}
	return c->out->n_about > 0;
}

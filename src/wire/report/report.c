/* wire/report/report.c - see report.h: which kind it is, and what was sent. */
#include "wire/message/header.h"
#include "wire/report/report_impl.h"
#include "wire/smtp/verdict/verdict.h"

enum { NAME_MAX = 320 };

/* ---- shared ---- */

struct report_about *report_add(struct report_case *c, uint8_t kind)
{
	struct report *r = c->out;

	if (!r->about)
		r->about = arena_array(c->mem, struct report_about, REPORT_RECIPIENTS_MAX);
	if (!r->about || r->n_about == REPORT_RECIPIENTS_MAX)
		return NULL;
	r->about[r->n_about] = (struct report_about){ .kind = kind };
	return &r->about[r->n_about++];
}

struct span report_line(struct report_case *c, struct span value)
{
	struct span text = message_value_text(value, REPORT_TEXT_MAX, c->mem);
	char *p = arena_str(c->mem, text);

	for (size_t i = 0; p && i < text.n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			p[i] = '?';
	return span_make(p, p ? text.n : 0);
}

struct span report_typed(struct span value)
{
	struct span type;

	if (span_find(value, ';') >= 0)
		span_split(&value, ';', &type);
	value = span_trim(value);
	if (value.n > 2 && value.p[0] == '<' && value.p[value.n - 1] == '>')
		value = span_sub(value, 1, value.n - 2);
	return value.n <= NAME_MAX ? value : SPAN("");
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "550": a reply's code, with a blank or a - behind it. */
static bool code_at(struct span s, uint16_t *out)
{
	if (s.n < 3 || (s.p[0] != '4' && s.p[0] != '5') || s.p[1] > '5' || !is_digit(s.p[1]) ||
	    !is_digit(s.p[2]) || (s.n > 3 && s.p[3] != ' ' && s.p[3] != '-'))
		return false;
	*out = (uint16_t)((s.p[0] - '0') * 100 + (s.p[1] - '0') * 10 + (s.p[2] - '0'));
	return true;
}

static size_t digits_at(struct span s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && n < 3 && is_digit(s.p[at + n]))
		n++;
	return n;
}

/* "5.1.1" at the front, whatever stands behind it; its octets, or 0.  RFC 3463 2. */
static size_t enhanced_at(struct span s)
{
	size_t subject, detail;

	if (s.n < 5 || (s.p[0] != '4' && s.p[0] != '5') || s.p[1] != '.')
		return 0;
	subject = digits_at(s, 2);
	if (!subject || 2 + subject >= s.n || s.p[2 + subject] != '.')
		return 0;
	detail = digits_at(s, 3 + subject);
	size_t n = 3 + subject + detail;
	return detail && (n == s.n || (s.p[n] != '.' && !is_digit(s.p[n]))) ? n : 0;
}

/* Where a number may begin. */
static bool begins(struct span s, size_t i)
{
	return i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '#' || s.p[i - 1] == '(' ||
	       s.p[i - 1] == ':' || s.p[i - 1] == '[' || s.p[i - 1] == '<';
}

void report_words(struct report_case *c, struct span words, struct report_about *a)
{
	struct span line = report_line(c, words);

	a->text = line;
	for (size_t i = 0; i < line.n; i++) {
		struct span rest = span_sub(line, i, line.n);
		size_t n;

		if (!begins(line, i))
			continue;
		if (!a->code && code_at(rest, &a->code)) {
			if (i == 0)
				a->text =
				        span_trim(span_sub(line, line.n > 4 ? 4 : line.n, line.n));
			continue;
		}
		n = a->enhanced.n ? 0 : enhanced_at(rest);
		if (!n)
			continue;
		a->enhanced = span_sub(line, i, n);
		if (a->enhanced.p == a->text.p)
			a->text = span_trim(span_sub(a->text, n, a->text.n));
	}
}

void report_classify(struct report_about *a)
{
	struct smtp_outcome o = { .stage = SMTP_STAGE_RCPT, .code = a->code, .text = a->text };
	struct span rest = a->enhanced;

	if (rest.n && smtp_enhanced_parse(&rest, &o.enhanced) < 0)
		o.enhanced = (struct smtp_enhanced){ 0 };
	if (!o.code)
		o.code = a->kind == RECIPIENT_DELAYED || o.enhanced.class == 4 ? 450 : 550;
	a->class = (uint8_t)smtp_verdict(&o).class;
}

/* ---- what was sent ---- */

static void read_returned(struct report_case *c, struct span header)
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, header);
	while (message_header_next(&h, &f)) {
		if (span_eq_nocase(f.name, SPAN("Message-ID")) && !c->out->message_id.n)
			c->out->message_id = report_line(c, f.value);
		else if (span_eq_nocase(f.name, SPAN("Return-Path")) && !c->out->mail_from.n)
			c->out->mail_from = report_typed(report_line(c, f.value));
	}
}

static void find_returned(struct report_case *c)
{
	for (size_t i = 1; i < c->mime.n_parts; i++) {
		const struct message_part *p = &c->mime.parts[i];

		if (message_part_is(p, "message", "rfc822") ||
		    message_part_is(p, "message", "global") ||
		    message_part_is(p, "message", "global-headers") ||
		    message_part_is(p, "text", "rfc822-headers")) {
			read_returned(c, message_part_body(c->text, p));
			return;
		}
	}
}

int report_read(struct span text, bool null_sender, struct arena *mem, struct report *out)
{
	struct report_case c = { .text = span_sub(text, 0, REPORT_BYTES_MAX),
		                 .mem = mem,
		                 .out = out };
	int r = message_mime_parse(c.text, mem, &c.mime);

	*out = (struct report){ 0 };
	if (r >= 0)
		r = report_status(&c);
	if (r == 0)
		r = report_feedback(&c);
	if (r == 0)
		r = report_automatic(&c);
	if (r == 0 && null_sender)
		r = report_plain(&c);
	if (r <= 0)
		return r;
	find_returned(&c);
	return out->n_about ? 1 : 0;
}

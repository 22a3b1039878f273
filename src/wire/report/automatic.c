/* wire/report/automatic.c - answers of programs: RFC 3834 5. */
#include "wire/message/address.h"
#include "wire/message/header.h"
#include "wire/report/report_impl.h"

/* RFC 3834 5.1: of what Auto-Submitted says an answer is "auto-replied" alone; and what programs
 * say that are older. */
static bool is_automatic(const struct message_field *f)
{
	struct span value = span_trim(f->value), word;

	if (span_eq_nocase(f->name, SPAN("Auto-Submitted"))) {
		word = SPAN("auto-replied"); /* parameters and comments may follow */
		return span_starts_nocase(value, word) &&
		       (value.n == word.n || strchr(" \t;(", value.p[word.n]));
	}
	if (span_eq_nocase(f->name, SPAN("Precedence")))
		return span_eq_nocase(value, SPAN("auto_reply"));
	return span_eq_nocase(f->name, SPAN("X-Autoreply")) ||
	       span_eq_nocase(f->name, SPAN("X-Autorespond")) ||
	       span_eq_nocase(f->name, SPAN("X-Autoresponder"));
}

static int author(struct report_case *c, struct span value, struct span *out)
{
	AUTO_BUF address = BUF(1024);
	struct message_addresses it;
	struct message_mailbox m;

	message_addresses_begin(&it, value);
	if (message_addresses_next(&it, &m) != 1 || message_address_put(&address, &m) < 0)
		return 0;
	return arena_copy(c->mem, buf_span(&address), out);
}

int report_automatic(struct report_case *c)
{
	struct report_about a = { .kind = RECIPIENT_AUTO_REPLIED }, *kept;
	struct message_header h;
	struct message_field f;
	bool is = false;
	int r = 0;

	message_header_begin(&h, c->text);
	while (r >= 0 && message_header_next(&h, &f)) {
		is = is || is_automatic(&f);
		if (span_eq_nocase(f.name, SPAN("From")) && !a.address.n)
			r = author(c, f.value, &a.address);
		else if (span_eq_nocase(f.name, SPAN("Subject")) && !a.text.n)
			a.text = report_line(c, f.value);
		else if (span_eq_nocase(f.name, SPAN("In-Reply-To")) && !c->out->message_id.n)
			c->out->message_id = report_line(c, f.value);
	}
	if (r < 0 || !is || !(kept = report_add(c, a.kind))) {
		c->out->message_id = (struct span){ 0 };
		return r;
	}
	*kept = a;
	return 1;
}

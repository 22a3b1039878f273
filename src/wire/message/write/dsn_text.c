/* wire/message/write/dsn_text.c - see dsn_text.h. */
#include "wire/message/write/dsn_text.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "wire/message/header.h"
#include "wire/message/words.h"

enum { WIDTH = 72, TITLE_BYTES_MAX = 200 };

/* Gravest first. */
static const struct {
	enum message_dsn_action action;
	const char *subject; /* what is said before the address or the number */
	const char *text;    /* heading of those it happened to               */
} outcomes[] = {
	{ MESSAGE_DSN_FAILED, "Not delivered to", "Your message was NOT delivered to:" },
	{ MESSAGE_DSN_DELAYED, "Still trying to deliver to",
	  "Your message is delayed, and we go on trying; you need not send it again:" },
	{ MESSAGE_DSN_DELIVERED, "Delivered to",
	  "Your message was taken by the recipient's server:" },
	{ MESSAGE_DSN_RELAYED, "Passed on for",
	  "Your message was passed on to a server that will not report further:" },
	{ MESSAGE_DSN_EXPANDED, "Passed on to the members of",
	  "Your message was passed on to the members of:" },
};

/* Puts text from outside as one line's words: controls become spaces, what is not UTF-8 '?'. */
static void put_clean(struct buf *out, struct span s, size_t max)
{
	while (s.n && max) {
		struct span before = s;
		uint32_t c;

		if (utf8_next(&s, &c) < 0 || c == 0x2028 || c == 0x2029 || (c >= 0x7f && c < 0xa0))
			buf_putc(out, '?');
		else if (c < ' ')
			buf_putc(out, ' ');
		else
			buf_put(out, span_sub(before, 0, before.n - s.n));
		max--;
	}
}

/* Puts s broken into lines of about WIDTH at its spaces, each indented. */
static void put_wrapped(struct buf *out, const char *indent, struct span s)
{
	AUTO_BUF clean = BUF(8 * MESSAGE_DSN_WORDS_MAX);
	size_t column = 0;
	struct span rest, word;

	put_clean(&clean, s, MESSAGE_DSN_WORDS_MAX);
	rest = buf_span(&clean);
	while (span_split(&rest, ' ', &word)) {
		if (!word.n)
			continue;
		if (column && column + 1 + word.n > WIDTH) {
			buf_puts(out, "\r\n");
			column = 0;
		}
		buf_puts(out, column ? " " : indent);
		buf_put(out, word);
		column += (column ? 1 : strlen(indent)) + word.n;
	}
	buf_puts(out, "\r\n");
}

/* A remote's reply keeps its lines. */
static void put_reply(struct buf *out, struct span reply)
{
	struct span line;

	reply = span_sub(reply, 0, MESSAGE_DSN_WORDS_MAX);
	while (span_split(&reply, '\n', &line))
		if (span_trim(line).n)
			put_wrapped(out, "      ", line);
}

static void put_labelled(struct buf *out, const char *label, struct span sentence)
{
	if (!sentence.n)
		return;
	buf_printf(out, "    %s\r\n", label);
	put_wrapped(out, "      ", sentence);
}

static void put_rcpt(struct buf *out, const struct message_dsn_rcpt *r)
{
	buf_puts(out, "\r\n  ");
	put_clean(out, r->address, 400);
	buf_puts(out, "\r\n");
	if (r->reply.n) {
		buf_puts(out, "    ");
		put_clean(out, r->remote_mta.n ? r->remote_mta : SPAN("The server"), 255);
		if (r->remote_ip.n) {
			buf_puts(out, " [");
			put_clean(out, r->remote_ip, 64);
			buf_puts(out, "]");
		}
		buf_puts(out, " said:\r\n");
		put_reply(out, r->reply);
	}
	put_labelled(out, "What that means:", r->meaning);
	put_labelled(out, "What to do:", r->advice);
	if (r->action == MESSAGE_DSN_DELAYED && r->retry_until_time_ms) {
		buf_puts(out, "    We try until ");
		clock_put_rfc5322(out, r->retry_until_time_ms);
		buf_puts(out, ".\r\n");
	}
}

/* The original's Subject, decoded, so that its author knows which message this is. */
static void put_title(struct buf *out, const struct message_dsn *d)
{
	AUTO_BUF title = BUF(8 << 10);
	struct message_field field;

	if (!message_header_find(d->header, SPAN("Subject"), &field) ||
	    message_words_get(span_sub(field.value, 0, 2000), &title) < 0 || !title.n)
		return;
	buf_puts(out, "Subject of your message: ");
	put_clean(out, buf_span(&title), TITLE_BYTES_MAX);
	buf_puts(out, "\r\n");
}

int message_dsn_text(const struct message_dsn *d, struct buf *out)
{
	buf_puts(out, "This is the mail system at ");
	put_clean(out, d->hostname, 255);
	buf_puts(out, ".\r\n");
	put_title(out, d);
	for (size_t i = 0; i < N_ELEMS(outcomes); i++) {
		bool heading = false;

		for (size_t k = 0; k < d->n_rcpts; k++) {
			if (d->rcpts[k].action != outcomes[i].action)
				continue;
			if (!heading)
				buf_printf(out, "\r\n%s\r\n", outcomes[i].text);
			heading = true;
			put_rcpt(out, &d->rcpts[k]);
		}
	}
	return out->err;
}

/* The gravest outcome, and how many recipients had it. */
int message_dsn_subject(const struct message_dsn *d, struct buf *out)
{
	for (size_t i = 0; i < N_ELEMS(outcomes); i++) {
		const struct message_dsn_rcpt *which = NULL;
		size_t n = 0;

		for (size_t k = 0; k < d->n_rcpts; k++)
			if (d->rcpts[k].action == outcomes[i].action) {
				which = &d->rcpts[k];
				n++;
			}
		if (!n)
			continue;
		buf_printf(out, "%s ", outcomes[i].subject);
		if (n == 1)
			put_clean(out, which->address, 400);
		else
			buf_printf(out, "%zu recipients", n);
		break;
	}
	return out->err;
}

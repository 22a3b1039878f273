/* cmd/sendmail/dialogue.c - see dialogue.h.  RFC 5321 4.1.1; the caller is one of ours. */
#include "cmd/sendmail/dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "cmd/sendmail/hand_over.h"
#include "cmd/sendmail/input.h"
#include "cmd/sendmail/qualify.h"
#include "wire/smtp/command.h"
#include "wire/smtp/path.h"

struct dialogue {
	const struct sendmail_options *options;
	const struct sendmail_config *config;
	struct arena mem;
	char *sender; /* of the message that was begun; NULL: none was */
	char **recipients;
	size_t n_recipients;
	char *line;
	size_t room;
};

static void say(const char *reply)
{
	printf("%s\r\n", reply);
	fflush(stdout);
}

/* Without its end; false at the end of input. */
static bool next_line(struct dialogue *d, struct span *out)
{
	ssize_t n = getline(&d->line, &d->room, stdin);

	if (n <= 0)
		return false;
	*out = span_make(d->line, (size_t)n);
	if (out->n && out->p[out->n - 1] == '\n')
		out->n--;
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return true;
}

static void forget(struct dialogue *d)
{
	arena_fini(&d->mem);
	d->sender = NULL;
	d->recipients = NULL;
	d->n_recipients = 0;
}

/* "FROM:<path>" or "TO:<path>", with what may follow; the address in the arena, NULL: there is
 * none. */
static char *address_of(struct dialogue *d, struct span args, struct span word, unsigned forms)
{
	AUTO_BUF whole = BUF(SMTP_COMMAND_MAX + SMTP_PATH_MAX);
	struct smtp_path path;
	struct span rest;

	if (!span_starts_nocase(args, word) ||
	    sendmail_qualify(span_trim(span_sub(args, word.n, SIZE_MAX)),
	                     span_str(d->config->domain), &whole) < 0 ||
	    smtp_path_parse(buf_span(&whole), forms, &path, &rest) < 0)
		return NULL;
	return path.domain.n ? arena_printf(&d->mem, "%.*s@%.*s", SPAN_ARG(path.local),
	                                    SPAN_ARG(path.domain))
	                     : arena_printf(&d->mem, "<>");
}

static const char *mail(struct dialogue *d, struct span args)
{
	if (d->sender)
		return "503 5.5.1 A message was begun already";
	d->sender = address_of(d, args, SPAN("FROM:"), SMTP_PATH_NULL);
	return d->sender ? "250 2.1.0 Go on" : "501 5.1.7 Write MAIL FROM:<address>";
}

static const char *rcpt(struct dialogue *d, struct span args)
{
	char *address, **more;

	if (!d->sender)
		return "503 5.5.1 MAIL comes first";
	if (d->n_recipients == SENDMAIL_RECIPIENTS_MAX)
		return "452 4.5.3 Too many recipients; send another message to the others";
	address = address_of(d, args, SPAN("TO:"), 0);
	if (!address)
		return "501 5.1.3 Write RCPT TO:<address>";
	if ((d->n_recipients & (d->n_recipients + 1)) == 0) { /* room, and NULL at the end */
		more = arena_array(&d->mem, char *, 2 * d->n_recipients + 2);
		if (!more)
			return "451 4.3.0 Out of memory";
		for (size_t i = 0; i < d->n_recipients; i++)
			more[i] = d->recipients[i];
		d->recipients = more;
	}
	d->recipients[d->n_recipients++] = address;
	d->recipients[d->n_recipients] = NULL;
	return "250 2.1.5 Go on";
}

static const char *reply_of(int status)
{
	switch (status) {
	case EX_OK: return "250 2.0.0 Taken";
	case EX_TEMPFAIL:
	case EX_OSERR:
	case EX_CONFIG: return "451 4.3.0 Not taken now; why stands on standard error";
	case EX_NOUSER: return "550 5.1.1 Not taken; why stands on standard error";
	default: return "554 5.0.0 Not taken; why stands on standard error";
	}
}

static const char *data(struct dialogue *d)
{
	AUTO_BUF raw = BUF(SENDMAIL_BYTES_MAX);
	struct sendmail_options o = *d->options;
	struct sendmail_message m;
	struct span line;

	if (!d->n_recipients)
		return "503 5.5.1 RCPT comes first";
	say("354 End with a line of one dot");
	while (next_line(d, &line) && !span_eq(line, SPAN("."))) {
		buf_put(&raw, span_starts(line, SPAN(".")) ? span_sub(line, 1, SIZE_MAX) : line);
		buf_putc(&raw, '\n');
	}
	if (feof(stdin))
		return "451 4.4.2 The end of the message is missing"; /* it may be half of it */
	if (raw.err < 0)
		return "552 5.3.4 The message is too big";
	o.sender = d->sender;
	o.recipients = d->recipients;
	o.from_header = false;
	int status = sendmail_message(&o, d->config->domain, d->config->sender, buf_span(&raw), &m);
	if (status == EX_OK)
		status = sendmail_hand_over(&o, d->config, &m);
	sendmail_message_fini(&m);
	forget(d);
	return reply_of(status);
}

/* NULL: it was QUIT. */
static const char *answer(struct dialogue *d, struct span line)
{
	struct smtp_command c;

	if (smtp_command_parse(line, &c) < 0)
		return "500 5.5.2 That is no command";
	switch (c.verb) {
	case SMTP_VERB_HELO: return forget(d), "250 localhost";
	case SMTP_VERB_EHLO: return forget(d), "250-localhost\r\n250-PIPELINING\r\n250 8BITMIME";
	case SMTP_VERB_MAIL: return mail(d, c.args);
	case SMTP_VERB_RCPT: return rcpt(d, c.args);
	case SMTP_VERB_DATA: return data(d);
	case SMTP_VERB_RSET: return forget(d), "250 2.0.0 Forgotten";
	case SMTP_VERB_NOOP: return "250 2.0.0 Yes";
	case SMTP_VERB_VRFY: return "252 2.1.5 Send the message and see";
	case SMTP_VERB_QUIT: return NULL;
	default: return "502 5.5.1 Not here; there are EHLO, MAIL, RCPT, DATA, RSET, NOOP and QUIT";
	}
}

int sendmail_dialogue(const struct sendmail_options *o, const struct sendmail_config *config)
{
	struct dialogue d = { .options = o, .config = config };
	const char *reply = "220 localhost ESMTP";
	struct span line;

	do
		say(reply);
	while (next_line(&d, &line) && (reply = answer(&d, line)));
	if (!reply)
		say("221 2.0.0 Bye");
	forget(&d);
	free(d.line);
	return EX_OK;
}

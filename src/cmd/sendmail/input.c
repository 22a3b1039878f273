/* cmd/sendmail/input.c - see input.h. */
#include "cmd/sendmail/input.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/os.h"
#include "cmd/cli.h"
#include "cmd/sendmail/qualify.h"
#include "mailfile/from_line.h"
#include "mailfile/lines.h"
#include "wire/message/submit.h"
#include "wire/message/write/field.h"

enum { ADDRESS_BYTES = 1024, LIST_BYTES = 1 << 20 };

/* ---- who calls ---- */

/* The first part of the GECOS field, "Full Name,Room,Phone". */
void sendmail_caller(struct sendmail_caller *out)
{
	const struct passwd *user = getpwuid(getuid());
	const char *name = getenv("NAME");
	struct span gecos = span_str(user ? user->pw_gecos : "");

	out->user = user ? user->pw_name : "nobody";
	if (name && *name)
		out->name = span_str(name);
	else if (!span_split(&gecos, ',', &out->name))
		out->name = SPAN("");
}

/* ---- what is read ---- */

int sendmail_read(const struct sendmail_options *o, struct buf *raw)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	raw->cap = SENDMAIL_BYTES_MAX;
	while ((n = getline(&line, &room, stdin)) > 0) {
		struct span text = span_make(line, (size_t)n);
		if (!o->ignore_dots && (span_eq(text, SPAN(".\n")) || span_eq(text, SPAN(".\r\n"))))
			break;
		if (buf_put(raw, text) < 0)
			break;
	}
	free(line);
	if (raw->err < 0)
		return cli_fail("sendmail: the message has more than %d octets",
		                SENDMAIL_BYTES_MAX),
		       EX_DATAERR;
	return ferror(stdin) ? (cli_fail("sendmail: standard input: %s", strerror(errno)), EX_IOERR)
	                     : EX_OK;
}

/* ---- recipients ---- */

struct gathering {
	struct sendmail_message *m;
	struct map seen;
	size_t room;
};

static int add(struct gathering *g, struct span address)
{
	struct sendmail_message *m = g->m;
	struct span kept;

	if (map_get(&g->seen, address))
		return 0;
	if (m->n_recipients == SENDMAIL_RECIPIENTS_MAX)
		return err(ERR_LIMIT, "more than %d recipients", SENDMAIL_RECIPIENTS_MAX);
	if (m->n_recipients == g->room) {
		size_t more = g->room ? 2 * g->room : 16;
		struct span *grown = arena_array(&m->mem, struct span, more);
		if (!grown)
			return ERR_NO_MEMORY;
		for (size_t i = 0; i < m->n_recipients; i++)
			grown[i] = m->recipients[i];
		m->recipients = grown;
		g->room = more;
	}
	int r = arena_copy(&m->mem, address, &kept);
	if (r >= 0)
		r = map_put(&g->seen, kept, m, NULL);
	if (r >= 0)
		m->recipients[m->n_recipients++] = kept;
	return r;
}

static int add_list(struct gathering *g, struct span list, struct span domain)
{
	AUTO_BUF whole = BUF(4 * LIST_BYTES);
	struct message_addresses it;
	struct message_mailbox who;
	int r = sendmail_qualify(list, domain, &whole);

	message_addresses_begin(&it, buf_span(&whole));
	while (r >= 0 && (r = message_addresses_next(&it, &who)) > 0) {
		AUTO_BUF address = BUF(ADDRESS_BYTES);
		r = message_address_put(&address, &who);
		if (r >= 0)
			r = add(g, buf_span(&address));
	}
	return r == ERR_SYNTAX ? err(r, "%.*s is no list of addresses", SPAN_ARG(list)) : r;
}

/* To, Cc and Bcc; of a message that was sent on by hand the Resent- ones (RFC 5322 3.6.6). */
static int add_header(struct gathering *g, struct span text, struct span domain)
{
	static const char *const names[] = { "Resent-To", "Resent-Cc", "Resent-Bcc",
		                             "To",        "Cc",        "Bcc" };
	struct message_field f;
	bool resent = message_header_find(text, SPAN("Resent-To"), &f) ||
	              message_header_find(text, SPAN("Resent-Cc"), &f) ||
	              message_header_find(text, SPAN("Resent-Bcc"), &f);
	struct message_header h;
	int r = 0;

	message_header_begin(&h, text);
	while (r >= 0 && message_header_next(&h, &f))
		for (size_t i = resent ? 0 : 3; i < (resent ? 3 : N_ELEMS(names)); i++)
			if (r >= 0 && span_eq_nocase(f.name, span_str(names[i])))
				r = add_list(g, f.value, domain);
	return r;
}

static int gather(const struct sendmail_options *o, struct span domain, struct span text,
                  struct sendmail_message *m)
{
	struct gathering g = { .m = m };
	int r = 0;

	for (char **who = o->recipients; r >= 0 && *who; who++)
		r = add_list(&g, span_str(*who), domain);
	if (r >= 0 && o->from_header)
		r = add_header(&g, text, domain);
	map_fini(&g.seen);
	return r;
}

/* ---- the header ---- */

static bool holds_addresses(struct span name)
{
	static const char *const names[] = {
		"From",        "Sender",        "Reply-To",  "To",        "Cc",        "Bcc",
		"Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc"
	};

	for (size_t i = 0; i < N_ELEMS(names); i++)
		if (span_eq_nocase(name, span_str(names[i])))
			return true;
	return false;
}

/* Without the From line of an mbox; with an empty line in front where no header is. */
static int as_message(struct span raw, struct buf *out)
{
	struct span rest = raw, first;
	struct mailfile_from from;

	if (span_split(&rest, '\n', &first) && mailfile_from_parse(span_trim(first), &from) >= 0)
		raw = rest;
	AUTO_BUF text = BUF(2 * SENDMAIL_BYTES_MAX);
	int r = mailfile_text_get(raw, &text);
	struct message_header h;
	struct message_field f;
	if (r < 0)
		return r;
	message_header_begin(&h, buf_span(&text));
	if (!message_header_next(&h, &f) && h.end == MESSAGE_HEADER_MALFORMED)
		buf_puts(out, "\r\n");
	return buf_put(out, buf_span(&text));
}

static int put_from(const struct sendmail_options *o, struct span sender, struct buf *out)
{
	struct sendmail_caller caller;
	struct message_field_writer w;

	sendmail_caller(&caller);
	message_field_begin(&w, out, SPAN("From"));
	message_field_mailbox(&w,
	                      o->name     ? span_str(o->name)
	                      : o->sender ? SPAN("")
	                                  : caller.name,
	                      sender);
	return message_field_end(&w);
}

/* Addresses with their domains, and a From. */
static int complete(const struct sendmail_options *o, struct span domain, struct span sender,
                    struct span text, struct buf *out)
{
	struct message_header h;
	struct message_field f;
	int r = message_header_find(text, SPAN("From"), &f) ? 0 : put_from(o, sender, out);

	message_header_begin(&h, text);
	while (r >= 0 && message_header_next(&h, &f)) {
		if (!holds_addresses(f.name)) {
			r = buf_put(out, f.whole);
			continue;
		}
		buf_put(out, f.name);
		buf_puts(out, ":");
		r = sendmail_qualify(f.value, domain, out);
		buf_puts(out, "\r\n");
	}
	if (r >= 0 && h.end != MESSAGE_HEADER_BLANK)
		buf_puts(out, "\r\n");
	return r < 0 ? r : buf_put(out, span_sub(text, h.fields_n, SIZE_MAX));
}

/* Date, Message-ID, no Bcc: as a submission server does (RFC 6409 8). */
static int submit(struct span domain, struct span text, struct sendmail_message *m)
{
	char id[ID_TEXT_LEN + 1];
	struct message_submit s;
	uint64_t noise;

	os_random(&noise, sizeof noise);
	id_print(noise, id);
	struct message_submit_facts facts = { clock_wall_time_ms(), domain, span_str(id) };
	int r = message_submit(text, &facts, &m->mem, &m->text, &s);
	if (r < 0)
		return r;
	m->smtputf8 = s.utf8;
	return buf_put(&m->text, span_sub(text, s.header_n, SIZE_MAX));
}

/* ---- all of it ---- */

static int find_sender(const struct sendmail_options *o, struct span domain, const char *set,
                       struct sendmail_message *m)
{
	AUTO_BUF whole = BUF(ADDRESS_BYTES), address = BUF(ADDRESS_BYTES);
	struct sendmail_caller caller;
	struct message_mailbox who;

	sendmail_caller(&caller);
	struct span given = span_str(set && *set ? set : o->sender ? o->sender : caller.user);
	if (!given.n || span_eq(given, SPAN("<>")))
		return 0;
	int r = sendmail_qualify(given, domain, &whole);
	if (r >= 0)
		r = message_mailbox_parse(buf_span(&whole), &who);
	if (r >= 0)
		r = message_address_put(&address, &who);
	if (r < 0)
		return err(ERR_SYNTAX, "the sender %.*s is no address", SPAN_ARG(given));
	return arena_copy(&m->mem, buf_span(&address), &m->sender);
}

int sendmail_message(const struct sendmail_options *o, const char *host, const char *sender,
                     struct span raw, struct sendmail_message *m)
{
	AUTO_BUF text = BUF(2 * SENDMAIL_BYTES_MAX), whole = BUF(2 * SENDMAIL_BYTES_MAX);
	struct span domain = span_str(host);

	*m = (struct sendmail_message){ .text = BUF(2 * SENDMAIL_BYTES_MAX) };
	int r = find_sender(o, domain, sender, m);
	if (r >= 0)
		r = as_message(raw, &text);
	if (r >= 0)
		r = complete(o, domain, m->sender, buf_span(&text), &whole);
	if (r >= 0)
		r = gather(o, domain, buf_span(&whole), m);
	if (r >= 0 && !m->n_recipients)
		return cli_fail("sendmail: to whom? Name recipients, or give -t for those of the "
		                "header"),
		       EX_USAGE;
	if (r >= 0)
		r = submit(domain, buf_span(&whole), m);
	if (r < 0)
		cli_fail("sendmail: %s", err_str(r));
	return r >= 0 ? EX_OK : r == ERR_NO_MEMORY ? EX_OSERR : EX_DATAERR;
}

void sendmail_message_fini(struct sendmail_message *m)
{
	buf_fini(&m->text);
	arena_fini(&m->mem);
}

/* tests/unit/wire_message/peer.c - wire/message behind a pipe, for differential.py.
 *
 * `peer MODE` reads standard input and writes the answer to standard output:
 *   compose    lines `field HEX...`; the message, or nothing and exit status 1
 *   addresses  a field value; JSON
 *   mime       a message; JSON
 *   date       a date; seconds and zone
 * Exit status 1 is a refusal, 2 a mistake of the caller.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/json.h"
#include "wire/message/address.h"
#include "wire/message/write/compose.h"
#include "wire/message/date.h"
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/words.h"

enum { BYTES_MAX = 64 << 20, LIST_MAX = 64 };

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Takes the next word of *line and decodes it from hex. */
static struct span take_hex(struct span *line, struct arena *arena)
{
	struct span word = { 0 };
	char *p;

	span_split(line, ' ', &word);
	p = arena_alloc(arena, word.n / 2 + 1);
	if (!p)
		exit(2);
	for (size_t i = 0; i < word.n / 2; i++)
		p[i] = (char)(hex_value(word.p[2 * i]) << 4 | hex_value(word.p[2 * i + 1]));
	return span_make(p, word.n / 2);
}

struct lists {
	struct message_person to[LIST_MAX], cc[LIST_MAX];
	struct message_attachment attachments[LIST_MAX];
};

static void read_list(struct message_draft *d, struct lists *lists, struct span name,
                      struct span *line, struct arena *arena)
{
	struct message_person *person = NULL;

	if (span_eq(name, SPAN("from")))
		person = &d->from;
	else if (span_eq(name, SPAN("to")) && d->n_to < LIST_MAX)
		person = &lists->to[d->n_to++];
	else if (span_eq(name, SPAN("cc")) && d->n_cc < LIST_MAX)
		person = &lists->cc[d->n_cc++];
	if (person) {
		person->name = take_hex(line, arena);
		person->address = take_hex(line, arena);
	} else if (span_eq(name, SPAN("attachment")) && d->n_attachments < LIST_MAX) {
		struct message_attachment *a = &lists->attachments[d->n_attachments++];

		a->file_name = take_hex(line, arena);
		a->type = take_hex(line, arena);
		a->octets = take_hex(line, arena);
	} else {
		exit(2);
	}
}

static int compose(struct span in, struct arena *arena, struct buf *out)
{
	struct message_draft d = { .time_ms = 1795460707000 };
	struct message_composed composed;
	struct lists *lists = arena_new(arena, struct lists);
	const struct {
		const char *name;
		struct span *field;
	} fields[] = {
		{ "subject", &d.subject },
		{ "id", &d.message_id },
		{ "in-reply-to", &d.in_reply_to },
		{ "references", &d.references },
		{ "text", &d.text },
		{ "html", &d.html },
	};
	struct span line, name;

	d.to = lists->to;
	d.cc = lists->cc;
	d.attachments = lists->attachments;
	while (span_split(&in, '\n', &line)) {
		size_t i = 0;

		span_split(&line, ' ', &name);
		while (i < N_ELEMS(fields) && !span_eq(name, span_str(fields[i].name)))
			i++;
		if (i < N_ELEMS(fields))
			*fields[i].field = take_hex(&line, arena);
		else
			read_list(&d, lists, name, &line, arena);
	}
	return message_compose(&d, out, &composed);
}

static int addresses(struct span in, struct buf *out)
{
	struct json j = JSON(out);
	struct message_addresses it;
	struct message_mailbox m;
	int r;

	message_addresses_begin(&it, in);
	json_begin_array(&j);
	while ((r = message_addresses_next(&it, &m)) > 0) {
		AUTO_BUF raw = BUF(BYTES_MAX);
		AUTO_BUF name = BUF(BYTES_MAX);
		AUTO_BUF address = BUF(BYTES_MAX);

		message_name_put(&raw, &m);
		message_words_get(buf_span(&raw), &name);
		message_address_put(&address, &m);
		json_begin_array(&j);
		json_span(&j, buf_span(&name));
		json_span(&j, buf_span(&address));
		json_end_array(&j);
	}
	json_end_array(&j);
	return r;
}

static int mime(struct span in, struct arena *arena, struct buf *out)
{
	struct json j = JSON(out);
	struct message_mime parsed;
	int r = message_mime_parse(in, arena, &parsed);

	json_begin_array(&j);
	for (size_t i = 0; r == 0 && i < parsed.n_parts; i++) {
		const struct message_part *p = &parsed.parts[i];
		AUTO_BUF body = BUF(BYTES_MAX);
		AUTO_BUF base64 = BUF(BYTES_MAX);

		message_decode(message_part_body(in, p), p->encoding, &body);
		base64_encode(&base64, buf_span(&body));
		json_begin_array(&j);
		json_int(&j, p->depth);
		json_span(&j, p->type);
		json_span(&j, p->subtype);
		json_span(&j, p->name);
		json_span(&j, buf_span(&base64));
		json_end_array(&j);
	}
	json_end_array(&j);
	return r;
}

static int date(struct span in, struct buf *out)
{
	int64_t ms;
	int zone, r = message_date_parse(in, &ms, &zone);

	return r < 0 ? r : buf_printf(out, "%jd %d", (intmax_t)(ms / 1000), zone);
}

static void read_all(struct buf *in)
{
	ssize_t n;

	do {
		if (buf_reserve(in, 65536) < 0)
			exit(2);
		n = read(0, in->p + in->n, 65536);
		if (n < 0)
			exit(2);
		in->n += (size_t)n;
	} while (n);
}

int main(int argc, char **argv)
{
	AUTO_BUF in = BUF(BYTES_MAX);
	AUTO_BUF out = BUF(BYTES_MAX);
	AUTO_ARENA arena = { 0 };
	struct span mode = span_str(argc == 2 ? argv[1] : "");
	int r;

	read_all(&in);
	if (span_eq(mode, SPAN("compose")))
		r = compose(buf_span(&in), &arena, &out);
	else if (span_eq(mode, SPAN("addresses")))
		r = addresses(buf_span(&in), &out);
	else if (span_eq(mode, SPAN("mime")))
		r = mime(buf_span(&in), &arena, &out);
	else if (span_eq(mode, SPAN("date")))
		r = date(buf_span(&in), &out);
	else
		return 2;
	if (r < 0) {
		fprintf(stderr, "%s\n", err_str(r));
		return 1;
	}
	return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : 2;
}

/* tests/component/reader.c - a message on standard input, as our own parser has it: JSON with its
 * subject, the first name of To, the first text, and of each attachment name and octets in base64,
 * for tests/interop/test_read_back.py.
 */
#include <stdio.h>

#include "base/base64.h"
#include "base/json.h"
#include "wire/message/address.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"
#include "wire/message/words.h"

enum { MAX = 64 << 20 };

static void put_subject(struct span message, struct json *j)
{
	AUTO_BUF text = BUF(MAX);
	struct message_field f;

	if (message_header_find(message, SPAN("Subject"), &f) &&
	    message_words_get(f.value, &text) >= 0)
		json_member_span(j, "subject", span_trim(buf_span(&text)));
}

static void put_name(struct span message, struct json *j)
{
	AUTO_BUF name = BUF(MAX), text = BUF(MAX);
	struct message_addresses it;
	struct message_mailbox first;
	struct message_field f;

	if (!message_header_find(message, SPAN("To"), &f))
		return;
	message_addresses_begin(&it, f.value);
	if (message_addresses_next(&it, &first) > 0 && message_name_put(&name, &first) >= 0 &&
	    message_words_get(buf_span(&name), &text) >= 0)
		json_member_span(j, "name", buf_span(&text));
}

static int decode(struct span message, const struct message_part *part, struct buf *out)
{
	return message_decode(message_part_body(message, part), part->encoding, out);
}

static int put_file(struct span message, const struct message_part *part, struct json *j)
{
	AUTO_BUF octets = BUF(MAX), coded = BUF(2 * MAX);
	int r = decode(message, part, &octets);

	if (r >= 0)
		r = base64_encode(&coded, buf_span(&octets));
	json_begin_array(j);
	json_span(j, part->name);
	json_span(j, buf_span(&coded));
	json_end_array(j);
	return r;
}

static int put_parts(struct span message, const struct message_mime *mime, struct json *j)
{
	AUTO_BUF text = BUF(MAX);
	const struct message_part *first = NULL;
	int r = 0;

	json_key(j, "files");
	json_begin_array(j);
	for (size_t i = 0; i < mime->n_parts && r >= 0; i++) {
		const struct message_part *part = &mime->parts[i];

		if (span_eq_nocase(part->disposition, SPAN("attachment")))
			r = put_file(message, part, j);
		else if (!first && message_part_is(part, "text", NULL))
			first = part;
	}
	json_end_array(j);
	if (r >= 0 && first)
		r = decode(message, first, &text);
	json_key(j, "text");
	json_span(j, buf_span(&text));
	return r;
}

int main(void)
{
	AUTO_BUF message = BUF(MAX), out = BUF(2 * MAX);
	AUTO_ARENA arena = { .cap = MAX };
	struct json j = JSON(&out);
	struct message_mime mime;
	char octets[1024];
	size_t n;

	while ((n = fread(octets, 1, sizeof octets, stdin)) > 0)
		buf_put(&message, span_make(octets, n));
	json_begin_object(&j);
	put_subject(buf_span(&message), &j);
	put_name(buf_span(&message), &j);
	if (message_mime_parse(buf_span(&message), &arena, &mime) < 0 || mime.faults ||
	    put_parts(buf_span(&message), &mime, &j) < 0)
		return 1;
	json_end_object(&j);
	return message.err < 0 || out.err < 0 || puts(buf_str(&out)) < 0;
}

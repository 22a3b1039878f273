/* httpd/draft.c - see draft.h. */
#include "httpd/draft.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/os.h"
#include "base/utf8.h"
#include "mailfile/lines.h"

static struct span text_of(const json_t *value)
{
	return span_make(json_string_value(value), json_string_length(value));
}

static int no_text(const char *name)
{
	return err(ERR_SYNTAX, "\"%s\" is no text", name);
}

/* ---- members ---- */

static int add_people(struct message_people *p, const json_t *value, const char *name,
                      struct arena *mem)
{
	if (!json_is_string(value))
		return no_text(name);
	int r = message_people_add(p, text_of(value), mem);
	return r == ERR_SYNTAX ? err(r,
	                             "\"%s\": %.*s is no address: write local@domain, or Name "
	                             "<local@domain>",
	                             name, SPAN_ARG(text_of(value)))
	                       : r;
}

/* One text with addresses, or an array of such. */
static int read_people(struct message_people *p, const json_t *value, const char *name,
                       struct arena *mem)
{
	const json_t *one;
	size_t i;
	int r = 0;

	if (!json_is_array(value))
		return add_people(p, value, name, mem);
	json_array_foreach((json_t *)value, i, one)
	{
		if (r >= 0)
			r = add_people(p, one, name, mem);
	}
	return r;
}

static int read_person(struct message_person *p, const json_t *value, const char *name,
                       struct arena *mem)
{
	if (!json_is_string(value))
		return no_text(name);
	int r = message_person_read(text_of(value), mem, p);
	return r == ERR_SYNTAX
	               ? err(r, "\"%s\": %.*s is no address", name, SPAN_ARG(text_of(value)))
	               : r;
}

static int read_text(struct span *out, const json_t *value, const char *name)
{
	if (!json_is_string(value))
		return no_text(name);
	*out = text_of(value);
	return 0;
}

/* Those that stand once, or are for servers to write. */
static int check_header(struct span name)
{
	static const char *const taken[] = { "From",       "To",       "Cc",         "Bcc",
		                             "Subject",    "Date",     "Message-ID", "In-Reply-To",
		                             "References", "Reply-To", "Sender",     "Received",
		                             "Return-Path" };

	for (size_t i = 0; i < N_ELEMS(taken); i++)
		if (span_eq_nocase(name, span_str(taken[i])))
			return err(ERR_SYNTAX,
			           "\"headers\": %s is not given here: it has a member of its "
			           "own, or is written by the server",
			           taken[i]);
	if (span_starts_nocase(name, SPAN("Content-")) ||
	    span_eq_nocase(name, SPAN("MIME-Version")) ||
	    span_eq_nocase(name, SPAN("DKIM-Signature")))
		return err(ERR_SYNTAX, "\"headers\": %.*s is written by the server",
		           SPAN_ARG(name));
	return 0;
}

static int read_headers(struct httpd_draft *d, json_t *value)
{
	struct message_extra *extras =
	        arena_array(d->mem, struct message_extra, json_object_size(value));
	const char *name;
	json_t *text;
	size_t n = 0;

	if (!json_is_object(value))
		return err(ERR_SYNTAX, "\"headers\" is no object of names and texts");
	json_object_foreach(value, name, text)
	{
		if (!json_is_string(text))
			return err(ERR_SYNTAX, "\"headers\": %s is no text", name);
		if (!extras)
			return ERR_NO_MEMORY;
		int r = check_header(span_str(name));
		if (r < 0)
			return r;
		extras[n++] = (struct message_extra){ span_str(name), text_of(text) };
	}
	d->message.extras = extras;
	d->message.n_extras = n;
	return 0;
}

/* JSON, as it is kept. */
static int keep(struct arena *mem, const json_t *value, struct span *out)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
	int r = text ? arena_copy(mem, span_str(text), out) : ERR_NO_MEMORY;

	free(text);
	return r;
}

int httpd_tags_read(const json_t *value, struct arena *mem, struct span *out)
{
	const json_t *tag;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > HTTPD_TAGS_MAX)
		return err(ERR_SYNTAX, "\"tags\" is no array of at most %d texts", HTTPD_TAGS_MAX);
	json_array_foreach((json_t *)value, i, tag)
	{
		if (!json_string_length(tag) || json_string_length(tag) > HTTPD_TAG_BYTES_MAX)
			return err(ERR_SYNTAX, "\"tags\": number %zu is no text of 1 to %d octets",
			           i + 1, HTTPD_TAG_BYTES_MAX);
	}
	return json_array_size(value) ? keep(mem, value, out) : 0;
}

static int read_metadata(struct httpd_draft *d, json_t *value)
{
	const char *name;
	json_t *text;

	if (!json_is_object(value) || json_object_size(value) > HTTPD_METADATA_MAX)
		return err(ERR_SYNTAX, "\"metadata\" is no object of at most %d names and texts",
		           HTTPD_METADATA_MAX);
	json_object_foreach(value, name, text)
	{
		if (!json_is_string(text) || json_string_length(text) > HTTPD_METADATA_BYTES_MAX ||
		    strlen(name) > HTTPD_METADATA_BYTES_MAX)
			return err(ERR_SYNTAX, "\"metadata\": %s is no text of at most %d octets",
			           name, HTTPD_METADATA_BYTES_MAX);
	}
	return json_object_size(value) ? keep(d->mem, value, &d->metadata) : 0;
}

/* "10s". */
static int read_wait(struct httpd_draft *d, const json_t *value)
{
	if (!json_is_string(value) || clock_parse_length(text_of(value), &d->wait_ms) < 0 ||
	    d->wait_ms < 0 || d->wait_ms > HTTPD_WAIT_MAX_MS)
		return err(ERR_SYNTAX, "\"wait\" is no time such as \"10s\", at most 5m");
	return 0;
}

/* "2026-12-24T18:00:00Z"; what is past is now. */
static int read_send_at(struct httpd_draft *d, const json_t *value)
{
	int64_t now_ms = clock_wall_time_ms(), most_ms = HTTPD_SEND_AT_DAYS * INT64_C(86400000);

	if (!json_is_string(value) || clock_parse_rfc3339(text_of(value), &d->send_at_ms) < 0)
		return err(ERR_SYNTAX, "\"send_at\" is no time such as 2026-12-24T18:00:00Z");
	if (d->send_at_ms > now_ms + most_ms)
		return err(ERR_SYNTAX, "\"send_at\" is more than %d days from now",
		           HTTPD_SEND_AT_DAYS);
	if (d->send_at_ms <= now_ms)
		d->send_at_ms = 0;
	return 0;
}

/* true, or the name of a list. */
static int read_unsubscribe(struct httpd_draft *d, const json_t *value)
{
	struct span list = text_of(value);

	d->unsubscribes = !json_is_false(value);
	if (json_is_boolean(value))
		return 0;
	d->list = list;
	for (size_t i = 0; i < list.n; i++)
		if ((unsigned char)list.p[i] < ' ' || list.p[i] == 0x7f)
			list.n = 0;
	return list.n && list.n <= HTTPD_TAG_BYTES_MAX
	               ? 0
	               : err(ERR_SYNTAX,
	                     "\"unsubscribe\" is neither true nor a list's name of 1 to %d octets",
	                     HTTPD_TAG_BYTES_MAX);
}

/* ---- attachments ---- */

static int read_content(struct httpd_draft *d, const json_t *value, size_t i,
                        struct message_attachment *a)
{
	struct span text = text_of(value);
	AUTO_BUF octets = BUF(text.n + 4);

	if (!json_is_string(value) || base64_decode(text, &octets) < 0)
		return err(ERR_SYNTAX, "\"attachments\": the content of number %zu is not base64",
		           i + 1);
	a->utf8 = utf8_valid(buf_span(&octets));
	return arena_copy(d->mem, buf_span(&octets), &a->octets);
}

static int read_attachment(struct httpd_draft *d, json_t *value, size_t i)
{
	struct message_attachment *a = &d->attachments[d->n_attachments];
	const char *key;
	json_t *member;
	int r = 0;

	if (!json_is_object(value))
		return err(ERR_SYNTAX, "\"attachments\": number %zu is no object", i + 1);
	json_object_foreach(value, key, member)
	{
		if (r < 0)
			break;
		if (strcmp(key, "name") == 0)
			r = read_text(&a->file_name, member, "name");
		else if (strcmp(key, "type") == 0)
			r = read_text(&a->type, member, "type");
		else if (strcmp(key, "content_id") == 0)
			r = read_text(&a->content_id, member, "content_id");
		else if (strcmp(key, "content") == 0)
			r = read_content(d, member, i, a);
		else
			r = err(ERR_SYNTAX, "\"attachments\": there is no member \"%s\"", key);
	}
	if (r >= 0 && (!a->file_name.n || !json_object_get(value, "content")))
		r = err(ERR_SYNTAX, "\"attachments\": number %zu needs \"name\" and \"content\"",
		        i + 1);
	a->place = &d->places[d->n_attachments++];
	return r;
}

static int read_attachments(struct httpd_draft *d, json_t *value)
{
	int r = 0;

	if (!json_is_array(value))
		return err(ERR_SYNTAX, "\"attachments\" is no array");
	for (size_t i = 0; r >= 0 && i < json_array_size(value); i++)
		r = read_attachment(d, json_array_get(value, i), i);
	return r;
}

/* The files of a form stand behind those in its JSON. */
static void attach_files(struct httpd_draft *d)
{
	for (size_t i = 0; d->parts && i < d->parts->n_files; i++) {
		const struct httpd_file *f = &d->parts->files[i];
		size_t at = d->n_attachments++;

		d->attachments[at] = (struct message_attachment){
			.file_name = f->file_name,
			.type = f->type,
			.content_id = f->is_inline ? f->file_name : SPAN(""),
			.place = &d->places[at],
			.utf8 = f->is_ascii,
		};
	}
}

const struct httpd_file *httpd_draft_file(const struct httpd_draft *d,
                                          const struct message_attachment *a)
{
	size_t at = (size_t)(a->place - d->places);
	size_t n_in_memory = d->n_attachments - (d->parts ? d->parts->n_files : 0);

	return at < n_in_memory ? NULL : &d->parts->files[at - n_in_memory];
}

static int make_room(struct httpd_draft *d, const json_t *body)
{
	size_t n = json_array_size(json_object_get(body, "attachments")) +
	           (d->parts ? d->parts->n_files : 0);

	if (n > HTTPD_ATTACHMENTS_MAX)
		return err(ERR_SYNTAX, "\"attachments\": at most %d", HTTPD_ATTACHMENTS_MAX);
	d->attachments = arena_array(d->mem, struct message_attachment, n);
	d->places = arena_array(d->mem, size_t, n);
	return n && (!d->attachments || !d->places) ? ERR_NO_MEMORY : 0;
}

/* ---- a whole message ---- */

static int read_raw(struct httpd_draft *d, const json_t *value)
{
	struct span text = text_of(value);
	AUTO_BUF octets = BUF(text.n + 4), lines = BUF(2 * text.n + 4);
	int r;

	if (!json_is_string(value) || !text.n || base64_decode(text, &octets) < 0)
		return err(ERR_SYNTAX, "\"raw\" is no message in base64");
	r = mailfile_text_get(buf_span(&octets), &lines);
	return r < 0 ? r : arena_copy(d->mem, buf_span(&lines), &d->raw);
}

static bool has_parts(const struct httpd_draft *d)
{
	const struct message_draft *m = &d->message;

	return d->cc.n || d->bcc.n || m->reply_to.address.n || m->subject.n || m->text.n ||
	       m->html.n || m->in_reply_to.n || m->references.n || m->n_extras ||
	       d->n_attachments || d->unsubscribes;
}

/* RFC 6531 3.1: of an address, or of the header section. */
static bool needs_smtputf8(const struct httpd_draft *d)
{
	ptrdiff_t end = span_find_span(d->raw, SPAN("\r\n\r\n"));
	bool ascii = utf8_is_ascii(d->message.from.address) &&
	             utf8_is_ascii(span_sub(d->raw, 0, end < 0 ? d->raw.n : (size_t)end));

	for (size_t i = 0; ascii && i < d->to.n; i++)
		ascii = utf8_is_ascii(d->to.v[i].address);
	return !ascii;
}

/* ---- all of it ---- */

static int read_member(struct httpd_draft *d, const char *name, json_t *value)
{
	struct message_draft *m = &d->message;
	const struct {
		const char *name;
		struct message_people *people;
		struct message_person *person;
		struct span *text;
	} members[] = {
		{ "from", .person = &m->from },
		{ "reply_to", .person = &m->reply_to },
		{ "to", .people = &d->to },
		{ "cc", .people = &d->cc },
		{ "bcc", .people = &d->bcc },
		{ "subject", .text = &m->subject },
		{ "text", .text = &m->text },
		{ "html", .text = &m->html },
		{ "in_reply_to", .text = &m->in_reply_to },
		{ "references", .text = &m->references },
	};

	for (size_t i = 0; i < N_ELEMS(members); i++) {
		if (strcmp(name, members[i].name) != 0)
			continue;
		if (members[i].people)
			return read_people(members[i].people, value, name, d->mem);
		return members[i].person ? read_person(members[i].person, value, name, d->mem)
		                         : read_text(members[i].text, value, name);
	}
	if (strcmp(name, "headers") == 0)
		return read_headers(d, value);
	if (strcmp(name, "attachments") == 0)
		return read_attachments(d, value);
	if (strcmp(name, "tags") == 0)
		return httpd_tags_read(value, d->mem, &d->tags);
	if (strcmp(name, "metadata") == 0)
		return read_metadata(d, value);
	if (strcmp(name, "raw") == 0)
		return read_raw(d, value);
	if (strcmp(name, "unsubscribe") == 0)
		return read_unsubscribe(d, value);
	if (strcmp(name, "wait") == 0)
		return read_wait(d, value);
	if (strcmp(name, "send_at") == 0)
		return read_send_at(d, value);
	return err(ERR_SYNTAX, "there is no member \"%s\"; /v1/openapi.json has those there are",
	           name);
}

int httpd_draft_read(const json_t *body, const struct httpd_parts *parts, struct arena *mem,
                     struct httpd_draft *out)
{
	struct httpd_draft d = { .mem = mem, .parts = parts };
	const char *name;
	json_t *value;
	int r = make_room(&d, body);

	json_object_foreach((json_t *)body, name, value)
	{
		if (r >= 0)
			r = read_member(&d, name, value);
	}
	if (r >= 0)
		attach_files(&d);
	d.message.attachments = d.attachments;
	d.message.n_attachments = d.n_attachments;
	if (r >= 0 && !d.message.from.address.n)
		r = err(ERR_SYNTAX, "\"from\" is missing");
	if (r >= 0 && !(d.to.n + d.cc.n + d.bcc.n))
		r = err(ERR_SYNTAX,
		        "there is nobody to send to: \"to\", \"cc\" and \"bcc\" are missing");
	if (r >= 0 && d.raw.n && has_parts(&d))
		r = err(ERR_SYNTAX, "\"raw\" is a whole message: beside it \"from\", \"to\", "
		                    "\"tags\", \"metadata\", \"send_at\" and \"wait\" may stand, "
		                    "and nothing else");
	if (r >= 0 && !d.raw.n && !d.message.text.n && !d.message.html.n && !d.n_attachments)
		r = err(ERR_SYNTAX, "there is nothing to send: \"text\" and \"html\" are missing");
	if (r >= 0 && d.unsubscribes && d.to.n + d.cc.n + d.bcc.n != 1)
		r = err(ERR_SYNTAX, "\"unsubscribe\" is for a message to one recipient, whose own "
		                    "link it has: send "
		                    "one to each, many at once by /v1/messages/batch");
	*out = d;
	return r;
}

int httpd_draft_compose(struct httpd_draft *d, const struct settings *set, struct buf *out,
                        bool *smtputf8)
{
	struct message_draft *m = &d->message;
	struct message_composed made = { 0 };
	uint64_t noise[2];

	if (d->raw.n) {
		*smtputf8 = needs_smtputf8(d);
		return buf_put(out, d->raw);
	}
	os_random(noise, sizeof noise);
	m->to = d->to.v;
	m->n_to = d->to.n;
	m->cc = d->cc.v;
	m->n_cc = d->cc.n;
	m->seed = noise[0];
	m->time_ms = d->send_at_ms ? d->send_at_ms : clock_wall_time_ms();
	m->message_id = span_str(arena_printf(d->mem, "%016jx.%jx@%s", (uintmax_t)noise[1],
	                                      (uintmax_t)m->time_ms, set->server_hostname));
	if (!m->message_id.p)
		return ERR_NO_MEMORY;
	int r = message_compose(m, out, &made);
	*smtputf8 = made.smtputf8_needed;
	return r;
}

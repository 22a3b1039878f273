/* controld/append.c - messages that the operator puts into a mailbox, as they are.
 *
 * Their content goes the way of all messages (intake/intake.h): a long body into the store's file
 * while it comes.  All of a request are one commit.
 */
#include "controld/keywords.h"

#include "intake/intake.h"
#include "wire/message/structure/cache.h"

enum {
	MESSAGES_MAX = 500,
	TOGETHER_BYTES_MAX = 384 << 10, /* with what is known of each they cross in one call */
	LINE_MAX = 512 << 10,
};

struct appending {
	struct controld_session *s;
	struct controld_keywords keywords;
	json_t *messages;
	size_t n; /* of the request */
	uint64_t size_bytes;
	struct mailbox_append_args args; /* those that are kept */
	struct intake **in;
	struct record_message *records;
	struct json *refused;
};

/* How many octets follow.  ERR_SYNTAX: nobody knows. */
static int measure(struct appending *a)
{
	json_t *m;
	size_t i;

	a->n = json_array_size(a->messages);
	if (!a->n || a->n > MESSAGES_MAX)
		return err(ERR_SYNTAX, "1 to %d messages", MESSAGES_MAX);
	json_array_foreach(a->messages, i, m)
	{
		int64_t size = controld_number(m, "size", -1);
		if (size < 0 || size > UINT32_MAX)
			return err(ERR_SYNTAX, "size is no number of octets");
		a->size_bytes += (uint64_t)size;
	}
	return 0;
}

static WAITS int prepare(struct appending *a, json_t *request)
{
	struct controld_session *s = a->s;
	struct mailbox_get_args get = { .path = controld_string(request, "mailbox") };
	struct mailbox_info to;
	int r = controld_account_ticket(s, request, &get.ticket); /* WAITS */

	if (a->n > 1 && a->size_bytes > TOGETHER_BYTES_MAX)
		return err(ERR_TOO_BIG, "messages of %ju octets at once", (uintmax_t)a->size_bytes);
	if (r >= 0)
		r = mailbox_get(&get, &s->mem, &to); /* WAITS */
	if (r < 0)
		return r;
	a->keywords.ticket = a->args.ticket = get.ticket;
	a->args.mailbox = to.mailbox;
	a->args.added = arena_array(&s->mem, struct mailbox_added, a->n);
	a->records = arena_array(&s->mem, struct record_message, a->n);
	a->in = arena_array(&s->mem, struct intake *, a->n);
	if (!a->args.added || !a->records || !a->in)
		return err(ERR_NO_MEMORY, "no memory for %zu messages", a->n);
	return controld_keywords_get(s, &a->keywords); /* WAITS */
}

static int note_cache(struct appending *a, const struct record_message *m, struct span *out)
{
	AUTO_BUF cache = BUF(MESSAGE_CACHE_MADE_BYTES);
	int r = message_cache_make(m->header, m->blob ? NULL : &m->body, &cache);

	return r < 0 ? r : arena_copy(&a->s->mem, buf_span(&cache), out);
}

/* Why message i is not kept; the others are. */
static void refuse(struct appending *a, size_t i, const char *why)
{
	json_begin_object(a->refused);
	json_member_int(a->refused, "message", (int64_t)i);
	json_member_span(a->refused, "what", span_str(why));
	json_end_object(a->refused);
}

static WAITS int keep(struct appending *a, size_t i, struct intake *in)
{
	json_t *m = json_array_get(a->messages, i);
	size_t at = a->args.n_added;
	struct mailbox_added *added = &a->args.added[at];
	int r = intake_content(in, false, &a->records[at]); /* WAITS */

	if (r == ERR_REFUSED) {
		refuse(a, i, in->no.text);
		intake_close(in); /* WAITS */
		return 0;
	}
	a->in[at] = in;
	a->args.n_added++;
	*added = (struct mailbox_added){ .message = &a->records[at],
		                         .n_message = 1,
		                         .date_s = controld_number(m, "date", 0) };
	if (r >= 0)
		r = controld_flags_parse(a->s, &a->keywords, controld_string(m, "flags"),
		                         &added->flags); /* WAITS */
	return r < 0 ? r : note_cache(a, &a->records[at], &added->cache);
}

static WAITS int take(struct appending *a, size_t i, uint64_t size)
{
	struct intake_source from = { .kind = INTAKE_KEPT, .client_address = SPAN("local") };
	struct intake *in;

	if (!size) {
		refuse(a, i, "it is empty");
		return 0;
	}
	int r = intake_open(a->s->set, &from, &in);
	if (r < 0)
		return r;
	r = controld_take_text(a->s, in, size); /* WAITS */
	a->size_bytes -= size;
	if (r >= 0)
		return keep(a, i, in); /* WAITS */
	a->s->lost = true;
	intake_close(in); /* WAITS */
	return r;
}

static WAITS int take_all(struct appending *a)
{
	int r = 0;

	for (size_t i = 0; i < a->n && r >= 0; i++)
		r = take(a, i,
		         (uint64_t)controld_number(json_array_get(a->messages, i), "size", 0));
	return r;
}

static WAITS int commit(struct appending *a)
{
	struct mailbox_append_reply done;

	if (!a->args.n_added)
		return 0;
	int r = mailbox_append(&a->args, &a->s->mem, &done); /* WAITS */
	for (size_t i = 0; i < a->args.n_added && r >= 0; i++)
		intake_content_kept(a->in[i]);
	return r;
}

static WAITS int answer(struct appending *a, const struct buf *refused)
{
	AUTO_BUF line = BUF(LINE_MAX + 256);
	struct json j = JSON(&line);

	if (refused->err)
		return refused->err;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_int(&j, "kept", (int64_t)a->args.n_added);
	json_member_int(&j, "flags_lost", a->keywords.n_lost);
	json_key(&j, "refused");
	buf_put(&line, buf_span(refused));
	json_end_object(&j);
	return controld_put_line(a->s, &line); /* WAITS */
}

WAITS int controld_append(struct controld_session *s, json_t *request)
{
	AUTO_BUF refused = BUF(LINE_MAX);
	struct json list = JSON(&refused);
	struct appending a = { .s = s,
		               .messages = json_object_get(request, "messages"),
		               .refused = &list };
	int r = measure(&a);

	if (r < 0) {
		s->lost = true;
		return r;
	}
	json_begin_array(&list);
	r = prepare(&a, request); /* WAITS */
	if (r >= 0)
		r = take_all(&a);                                               /* WAITS */
	if (r < 0 && !s->lost && controld_take_text(s, NULL, a.size_bytes) < 0) /* WAITS */
		s->lost = true;
	if (r >= 0)
		r = commit(&a); /* WAITS */
	json_end_array(&list);
	while (a.args.n_added && r < 0)
		intake_close(a.in[--a.args.n_added]); /* WAITS */
	for (size_t i = 0; i < a.args.n_added; i++)
		intake_close(a.in[i]);           /* WAITS */
	return r < 0 ? r : answer(&a, &refused); /* WAITS */
}

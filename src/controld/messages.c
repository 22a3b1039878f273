/* controld/messages.c - the messages of a mailbox: what is known of each, and its octets. */
#include "controld/keywords.h"

#include "rt/loop.h"

enum { PAGE_ROWS = 1000, ROW_MAX = 16 << 10, MESSAGE_MS = 10 * 60 * 1000 };

struct giving {
	struct controld_session *s;
	struct controld_keywords keywords;
	struct mailbox_read_args read;
	bool octets;
};

static void put_row(struct giving *g, const struct mailbox_entry *e, uint64_t size, struct json *j)
{
	AUTO_BUF flags = BUF(ROW_MAX);

	controld_flags_put(&g->keywords, e->flags, &flags);
	json_begin_object(j);
	json_member_int(j, "uid", e->uid);
	json_member_int(j, "size", (int64_t)size);
	json_member_int(j, "date", e->date_s);
	json_key(j, "flags");
	json_span(j, buf_span(&flags));
	json_end_object(j);
}

static WAITS int put_unread(struct giving *g, const struct mailbox_entry *e, int why)
{
	AUTO_BUF line = BUF(ROW_MAX);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_int(&j, "uid", e->uid);
	json_member_span(&j, "error", span_str(err_name(why)));
	json_member_span(&j, "what", span_str(err_str(why)));
	json_end_object(&j);
	return controld_put_line(g->s, &line); /* WAITS */
}

/* The first piece tells whether it can be read at all; behind it there is no way to say so. */
static WAITS int put_message(struct giving *g, const struct mailbox_entry *e)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF line = BUF(ROW_MAX);
	struct json j = JSON(&line);
	struct mailbox_read_reply got = { .size = e->size };
	int r = 0;

	g->read.uid = e->uid;
	g->read.offset = 0;
	if (g->octets)
		r = mailbox_read(&g->read, &mem, &got); /* WAITS */
	if (r < 0)
		return r == ERR_CANCELLED ? r : put_unread(g, e, r); /* WAITS */
	put_row(g, e, got.size, &j);
	r = controld_put_line(g->s, &line); /* WAITS */
	if (!g->octets)
		return r;
	while (r >= 0) {
		r = stream_put(g->s->stream, got.octets); /* WAITS */
		g->read.offset += got.octets.n;
		if (r < 0 || g->read.offset >= got.size)
			break;
		arena_reset(&mem);
		r = mailbox_read(&g->read, &mem, &got); /* WAITS */
		if (r >= 0 && !got.octets.n)
			r = ERR_CLOSED;
	}
	return r < 0 ? ERR_CLOSED : 0;
}

static WAITS int put_end(struct giving *g, bool done, uint32_t uid_validity)
{
	AUTO_BUF line = BUF(ROW_MAX);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_bool(&j, "done", done);
	json_member_int(&j, "uid_validity", uid_validity);
	json_end_object(&j);
	return controld_put_line(g->s, &line); /* WAITS */
}

WAITS int controld_messages(struct controld_session *s, json_t *request)
{
	struct giving g = { .s = s, .octets = json_is_true(json_object_get(request, "octets")) };
	struct mailbox_get_args get = { .path = controld_string(request, "mailbox") };
	struct mailbox_page_args ask = {
		.first = (uint32_t)controld_number(request, "after", 0) + 1,
		.max = (uint32_t)controld_number(request, "max", PAGE_ROWS),
	};
	struct mailbox_page_reply page;
	struct mailbox_info m;
	int r = controld_account_ticket(s, request, &get.ticket); /* WAITS */

	if (r >= 0)
		r = mailbox_get(&get, &s->mem, &m); /* WAITS */
	if (r < 0)
		return r;
	g.keywords.ticket = g.read.ticket = ask.ticket = get.ticket;
	g.read.mailbox = ask.mailbox = m.mailbox;
	g.read.max = MAILBOX_READ_BYTES_MAX;
	r = controld_keywords_get(s, &g.keywords); /* WAITS */
	if (r >= 0)
		r = mailbox_page(&ask, &s->mem, &page); /* WAITS */
	if (r < 0)
		return r;
	for (size_t i = 0; i < page.n_entries && r >= 0; i++) {
		fibre_deadline_set(clock_add(loop_now_at(), MESSAGE_MS));
		r = put_message(&g, &page.entries[i]); /* WAITS */
	}
	return r < 0 ? ERR_CLOSED : put_end(&g, page.done, m.uid_validity); /* WAITS */
}

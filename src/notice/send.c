/* notice/send.c - a letter in plain text.  See notice.h. */
#include "calls/queue.h"
#include "notice/notice.h"
#include "wire/message/write/compose.h"

enum { LETTER_BYTES_MAX = 256 << 10, SIGNATURE_BYTES_MAX = 32 << 10 };

/* Who answers writes to the operator, and no machine answers at all. */
static int compose(const struct notice *n, struct span to, struct span office, struct arena *mem,
                   struct buf *out, struct record_message *m)
{
	static const struct message_extra automatic = { SPAN("Auto-Submitted"),
		                                        SPAN("auto-generated") };
	const struct message_person reader = { .address = to };
	struct message_draft draft = {
		.from = { n->from_name.n ? n->from_name : SPAN("Mail System"),
		          span_str(
		                  arena_printf(mem, "MAILER-DAEMON@%.*s", SPAN_ARG(n->hostname))) },
		.reply_to = { .address = n->reply_to.n ? n->reply_to : office },
		.to = &reader,
		.n_to = 1,
		.subject = n->subject,
		.time_ms = clock_wall_time_ms(),
		.message_id = n->message_id,
		.extras = &automatic,
		.n_extras = 1,
		.text = n->text,
	};
	struct message_composed made = { 0 };
	int r = message_compose(&draft, out, &made);

	m->message_id = span_str(arena_printf(mem, "<%.*s>", SPAN_ARG(n->message_id)));
	m->smtputf8 = made.smtputf8_needed;
	return r;
}

/* postmaster, where there is one. */
static WAITS int find_office(struct arena *mem, struct span *out)
{
	struct directory_route route;
	int r = directory_route(SPAN("postmaster"), mem, &route); /* WAITS */

	*out = r < 0 ? SPAN("") : route.address;
	return r == ERR_NOT_FOUND || r == ERR_REFUSED ? 0 : r;
}

WAITS int notice_send(const struct notice *n, uint64_t *id)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(LETTER_BYTES_MAX), signature = BUF(SIGNATURE_BYTES_MAX);
	struct record_message m = { 0 };
	struct queue_submit_args a = { .message = &m, .n_message = 1 };
	struct queue_submit_reply done;
	struct directory_route route;
	struct span office;
	int r = directory_route(n->to, &mem, &route); /* WAITS */

	if (r >= 0)
		r = find_office(&mem, &office); /* WAITS */
	if (r >= 0)
		r = compose(n, route.address, office, &mem, &text, &m);
	if (r >= 0)
		r = notice_address(route.address, &route, &mem, &m);
	if (r >= 0)
		r = notice_take(buf_span(&text), &mem, &signature, &m); /* WAITS */
	if (r >= 0)
		r = queue_submit(&a, &mem, &done); /* WAITS */
	if (r >= 0)
		*id = done.id;
	return r;
}

/* mailbox/append.c - mailbox_append: one or more messages that a client brings. */
#include "mailbox/mailbox_impl.h"
#include "queue/serve/bodies.h"
#include "queue/state/check.h"

struct appending {
	struct store_added *added;
	struct blob **bodies; /* NULL: none */
	size_t n;
};

/* Only its content is taken over, and what people search by. */
static int message_of(const struct mailbox_added *from, struct arena *mem,
                      struct record_message *out)
{
	const struct record_message *m = from->message;

	if (from->n_message != 1)
		return err(ERR_SYNTAX, "%zu messages in one", from->n_message);
	if (m->blob && m->body.n)
		return err(ERR_SYNTAX, "a body and the file of one");
	if (!m->prefix.n && !m->header.n && !m->body.n && !m->blob)
		return err(ERR_SYNTAX, "a message without content");
	*out = (struct record_message){
		.message_id = check_line(m->message_id, CHECK_TEXT_MAX, mem),
		.subject = check_line(m->subject, CHECK_TEXT_MAX, mem),
		.body_8bit = m->body_8bit,
		.smtputf8 = m->smtputf8,
		.blob = m->blob,
		.prefix = m->prefix,
		.header = m->header,
		.body = m->body,
	};
	return 0;
}

static int check_size(const struct record_message *m)
{
	uint64_t size = m->body.n;
	int r = m->blob ? store_blob_size(office.store, m->blob, &size) : 0;

	size += m->prefix.n + m->header.n;
	if (r >= 0 && size > (uint64_t)office.set->smtp_size_max)
		return err(ERR_TOO_BIG, "a message of %ju octets", (uintmax_t)size);
	return r;
}

static int take(const struct mailbox_append_args *a, struct arena *mem, struct appending *x)
{
	struct record_message *messages = arena_array(mem, struct record_message, a->n_added);
	int r = 0;

	x->added = arena_array(mem, struct store_added, a->n_added);
	x->bodies = arena_array(mem, struct blob *, a->n_added);
	if (!messages || !x->added || !x->bodies)
		return err(ERR_NO_MEMORY, "no memory for %zu messages", a->n_added);
	for (; x->n < a->n_added && r >= 0; x->n += r >= 0) {
		const struct mailbox_added *from = &a->added[x->n];
		struct record_message *m = &messages[x->n];
		x->added[x->n] = (struct store_added){ m, from->flags, from->date_s, from->cache };
		r = message_of(from, mem, m);
		if (r >= 0 && from->cache.n > BOX_CACHE_BYTES_MAX)
			r = err(ERR_TOO_LONG, "an envelope of %zu octets", from->cache.n);
		if (r >= 0)
			r = check_size(m);
		if (r >= 0 && m->blob)
			r = queue_body_take(m->blob, &x->bodies[x->n]);
	}
	return r;
}

static void give_back(struct appending *x, bool kept)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->bodies[i])
			queue_body_end(x->bodies[i], kept);
}

static WAITS int commit(struct mailbox *m, struct appending *x, struct arena *mem,
                        struct mailbox_append_reply *out)
{
	uint32_t *uids = arena_array(mem, uint32_t, x->n);
	struct mailbox_append_reply got = { .uid_validity = m->uid_validity,
		                            .uids = arena_array(mem, struct mailbox_run, x->n) };

	if (!uids || !got.uids)
		return err(ERR_NO_MEMORY, "no memory for %zu messages", x->n);
	int r = store_mail_append(office.store, m, x->added, x->n, uids, &got.modseq); /* WAITS */
	for (size_t i = 0; i < x->n && r >= 0; i++) {
		struct mailbox_run *last = got.n_uids ? &got.uids[got.n_uids - 1] : NULL;
		if (last && last->first + last->count == uids[i])
			last->count++;
		else
			got.uids[got.n_uids++] = (struct mailbox_run){ uids[i], 1 };
	}
	if (r >= 0)
		*out = got;
	return r;
}

WAITS int answer_append(const struct mailbox_append_args *a, struct arena *mem,
                        struct mailbox_append_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct appending x = { 0 };
	int r = visit_box(&v, a->ticket, a->mailbox, mem); /* WAITS */

	if (r >= 0 && !a->n_added)
		r = err(ERR_SYNTAX, "no message");
	if (r < 0)
		return r;
	r = take(a, mem, &x);
	if (r >= 0)
		r = commit(v.m, &x, mem, out); /* WAITS */
	give_back(&x, r >= 0);
	return r;
}

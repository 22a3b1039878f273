/* controld/quarantine.c - the operator's view of quarantine, and his orders to it. */
#include "base/base64.h"
#include "base/event.h"
#include "calls/mailbox_records.h"
#include "controld/quarantined.h"
#include "controld/queue.h"

enum { ROW_MAX = 256 << 10 };
enum order { LIST, SHOW, RELEASE, DELETE, ORDERS };
static const char *const orders[ORDERS] = { "list", "show", "release", "delete" };
static const char *const done[ORDERS] = { [RELEASE] = "released", [DELETE] = "deleted" };

struct quarantine {
	struct controld_session *s;
	enum order order;
	struct span who;
	struct quarantined_place last; /* of those that were put */
};

/* What came of it for this recipient, and why. */
static void put_reason(struct json *j, const struct quarantined *q)
{
	struct span step = SPAN(""), text = q->known->findings;
	json_t *findings = NULL, *f;
	size_t i;

	for (i = 0; i < q->known->n_followed; i++)
		if (q->known->followed[i].recipient == q->recipient)
			step = q->known->followed[i].step;
	json_member_span(j, "step", step);
	if (!text.n || controld_parse(text, &findings) < 0)
		return;
	json_array_foreach(findings, i, f)
	{
		if (!span_eq(controld_string(f, "step"), step))
			continue;
		json_member_span(j, "value", controld_string(f, "value"));
		json_member_span(j, "words", controld_string(f, "words"));
	}
	json_decref(findings);
}

static void put_known(struct json *j, const struct quarantined *q)
{
	const struct record_message *m = &q->known->message[0];

	json_member_time(j, "received", m->time_ms);
	json_member_span(j, "return_path", m->return_path);
	json_member_span(j, "login", m->login);
	json_member_span(j, "client_address", m->client_address);
	json_member_span(j, "helo", m->helo);
	json_member_span(j, "subject", m->subject);
	json_member_int(j, "size_bytes", (int64_t)m->size_bytes);
	put_reason(j, q);
}

static WAITS int put_row(struct quarantine *x, const struct quarantined *q, struct arena *mem)
{
	AUTO_BUF line = BUF(ROW_MAX);
	struct json j = JSON(&line);
	char id[ID_TEXT_LEN + 1];

	id_print(q->message, id);
	json_begin_object(&j);
	json_member_span(&j, "id", span_str(arena_printf(mem, "%s.%u", id, q->recipient)));
	json_member_span(&j, "where", span_str(q->account.n ? "mailbox" : "queue"));
	json_member_span(&j, "account", q->account);
	json_member_span(&j, "address", q->address);
	if (q->uid)
		json_member_int(&j, "uid", q->uid);
	json_member_time(&j, "since", q->since_ms);
	if (q->known)
		put_known(&j, q);
	if (q->known && x->order == SHOW)
		controld_put_defence(&j, q->known);
	if (done[x->order])
		json_member_span(&j, "done", span_str(done[x->order]));
	json_end_object(&j);
	return controld_put_line(x->s, &line); /* WAITS */
}

/* ---- orders ---- */

/* Whoever sent it is not told that it was deleted: the sender is forged more often than not. */
static WAITS int order_queue(struct quarantine *x, const struct quarantined *q)
{
	struct queue_filter filter = { .message = q->message,
		                       .to = q->address,
		                       .states = 1u << RECIPIENT_HELD };
	struct queue_order_args a = { .order = x->order == RELEASE ? QUEUE_RELEASE : QUEUE_CANCEL,
		                      .filter = &filter,
		                      .n_filter = 1,
		                      .given_ms = clock_wall_time_ms(),
		                      .who = x->who,
		                      .why = SPAN("quarantine"),
		                      .quiet = true };
	struct queue_order_reply sum = { 0 };
	int r = controld_give_order(x->s, &a, &sum); /* WAITS */

	return r >= 0 && !sum.n_done ? err(ERR_NOT_FOUND, "it was let go, or cancelled, just now")
	                             : r;
}

static WAITS int move_to_inbox(const struct quarantined *q, struct mailbox_run *uid,
                               struct arena *mem)
{
	struct mailbox_get_args get = { .ticket = q->ticket, .path = SPAN("INBOX") };
	struct mailbox_info inbox;
	struct mailbox_copy_reply copied;
	int r = mailbox_get(&get, mem, &inbox); /* WAITS */

	if (r < 0)
		return r;
	struct mailbox_copy_args a = { q->ticket, q->mailbox, inbox.mailbox, uid, 1, true };
	r = mailbox_copy(&a, mem, &copied); /* WAITS */
	return r >= 0 && !copied.n_from ? err(ERR_NOT_FOUND, "it was moved, or deleted, just now")
	                                : r;
}

static WAITS int order_mailbox(struct quarantine *x, const struct quarantined *q, struct arena *mem)
{
	struct mailbox_run uid = { q->uid, 1 };
	struct mailbox_expunge_args a = {
		.ticket = q->ticket, .mailbox = q->mailbox, .uids = &uid, .n_uids = 1
	};
	struct mailbox_expunge_reply gone;
	char id[ID_TEXT_LEN + 1];
	int r = x->order == RELEASE ? move_to_inbox(q, &uid, mem)      /* WAITS */
	                            : mailbox_expunge(&a, mem, &gone); /* WAITS */

	id_print(q->message, id);
	if (r >= 0)
		event_log(EVENT_quarantine_ordered,
		          "order=%s message=%s recipient=%u account=%.*s who=%.*s",
		          orders[x->order], id, q->recipient, SPAN_ARG(q->account),
		          SPAN_ARG(x->who));
	return r;
}

/* "MAILBOX.UID", or a place in the queue, which has three parts. */
static void put_next(const struct quarantined_place *last, struct buf *out)
{
	if (last->mailbox)
		buf_printf(out, "%u.%u", last->mailbox, last->uid);
	else
		controld_put_place(&last->held, out);
}

static int take_next(struct span text, struct quarantined_place *out)
{
	ptrdiff_t dot = span_find(text, '.');
	uint64_t mailbox, uid;

	*out = (struct quarantined_place){ 0 };
	if (dot < 0 || span_to_u64(span_sub(text, 0, (size_t)dot), UINT32_MAX, &mailbox) < 0 ||
	    span_to_u64(span_sub(text, (size_t)dot + 1, text.n), UINT32_MAX, &uid) < 0)
		return controld_take_place(text, &out->held);
	out->mailbox = (uint32_t)mailbox;
	out->uid = (uint32_t)uid;
	return mailbox ? 0 : err(ERR_SYNTAX, "after: it is no \"next\" of a list");
}

static WAITS int deal_with(const struct quarantined *q, struct arena *mem, void *arg)
{
	struct quarantine *x = arg;
	int r = 0;

	x->last = (struct quarantined_place){ q->held, q->mailbox, q->uid };
	if (done[x->order])
		r = q->account.n ? order_mailbox(x, q, mem) : order_queue(x, q); /* WAITS */
	return r < 0 ? r : put_row(x, q, mem);                                   /* WAITS */
}

/* ---- the request ---- */

/* MESSAGE or MESSAGE.RECIPIENT */
static int which_of(struct span id, struct quarantined_which *out)
{
	ptrdiff_t dot = span_find(id, '.');
	uint64_t n;

	if (id_parse(dot < 0 ? id : span_sub(id, 0, (size_t)dot), &out->message) < 0 ||
	    !out->message)
		return err(ERR_SYNTAX, "it is no id such as postrider quarantine list shows");
	if (dot < 0)
		return 0;
	if (span_to_u64(span_sub(id, (size_t)dot + 1, id.n), UINT32_MAX, &n) < 0)
		return err(ERR_SYNTAX, "what stands behind the dot is no number of a recipient");
	out->recipient = (int64_t)n;
	return 0;
}

static int read_request(struct quarantine *x, json_t *request, struct quarantined_which *which)
{
	struct span name = controld_string(request, "order"), id = controld_string(request, "id");

	*which = (struct quarantined_which){ .account = controld_string(request, "account"),
		                             .recipient = -1 };
	while (x->order < ORDERS && !span_eq(name, span_str(orders[x->order])))
		x->order++;
	if (x->order == ORDERS)
		return err(ERR_SYNTAX, "order %.*s is not known", SPAN_ARG(name));
	if (x->order != LIST && !id.n)
		return err(ERR_SYNTAX, "which message?");
	int r = id.n ? which_of(id, which) : controld_limit(request, &which->limit);
	return r < 0 ? r : controld_who(x->s, request, &x->who);
}

WAITS int controld_quarantine(struct controld_session *s, json_t *request)
{
	AUTO_BUF line = BUF(256), next = BUF(64);
	struct json j = JSON(&line);
	struct quarantine x = { .s = s };
	struct span after = controld_string(request, "after");
	struct quarantined_place place;
	struct quarantined_which which;
	bool more = false;
	int r = read_request(&x, request, &which);

	if (r >= 0 && after.n) {
		which.after = &place;
		r = take_next(after, &place);
	}
	if (r >= 0)
		r = quarantined_each(s, &which, deal_with, &x, &more); /* WAITS */
	if (r == 0 && which.message)
		return err(ERR_NOT_FOUND, "nothing in quarantine has this id (any more)");
	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_int(&j, "rows", r);
	if (more)
		put_next(&x.last, &next);
	json_member_span(&j, "next", buf_span(&next));
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}

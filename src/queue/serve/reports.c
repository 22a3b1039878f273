/* queue/serve/reports.c - see reports.h.
 *
 * Whoever hands it in may have been taken over, and has it from a stranger in any case: which
 * message it is about is found out here, by an address that only we can have made, or by the
 * Message-ID in a notification to whoever sent that.
 */
#include "queue/serve/reports.h"

#include "base/base64.h"
#include "base/event.h"
#include "directory/route.h"
#include "queue/state/check.h"
#include "queue/state/report.h"
#include "wire/smtp/verdict/verdict.h"

enum { KNOWN_MAX = 2000, HOST_MAX = 255, ENHANCED_MAX = 11, LISTED_MAX = 100 };

static struct list under_way = LIST_INIT(under_way);

void reports_end(struct reports *r)
{
	list_remove(&r->link);
}

/* ---- which message ---- */

struct about {
	uint64_t message;
	bool returned; /* by its own return path */
	struct record_message sent;
};

/* 1: the address is the return path of a message.  0: it is not. */
static WAITS int look_at(struct span address, struct arena *mem, struct about *out)
{
	struct directory_route route;
	int r = address.n ? directory_route(address, mem, &route) : 1; /* WAITS */

	if (r == 0 && route.returned) {
		*out = (struct about){ .message = route.returned, .returned = true };
		return arena_copy(mem, route.sender, &out->sent.return_path) < 0 ? ERR_NO_MEMORY
		                                                                 : 1;
	}
	return r >= 0 || r == ERR_NOT_FOUND || r == ERR_REFUSED || r == ERR_SYNTAX ||
	                       r == ERR_LIMIT || r == ERR_TOO_LONG
	               ? 0
	               : r;
}

static bool is_to(const struct record_message *m, struct span address)
{
	for (size_t i = 0; i < m->n_recipients; i++)
		if (span_eq_nocase(m->recipients[i].address, address))
			return true;
	return false;
}

/* By its Message-ID: only what comes as a notification to whoever sent it. */
static WAITS int look_for(struct queue *q, const struct queue_submit_args *a,
                          const struct record_message *m, struct about *out)
{
	int r = a->reported_id.n && !m->return_path.n
	                ? store_find(q->store, a->reported_id, &out->message) /* WAITS */
	                : ERR_NOT_FOUND;

	return r == ERR_NOT_FOUND ? 0 : r < 0 ? r : 1;
}

/* 1: *out is a message that was sent from here by whom it came back to. */
static WAITS int find(struct queue *q, const struct queue_submit_args *a,
                      const struct record_message *m, struct arena *mem, struct about *out)
{
	struct span sender;
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_recipients; i++)
		r = look_at(m->recipients[i].account.n ? m->recipients[i].address : SPAN(""), mem,
		            out); /* WAITS */
	if (r == 0)
		r = look_at(a->reported_path, mem, out); /* WAITS */
	sender = out->sent.return_path;
	if (r == 0)
		r = look_for(q, a, m, out); /* WAITS */
	if (r <= 0)
		return r;
	r = store_message(q->store, out->message, mem, &out->sent); /* WAITS */
	if (r < 0)
		return r == ERR_NOT_FOUND ? 0 : r;
	return out->returned ? span_eq_nocase(out->sent.return_path, sender)
	                     : out->sent.return_path.n && is_to(m, out->sent.return_path);
}

/* ---- which recipient ---- */

static bool is(const struct record_recipient *to, struct span address)
{
	return address.n && span_eq_nocase(to->address, address);
}

/* Where nobody is named that it was sent to, who got it alone is meant; -1: that is not certain. */
static ptrdiff_t recipient_of(const struct about *about, const struct queue_report *report)
{
	const struct record_message *sent = &about->sent;

	for (size_t i = 0; i < sent->n_recipients; i++)
		if (!sent->recipients[i].account.n && (is(&sent->recipients[i], report->original) ||
		                                       is(&sent->recipients[i], report->address)))
			return (ptrdiff_t)i;
	return about->returned && sent->n_recipients == 1 ? 0 : -1;
}

/* ---- what is recorded ---- */

static struct span enhanced_of(struct span text)
{
	struct smtp_enhanced e;
	struct span rest = text;

	return text.n <= ENHANCED_MAX && smtp_enhanced_parse(&rest, &e) >= 0 && !rest.n ? text
	                                                                                : SPAN("");
}

static WAITS int add(struct queue *q, const struct queue_submit_args *a, struct about *about,
                     const struct queue_report *report, uint32_t recipient, struct arena *mem,
                     struct record_change *out)
{
	struct span host = a->reporter.n ? a->reporter : a->message->helo;
	struct record_change *now;
	size_t n;
	int r = store_status(q->store, about->message, recipient, 1, mem, &now, &n); /* WAITS */

	if (r < 0)
		return r;
	*out = (struct record_change){
		.message = about->message,
		.recipient = recipient,
		.address = about->sent.recipients[recipient].address,
		.return_path = about->sent.return_path,
		.state = now->state,
		.remote_host = check_line(host, HOST_MAX, mem),
		.code = report->code < 600 ? report->code : 0,
		.enhanced = enhanced_of(report->enhanced),
		.text = check_line(report->text, CHECK_TEXT_MAX / 2, mem),
		.class = report->class,
		.meaning = span_str(report_meaning(report->kind, report->class)),
		.report = report->kind,
		.who = span_str(arena_printf(
		        mem, "mail from %.*s",
		        SPAN_ARG(check_line(a->message->client_address, HOST_MAX, mem)))),
	};
	return 0;
}

static bool has(const struct record_change *all, size_t n, const struct record_change *f)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].recipient == f->recipient && all[i].report == f->report)
			return true;
	return false;
}

/* Whoever got the message could write what comes back of it: of others that went to with the same
 * one it is told, and nothing follows. */
static bool is_only_one(const struct about *about)
{
	size_t n = 0;

	for (size_t i = 0; i < about->sent.n_recipients; i++)
		n += !about->sent.recipients[i].account.n;
	return n == 1;
}

/* ---- all of it ---- */

static WAITS int take(struct queue *q, const struct queue_submit_args *a, struct about *about,
                      struct arena *mem, struct reports *out)
{
	struct record_change *known, f;
	size_t n_known;
	bool certain = false;
	int r = store_reports(q->store, about->message, KNOWN_MAX, mem, &known, &n_known);

	out->changes =
	        arena_array(mem, struct record_change, a->n_reports + a->message->n_recipients);
	if (!out->changes)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < a->n_reports && i < LISTED_MAX; i++) {
		const struct queue_report *report = &a->reports[i];
		ptrdiff_t to = recipient_of(about, report);

		if (to < 0 || !report->kind || report->kind >= RECIPIENT_REPORTS)
			continue;
		certain = true;
		r = add(q, a, about, report, (uint32_t)to, mem, &f); /* WAITS */
		if (r < 0 || has(known, n_known, &f) || has(out->changes, out->n, &f))
			continue;
		if (is_only_one(about))
			r = report_suppress(about->sent.login, &f); /* WAITS */
		if (r >= 0)
			out->changes[out->n++] = f;
	}
	return r < 0 ? r : certain;
}

/* What came to the return path itself is read, and done with. */
static WAITS int read_returned(const struct about *about, struct record_message *m,
                               struct arena *mem, struct reports *out)
{
	char id[ID_TEXT_LEN + 1];

	id_print(about->message, id);
	for (uint32_t i = 0; i < m->n_recipients; i++) {
		struct record_recipient *to = &m->recipients[i];
		struct about one;
		int r = to->account.n ? look_at(to->address, mem, &one) : 0; /* WAITS */

		if (r < 0)
			return r;
		if (!r || one.message != about->message)
			continue;
		to->account = SPAN("");
		to->prefix = SPAN("");
		to->n_items = 0;
		out->changes[out->n++] = (struct record_change){
			.recipient = i,
			.address = to->address,
			.return_path = m->return_path,
			.state = RECIPIENT_DELIVERED,
			.attempt = 1,
			.text = span_str(arena_printf(mem, "read: it tells of message %s", id)),
			.meaning =
			        SPAN("It came to the return path of a message that was sent from "
			             "here, and is recorded there."),
		};
	}
	return 0;
}

static bool is_under_way(uint64_t message)
{
	const struct reports *other;

	LIST_EACH(other, &under_way, link)
		if (other->message == message)
			return true;
	return false;
}

WAITS int reports_settle(struct queue *q, const struct queue_submit_args *a,
                         struct record_message *m, struct arena *mem, struct reports *out)
{
	struct about about = { 0 };
	int r = a->n_reports ? find(q, a, m, mem, &about) : 0; /* WAITS */

	if (r <= 0)
		return r;
	if (is_under_way(about.message))
		return err(ERR_AGAIN, "another report of this message is being taken just now");
	out->message = about.message;
	list_push_back(&under_way, &out->link);
	r = take(q, a, &about, mem, out); /* WAITS */
	if (r > 0)
		r = read_returned(&about, m, mem, out); /* WAITS */
	return r < 0 ? r : 0;
}

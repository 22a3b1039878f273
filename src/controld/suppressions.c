/* controld/suppressions.c - whom an account does not send to any more. */
#include "calls/suppressions.h"
#include "controld/session.h"

enum { LINE_MAX = 16 << 10, PAGE = SUPPRESSION_ROWS_MAX };

static WAITS int put_row(struct controld_session *s, const struct suppression *row)
{
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);

	suppression_json(row, &j);
	return controld_put_line(s, &line); /* WAITS */
}

static WAITS int list(struct controld_session *s, struct span ticket, struct span address)
{
	struct suppressions_list_args a = { .ticket = ticket, .address = address, .max = PAGE };
	struct suppressions_list_reply page = { .more = true };
	int r = 0;

	for (bool first = true; r >= 0 && page.more; first = false) {
		AUTO_ARENA mem = { 0 };
		const struct suppression *last;

		r = suppressions_list(&a, &mem, &page); /* WAITS */
		if (r < 0)
			return first ? r : ERR_CLOSED;
		for (size_t i = 0; r >= 0 && i < page.n_rows; i++)
			r = put_row(s, &page.rows[i]); /* WAITS */
		last = page.n_rows ? &page.rows[page.n_rows - 1] : NULL;
		if (r >= 0 && last &&
		    (arena_copy(&s->mem, last->address, &a.after) < 0 ||
		     arena_copy(&s->mem, last->list, &a.after_list) < 0))
			r = ERR_NO_MEMORY;
	}
	return r < 0 ? ERR_CLOSED : 0;
}

static WAITS int order(struct controld_session *s, json_t *request, struct span ticket, bool remove)
{
	struct suppression row = { .why = SUPPRESSION_MANUAL,
		                   .address = controld_string(request, "address"),
		                   .list = controld_string(request, "list"),
		                   .until_ms = controld_number(request, "until_ms", 0),
		                   .words = controld_string(request, "words") };
	const struct suppressions_order_args a = {
		.ticket = ticket, .remove = remove, .row = &row, .n_row = 1
	};
	struct suppressions_order_reply got;
	int r = suppressions_order(&a, &s->mem, &got); /* WAITS */

	return r < 0 ? r : put_row(s, &got.row[0]); /* WAITS */
}

WAITS int controld_suppression(struct controld_session *s, json_t *request)
{
	struct span verb = controld_string(request, "verb"), ticket;
	AUTO_BUF end = BUF(64);
	int r = controld_account_ticket(s, request, &ticket); /* WAITS */

	if (r < 0)
		return r;
	if (span_eq(verb, SPAN("list")))
		r = list(s, ticket, controld_string(request, "address")); /* WAITS */
	else if (span_eq(verb, SPAN("add")) || span_eq(verb, SPAN("remove")))
		r = order(s, request, ticket, span_eq(verb, SPAN("remove"))); /* WAITS */
	else
		return err(ERR_SYNTAX, "list, add or remove?");
	if (r < 0)
		return r;
	buf_puts(&end, "{\"ok\":true}");
	return controld_put_line(s, &end); /* WAITS */
}

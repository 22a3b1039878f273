/* httpd/suppressions.c - /v1/suppressions: whom the account does not send to any more. */
#include "base/clock.h"
#include "calls/suppressions.h"
#include "httpd/session.h"

enum { PAGE = 50, BODY_MAX = 16 << 10, ANSWER_ROOM = SUPPRESSION_ROWS_MAX * 4096 };

/* ---- the list ---- */

/* The cursor: the last one's address, and its list behind a blank. */
static void read_cursor(struct span cursor, struct suppressions_list_args *a)
{
	struct span rest = cursor;

	span_split(&rest, ' ', &a->after);
	a->after_list = rest;
}

static void put_cursor(struct json *j, const struct suppressions_list_reply *page)
{
	AUTO_BUF cursor = BUF(2048);
	const struct suppression *last = page->n_rows ? &page->rows[page->n_rows - 1] : NULL;

	if (page->more && last) {
		buf_put(&cursor, last->address);
		if (last->list.n)
			buf_putc(&cursor, ' ');
		buf_put(&cursor, last->list);
	}
	json_member_span(j, "after", buf_span(&cursor));
}

WAITS int httpd_suppressions(struct httpd_request *q)
{
	AUTO_BUF body = BUF(ANSWER_ROOM);
	struct json j = JSON(&body);
	struct suppressions_list_args a = { .ticket = httpd_ticket(q),
		                            .address = httpd_parameter(q, "address") };
	struct span limit = httpd_parameter(q, "limit");
	struct suppressions_list_reply page;
	uint64_t n = PAGE;

	read_cursor(httpd_parameter(q, "after"), &a);
	if (limit.n && (span_to_u64(limit, SUPPRESSION_ROWS_MAX, &n) < 0 || !n))
		return httpd_problem(q, 400, "malformed", "limit: 1 to %d",
		                     SUPPRESSION_ROWS_MAX); /* WAITS */
	a.max = (uint32_t)n;
	int r = suppressions_list(&a, &q->mem, &page); /* WAITS */
	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	json_key(&j, "suppressions");
	json_begin_array(&j);
	for (size_t i = 0; i < page.n_rows; i++)
		suppression_json(&page.rows[i], &j);
	json_end_array(&j);
	put_cursor(&j, &page);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

/* ---- changes ---- */

static WAITS int order(struct httpd_request *q, struct suppression *row, bool remove)
{
	AUTO_BUF body = BUF(64 << 10);
	struct json j = JSON(&body);
	const struct suppressions_order_args a = {
		.ticket = httpd_ticket(q), .remove = remove, .row = row, .n_row = 1
	};
	struct suppressions_order_reply got;
	int r = suppressions_order(&a, &q->mem, &got); /* WAITS */

	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	suppression_json(&got.row[0], &j);
	return httpd_json(q, 200, &body); /* WAITS */
}

static int read_until(const json_t *value, int64_t *out)
{
	struct span text = span_make(json_string_value(value), json_string_length(value));

	if (json_is_null(value))
		return 0;
	if (!text.n || clock_parse_rfc3339(text, out) < 0)
		return err(ERR_SYNTAX, "\"until\" is no time such as 2027-01-31T12:00:00Z");
	return *out > clock_wall_time_ms() ? 0 : err(ERR_SYNTAX, "\"until\" is over already");
}

static int read_member(const char *name, const json_t *value, struct suppression *row)
{
	struct span text = span_make(json_string_value(value), json_string_length(value));
	struct span key = span_str(name);

	if (span_eq(key, SPAN("until")))
		return read_until(value, &row->until_ms);
	if (!json_is_string(value) && !(json_is_null(value) && !span_eq(key, SPAN("address"))))
		return err(ERR_SYNTAX, "\"%s\" is no text", name);
	if (span_eq(key, SPAN("address")))
		row->address = text;
	else if (span_eq(key, SPAN("list")))
		row->list = text;
	else if (span_eq(key, SPAN("words")))
		row->words = text;
	else
		return err(ERR_SYNTAX,
		           "\"%s\" is not known here: address, list, until and words are", name);
	return 0;
}

static int read_row(json_t *body, struct suppression *row)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(body, name, value)
	{
		if (r >= 0)
			r = read_member(name, value, row);
	}
	return r < 0 || row->address.n ? r : err(ERR_SYNTAX, "\"address\": of whom?");
}

WAITS int httpd_suppress(struct httpd_request *q)
{
	struct suppression row = { .why = SUPPRESSION_MANUAL };
	json_t *body;
	int r = httpd_body_json(q, BODY_MAX, &body); /* WAITS */

	if (r <= 0)
		return r;
	r = read_row(body, &row);
	r = r < 0 ? httpd_problem_of(q, r) : order(q, &row, false); /* WAITS */
	json_decref(body);
	return r;
}

WAITS int httpd_unsuppress(struct httpd_request *q)
{
	struct suppression row = { .why = SUPPRESSION_MANUAL,
		                   .address = q->segments[2],
		                   .list = httpd_parameter(q, "list") };

	return order(q, &row, true); /* WAITS */
}

/* controld/bans.c - who is shut out, and who the operator wants in or out. */
#include "controld/session.h"

#include "calls/bans.h"

enum { LINE_MAX = 4096 };

static int order_of(struct span verb, uint8_t *out)
{
	static const char *const verbs[] = {
		[BAN_LIST] = "list", [BAN_ADD] = "add", [BAN_REMOVE] = "remove"
	};

	for (uint8_t i = 0; i < N_ELEMS(verbs); i++)
		if (span_eq(verb, span_str(verbs[i]))) {
			*out = i;
			return 0;
		}
	return err(ERR_SYNTAX, "list, add or remove?");
}

/* What the edge says may be a stranger's words. */
static WAITS int put_row(struct controld_session *s, const struct ban_row *row)
{
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_span(&j, "address", row->address);
	json_member_time(&j, "until", row->until_ms);
	json_member_span(&j, "reason", row->why);
	json_member_int(&j, "debt", row->debt);
	json_member_int(&j, "turned_away", row->n_turned_away);
	json_end_object(&j);
	return controld_put_line(s, &line); /* WAITS */
}

WAITS int controld_ban(struct controld_session *s, json_t *request)
{
	struct ban_order_args a = { .address = controld_string(request, "address"),
		                    .ms = controld_number(request, "ms", 0),
		                    .why = controld_string(request, "why") };
	struct ban_order_reply got;
	AUTO_BUF end = BUF(64);
	int r = order_of(controld_string(request, "verb"), &a.order);

	if (r >= 0 && (a.ms < 0 || (a.order == BAN_ADD && !a.ms)))
		r = err(ERR_SYNTAX, "for how long?");
	if (r >= 0)
		r = ban_order(&a, &s->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < got.n_rows; i++)
		r = put_row(s, &got.rows[i]); /* WAITS */
	buf_puts(&end, "{\"ok\":true}");
	return r < 0 ? ERR_CLOSED : controld_put_line(s, &end); /* WAITS */
}

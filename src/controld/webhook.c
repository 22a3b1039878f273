/* controld/webhook.c - endpoints to which an account has its events posted. */
#include <stdlib.h>

#include "base/base64.h"
#include "calls/webhooks.h"
#include "controld/session.h"
#include "rt/loop.h"

enum { ROW_MAX = 64 << 10 };

static const struct verb {
	const char *name;
	enum webhook_verb verb;
	uint8_t given;
	bool enabled;
} verbs[] = {
	{ "new", WEBHOOK_NEW, WEBHOOK_URL, false },
	{ "list", WEBHOOK_LIST, 0, false },
	{ "show", WEBHOOK_LIST, 0, false },
	{ "remove", WEBHOOK_REMOVE, 0, false },
	{ "enable", WEBHOOK_CHANGE, WEBHOOK_ENABLED, true },
	{ "disable", WEBHOOK_CHANGE, WEBHOOK_ENABLED, false },
	{ "rotate", WEBHOOK_ROTATE, 0, false },
	{ "test", WEBHOOK_TEST, 0, false },
	{ "log", WEBHOOK_LOG, 0, false },
	{ "replay", WEBHOOK_REPLAY, 0, false },
};

static int take_verb(json_t *request, struct webhook_order_args *a)
{
	struct span verb = controld_string(request, "verb");
	struct span id = controld_string(request, "id");

	for (size_t i = 0; i < N_ELEMS(verbs); i++)
		if (span_eq(verb, span_str(verbs[i].name))) {
			a->verb = (uint8_t)verbs[i].verb;
			a->given = verbs[i].given;
			a->enabled = verbs[i].enabled;
		}
	if (!a->verb)
		return err(ERR_SYNTAX, "no such order about webhooks: %.*s", SPAN_ARG(verb));
	if (id.n && (id_parse(id, &a->id) < 0 || !a->id))
		return err(ERR_NOT_FOUND, "%.*s is no id of a webhook", SPAN_ARG(id));
	return 0;
}

/* As over HTTP (httpd/draft.c), so that they can be compared. */
static int take_tags(struct controld_session *s, json_t *request, struct span *out)
{
	const json_t *tags = json_object_get(request, "tags");
	char *text = json_is_array(tags) ? json_dumps(tags, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	int r = text ? arena_copy(&s->mem, span_str(text), out) : 0;

	free(text);
	return r;
}

static int take_since(json_t *request, struct webhook_order_args *a)
{
	struct span since = controld_string(request, "since");

	if (!since.n)
		return a->verb == WEBHOOK_REPLAY ? err(ERR_SYNTAX, "since when?") : 0;
	if ((span_to_u64(since, INT64_MAX, &a->seq) >= 0 && a->seq) ||
	    clock_parse_rfc3339(since, &a->time_ms) >= 0)
		return 0;
	return err(ERR_SYNTAX,
	           "%.*s is neither the number of a change nor a time such as "
	           "2026-11-30T12:00:00Z",
	           SPAN_ARG(since));
}

static WAITS int put_rows(struct controld_session *s, const struct webhook_order_reply *got)
{
	AUTO_BUF line = BUF(ROW_MAX);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < got->n_rows; i++) {
		buf_reset(&line);
		buf_put(&line, got->rows[i].json);
		r = controld_put_line(s, &line); /* WAITS */
	}
	return r;
}

WAITS int controld_webhook(struct controld_session *s, json_t *request)
{
	struct webhook_order_args a = { .url = controld_string(request, "url"),
		                        .events = controld_string(request, "events"),
		                        .max = WEBHOOK_LOG_MAX };
	struct webhook_order_reply got;
	AUTO_BUF end = BUF(64);
	int r = take_verb(request, &a);

	if (r >= 0)
		r = take_tags(s, request, &a.tags);
	if (r >= 0)
		r = take_since(request, &a);
	if (r >= 0)
		r = controld_account_ticket(s, request, &a.ticket); /* WAITS */
	if (r >= 0)
		r = webhook_order(&a, &s->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	r = put_rows(s, &got); /* WAITS */
	buf_puts(&end, "{\"ok\":true}");
	return r < 0 ? ERR_CLOSED : controld_put_line(s, &end); /* WAITS */
}

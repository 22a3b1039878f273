/* webhooks/row.c - an endpoint and an attempt as JSON, the same over HTTP and on the command line.
 */
#include "base/base64.h"
#include "webhooks/wanted.h"
#include "webhooks/webhooks_impl.h"

static void put_secret(struct json *j, const struct endpoint *e)
{
	AUTO_BUF text = BUF(128);

	buf_puts(&text, SIGN_SECRET_PREFIX);
	base64_encode(&text, span_make(e->def.secret, SIGN_SECRET_BYTES));
	json_member_span(j, "secret", buf_span(&text));
	buf_wipe(&text);
}

static void put_events(struct json *j, uint32_t states)
{
	const char *name;
	uint8_t at = 0;

	json_key(j, "events");
	json_begin_array(j);
	while (wanted_next(states, &at, &name))
		json_str(j, name);
	json_end_array(j);
}

void row_endpoint(struct json *j, const struct endpoint *e, bool secret)
{
	bool old = e->def.old_until_ms > clock_wall_time_ms();

	json_begin_object(j);
	json_member_id(j, "id", e->id);
	json_member_span(j, "url", span_str(e->def.url));
	put_events(j, e->def.states);
	json_key(j, "tags");
	json_value(j, span_str(e->def.tags));
	json_member_bool(j, "enabled", e->is.enabled);
	json_member_span(j, "why", span_str(e->is.why));
	json_member_time(j, "made", e->made_ms);
	json_member_int(j, "after", (int64_t)e->is.cursor);
	json_member_int(j, "failures", e->is.failures);
	json_member_time(j, "failing_since", e->is.failing_since_ms);
	json_member_time(j, "next_try", e->is.enabled ? e->is.next_ms : 0);
	json_member_time(j, "old_secret_until", old ? e->def.old_until_ms : 0);
	if (secret)
		put_secret(j, e);
	json_end_object(j);
}

void row_attempt(struct json *j, const struct attempt *a)
{
	json_begin_object(j);
	json_member_int(j, "number", (int64_t)a->number);
	json_member_time(j, "time", a->time_ms);
	json_member_span(j, "kind", a->kind);
	json_key(j, "seq");
	if (a->seq)
		json_int(j, (int64_t)a->seq);
	else
		json_str(j, NULL);
	json_member_span(j, "webhook_id", a->webhook_id);
	json_member_bool(j, "taken", a->status >= 200 && a->status < 300);
	json_key(j, "status");
	if (a->status)
		json_int(j, a->status);
	else
		json_str(j, NULL);
	json_member_span(j, "text", a->words);
	json_member_span(j, "answer", a->answer);
	json_member_int(j, "elapsed_ms", a->elapsed_ms);
	json_member_time(j, "next_try", a->next_ms);
	json_end_object(j);
}
